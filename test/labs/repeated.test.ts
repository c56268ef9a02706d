import { expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';

test('run again and again, a scenario has the same verdicts each time, and a folder for each', async () => {
  const place = openPlace();
  const args = ['run', 'ooni-qa/dns-nxdomain', '--repeat', '3', '--json', '--out', 'out'];
  const { exitCode, stdout } = await place.run(args);
  const all = JSON.parse(stdout);
  expect(all.unstable).toEqual([]);
  expect(all.scenarios.map((one: { out: string }) => one.out)).toEqual(
    ['', '-2', '-3'].map((more) => `out/ooni-qa-dns-nxdomain${more}`),
  );
  expect(exitCode).toBe(0);
});

test('over a path that loses frames and is late with others, no negative control is reported blocked', async () => {
  const place = openPlace();
  const path = ['--loss', '1', '--jitter', '30'];
  const args = [
    'run',
    'ooni-qa/tls-reset',
    'ooni-qa/http-reset',
    'ooni-qa/dns-bogon',
    'am-2022-mts',
  ];
  const { exitCode, stdout } = await place.run([
    ...args,
    '--controls',
    ...path,
    '--json',
    '--out',
    'out',
  ]);
  const all = JSON.parse(stdout) as { scenarios: readonly { rows: readonly Control[] }[] };
  const rows = all.scenarios.flatMap((one) => one.rows);
  expect(rows.length).toBeGreaterThan(6);
  expect(rows.every(({ isControl }) => isControl)).toBe(true);
  expect(rows.map(({ observation }) => observation.failure)).toEqual(rows.map(() => null));
  expect(exitCode).toBe(0);
});

interface Control {
  readonly isControl: boolean;
  readonly observation: { readonly failure: string | null };
}
