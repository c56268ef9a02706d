import { fileURLToPath } from 'node:url';
import { loadScenario, loadTool, openLab, runMatrix, startTool } from 'chokepoint';
import { expect, test } from 'vitest';

/* How a circumvention tool is tested with Chokepoint, in its own repository: without root, and without a way out of the machine. */

const tool = loadTool(fileURLToPath(new URL('splitting-proxy.yaml', import.meta.url)));

test('it gets past a box that looks at each packet alone, and not past one that puts streams together', async () => {
  const cells = await runMatrix({
    scenarios: [loadScenario('az-2017')],
    profiles: 'all',
    strategies: ['none'],
    tools: [tool],
  });
  const seen = cells.map((cell) => [cell.profile, cell.carrier, cell.strategy, cell.verdict]);
  expect(seen).toEqual([
    ['packet', 'https', 'none', 'CENSORED'],
    ['packet', 'http', 'none', 'CENSORED'],
    ['packet', 'https', 'splitting-proxy', 'EVADED'],
    ['packet', 'http', 'splitting-proxy', 'EVADED'],
    ['in-order', 'https', 'none', 'CENSORED'],
    ['in-order', 'http', 'none', 'CENSORED'],
    ['in-order', 'https', 'splitting-proxy', 'CENSORED'],
    ['in-order', 'http', 'splitting-proxy', 'CENSORED'],
  ]);
}, 120_000);

test('what the censor saw of it can be asked', async () => {
  const lab = await openLab({ scenario: loadScenario('az-2017') });
  try {
    const running = await startTool(tool, lab);
    const before = await lab.mark('server');
    expect(await running.fetch({ url: 'https://meydan.tv/' })).toMatchObject({ status: 200 });
    expect(await lab.events(before)).toEqual([]); // it decided nothing
    const [connection] = await lab.connections('server', before);
    expect(connection).toMatchObject({ sni: 'meydan.tv' }); // and the server had the name whole
    await running.stop();
  } finally {
    await lab.close();
  }
}, 60_000);
