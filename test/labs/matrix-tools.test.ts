import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cell, loadScenario, loadTool, runMatrix, type Scenario } from 'chokepoint';
import { expect, test } from 'vitest';
import { type OnFinished, temporaryFile, temporaryFolder } from '../support/folder.ts';

/* Tools in the matrix, beside strategies. Labs wait more than they work: these go side by side. */

test.concurrent('a tool that does not work is told with the end of its log, and the rest of the matrix goes on', async ({
  onTestFinished,
}) => {
  const own = ownUntil(onTestFinished);
  const tools = [
    own('dies', 'command: [sh, -c, "echo cannot bind; exit 3"], ready: { listens: 1090 }'),
    own('sleeps', 'command: [sh, -c, "echo waiting; sleep 60"], ready: { says: up }, limit_s: 6'),
    own(
      'listens-elsewhere',
      'command: [ss-local, -s, "{server}", -p, "8388", -l, "1091", -m, aes-256-gcm, -k, x], ready: { listens: 1090 }, limit_s: 6',
    ),
    loadTool('shadowsocks'),
  ];
  const scenario = loadScenario('az-2017');
  const cells = await runMatrix({ scenarios: [scenario], strategies: ['split-in-name'], tools });
  expect(verdictsOf(cells)).toEqual({
    'https split-in-name': 'EVADED',
    'http split-in-name': 'EVADED',
    'https dies': 'INFRA',
    'https sleeps': 'INFRA',
    'https listens-elsewhere': 'INFRA',
    'https shadowsocks': 'EVADED',
    'http dies': 'INFRA',
    'http sleeps': 'INFRA',
    'http listens-elsewhere': 'INFRA',
    'http shadowsocks': 'EVADED',
  });
  const whyOf = (id: string): string => cells.find(({ strategy }) => strategy === id)?.why ?? '';
  expect(whyOf('dies')).toMatch(/ended with exit status 3 before it was ready.*\n +cannot bind/s);
  expect(whyOf('sleeps')).toMatch(
    /not ready within 6 s: it said nothing that matches.*\n +waiting/s,
  );
  expect(whyOf('listens-elsewhere')).toContain('it listens on 1091, not on 1090');
});

test.concurrent('one that works where nobody censors is censored; one that works nowhere is broken', async ({
  onTestFinished,
}) => {
  const own = ownUntil(onTestFinished);
  const tools = [
    own('cleartext', undefined, 'through: { direct: true }'),
    own(
      'nowhere',
      'command: [sh, -c, "echo up; sleep 60"], ready: { says: up }',
      'through: { connect: "192.0.2.1" }',
    ),
  ];
  const cells = await runMatrix({ scenarios: [loadScenario('az-2017')], strategies: [], tools });
  expect(verdictsOf(cells)).toEqual({
    'https cleartext': 'CENSORED',
    'https nowhere': 'BROKEN',
    'http cleartext': 'CENSORED',
    'http nowhere': 'BROKEN',
  });
});

test.concurrent('a tool and strategies wait for each other where a box remembers what was done', async () => {
  const cells = await runMatrix({
    scenarios: [withMemory(loadScenario('az-2017'))],
    strategies: ['none', 'split-in-name'],
    tools: [loadTool('direct'), loadTool('stunnel')],
  });
  expect(verdictsOf(cells)).toEqual({
    'https none': 'CENSORED',
    'https split-in-name': 'EVADED',
    'https direct': 'CENSORED',
    'https stunnel': 'EVADED',
    'http none': 'CENSORED',
    'http split-in-name': 'EVADED',
    'http direct': 'CENSORED',
    'http stunnel': 'EVADED',
  });
});

test.concurrent('nor is what a tool did for one target held against its next', async ({
  onTestFinished,
}) => {
  const own = 'const cut = first[0] === 0x16 ? first.length : ';
  const exampleOf = (end: string) =>
    new URL(`../../examples/splitting-proxy.${end}`, import.meta.url);
  const text = readFileSync(exampleOf('mjs'), 'utf8');
  const folder = temporaryFolder(onTestFinished);
  writeFileSync(join(folder, 'splitting-proxy.mjs'), text.replace('const cut = ', own));
  copyFileSync(exampleOf('yaml'), join(folder, 'splitting-proxy.yaml'));
  const cells = await runMatrix({
    scenarios: [withMemory(loadScenario('az-2017'))],
    strategies: [],
    tools: [loadTool(join(folder, 'splitting-proxy.yaml'))],
    repeat: 2,
  });
  expect(cells.map(({ carrier, verdicts }) => [carrier, verdicts])).toEqual([
    ['https', ['CENSORED', 'CENSORED']],
    ['http', ['EVADED', 'EVADED']],
  ]);
});

test.concurrent.each([300, 900, 1500, 2100, 2700, 3300])(
  'who gives up after %i ms gets no cell that says what is not so',
  async (ms) => {
    const noted: Cell[] = [];
    const run = runMatrix({
      scenarios: [loadScenario('az-2017')],
      strategies: [],
      tools: [loadTool('direct'), loadTool('stunnel')],
      signal: AbortSignal.timeout(ms),
      onCell: (cell) => noted.push(cell),
    });
    await run.catch((error: unknown) => expect(error).toMatchObject({ name: 'TimeoutError' }));
    expect(noted.map(({ verdict }) => verdict)).not.toContain('INFRA');
  },
);

test.concurrent('in Kazakhstan in 2012 plain Tor is censored, and obfs4 evades', async ({
  onTestFinished,
}) => {
  const text = readFileSync(new URL('../../tools/tor.yaml', import.meta.url), 'utf8');
  const tor = loadTool(
    temporaryFile(text.replace('limit_s: 60', 'limit_s: 10'), 'tor.yaml', onTestFinished),
  );
  const cells = await runMatrix({
    scenarios: [loadScenario('kz-2012')],
    strategies: ['none'],
    tools: [tor, loadTool('obfs4')],
  });
  expect(verdictsOf(cells)).toEqual({
    'relay-of-2012 none': 'CENSORED',
    'relay-of-today none': 'CENSORED',
    'relay-of-2012 tor': 'CENSORED',
    'relay-of-2012 obfs4': 'EVADED',
    'relay-of-today tor': 'CENSORED',
    'relay-of-today obfs4': 'EVADED',
  });
  const tried = cells.find(({ strategy }) => strategy === 'tor');
  expect(tried?.why).toContain('Bootstrapped 14% (handshake)');
});

/** Whoever did what is blocked cannot reach that host for a while. */
function withMemory(scenario: Scenario): Scenario {
  const residual = { scope: '2-tuple', duration_ms: 30_000, refresh: false, do: 'drop' } as const;
  const rules = scenario.rules.map((rule) => ({
    ...rule,
    residual: { ...residual, way: 'both', after_ms: 0 } as const,
  }));
  return { ...scenario, rules };
}

/** Makes tools from a line of YAML, whose files are gone after the test. */
function ownUntil(onFinished: OnFinished) {
  return (
    id: string,
    client: string | undefined,
    through = 'through: { proxy: "socks5h://127.0.0.1:1090" }',
  ) => {
    const program = client === undefined ? '' : `client: { ${client} }\n`;
    const text = `id: ${id}\ntitle: made for a test\n${program}${through}\n`;
    return loadTool(temporaryFile(text, `${id}.yaml`, onFinished));
  };
}

function verdictsOf(cells: readonly Cell[]): Record<string, string> {
  return Object.fromEntries(
    cells.map(({ carrier, strategy, verdict }) => [`${carrier} ${strategy}`, verdict]),
  );
}
