import { loadScenario, openLab, runMatrix } from 'chokepoint';
import { describe, expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';
import { EXPECTED } from '../support/expected-table.ts';

/* Strategies from a client's own wire, through a box, against the kernel of a server. */

const SHORT = { CENSORED: 'C', EVADED: 'E', LEAK: 'L' } as Readonly<Record<string, string>>;

test('against four models, packets fare as in memory, and no control fails', async () => {
  const cells = await runMatrix({
    scenarios: [loadScenario('four-models')],
    profiles: 'all',
    jobs: 3, // other labs are up beside this one
    strategies: EXPECTED.map(([id]) => id),
  });
  const table = EXPECTED.map(([id, want]) => {
    const carrier = id === 'trailing-dot' ? 'http' : 'https';
    const own = cells.filter((cell) => cell.strategy === id && cell.carrier === carrier);
    const got = ['P', 'F', 'N', 'S'].map((profile) => {
      const verdict = own.find((cell) => cell.profile === profile)?.verdict ?? '';
      return SHORT[verdict] ?? verdict;
    });
    return { id, want: want.replace('CL', 'L'), got: got.join(' ') };
  });
  expect(table.filter(({ want, got }) => want !== got)).toEqual([]);
  expect(cells.length).toBeGreaterThanOrEqual(200);
  expect(cells.filter(({ verdict }) => ['INFRA', 'MODEL'].includes(verdict))).toEqual([]);
});

test('a decoy with a wrong checksum arrives at the server, whose kernel counts it', async () => {
  const lab = await openLab({
    scenario: loadScenario('four-models'),
    profile: 'F',
    rewrites: true,
  });
  try {
    const before = await wrongChecksumsOf(lab);
    const use = { strategy: 'decoy-bad-checksum', name: 'blocked.test', dyingTtl: 2, seed: 0 };
    await lab.rewrite({ do: 'use', host: 'client', port: 15_000, use });
    const probe = {
      probe: 'https',
      url: 'https://blocked.test/',
      ip: 4,
      localPort: 15_000,
    } as const;
    expect(await lab.probe('client', probe)).toMatchObject({ failure: null, status: 200 });
    expect(await lab.rewrite({ do: 'forget', host: 'client', port: 15_000 })).toBe(1);
    expect(await wrongChecksumsOf(lab)).toBe(before + 1);
  } finally {
    await lab.close();
  }
});

test('a program that knows nothing of it has its packets rewritten', async () => {
  const lab = await openLab({ scenario: loadScenario('az-2017'), rewrites: true });
  try {
    const curl = async (): Promise<number | null> => {
      const child = lab.spawn('client', [
        'curl',
        '-sS',
        '-o',
        '/dev/null',
        '-m',
        '5',
        'http://meydan.tv/',
      ]);
      return new Promise((resolve) => child.once('close', resolve));
    };
    expect(await curl()).toBe(56);
    const use = {
      strategy: '[TCP:flags:PA]-fragment{tcp:20:True}-| \\/',
      name: '',
      dyingTtl: 2,
      seed: 0,
    };
    await lab.rewrite({ do: 'use-for-others', host: 'client', use });
    expect(await curl()).toBe(0);
    await lab.rewrite({ do: 'use-for-others', host: 'client', use: null });
    expect(await curl()).toBe(56);
    await expect(lab.rewrite({ do: 'count', host: 'server' })).rejects.toThrow(
      'no packets of host server pass here',
    );
  } finally {
    await lab.close();
  }
});

describe('as a command', () => {
  test('a table, with how often each verdict was given', async () => {
    const place = openPlace();
    const strategies = [
      '--strategies',
      'none,split-in-name',
      '--strategy',
      '[TCP:flags:PA]-drop-|',
    ];
    const { exitCode, stdout } = await place.run([
      'matrix',
      '--scenarios',
      'az-2017',
      ...strategies,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.replace(/ +/g, ' ')).toBe(
      [
        'strategy az-2017 packet https az-2017 packet http',
        'none CENSORED CENSORED',
        'split-in-name EVADED EVADED',
        '[TCP:flags:PA]-drop-| \\/ BROKEN BROKEN',
        '',
        '6 cells: 2 EVADED, 2 CENSORED, 2 BROKEN',
        '',
      ].join('\n'),
    );
    await place.expectLeft();
  });

  test('JSON and CSV have each cell, with how both names fared', async () => {
    const place = openPlace();
    const args = ['matrix', '--scenarios', 'az-2017', '--strategies', 'overlap-left'];
    const { stdout } = await place.run([...args, '--json']);
    expect(JSON.parse(stdout)).toMatchObject([
      { scenario: 'az-2017', carrier: 'https', strategy: 'overlap-left', verdict: 'EVADED' },
      { carrier: 'http', blocked: { hasSucceeded: true, failure: null, isApplied: true } },
    ]);
    const { stdout: csv } = await place.run([...args, '--csv']);
    expect(csv.split('\r\n')).toEqual([
      'scenario,profile,over,strategy,verdict,blocked_failure,allowed_failure',
      expect.stringMatching(/^az-2017,packet,https,overlap-left,EVADED,null,null$/),
      expect.stringMatching(/^az-2017,packet,http,overlap-left,EVADED,null,null$/),
      '',
    ]);
  });

  test.each([
    [['--strategies', 'nonsense'], 'found "nonsense"; expected the id of a strategy'],
    [['--strategies', 'none,,none'], '--strategies: expected names with commas between'],
    [
      ['--strategy', '[TCP:flags:PA]-dorp-|'],
      'strategy:16: found "dorp-"; expected one of duplicate',
    ],
    [['--jobs', 'many'], '--jobs: expected a whole number from 1 to 64; found "many"'],
    [['--scenarios', 'kz-2012'], 'nothing to try: kz-2012 has no rule'],
    [['--scenarios', 'az-2071'], 'az-2071'],
  ])('%s is refused', async (args, message) => {
    const place = openPlace();
    const { exitCode, stderr } = await place.run(['matrix', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test('the catalogue says what each does and who has it', async () => {
    const place = openPlace();
    const { stdout } = await place.run(['matrix', '--list', '--json']);
    const list = JSON.parse(stdout) as { id: string; does: string; source: string }[];
    expect(list.length).toBeGreaterThanOrEqual(35);
    for (const { does, source } of list) expect([does, source]).not.toContain('');
    expect((await place.run(['matrix', '--list'])).stdout).toContain('split-in-name');
  });
});

/** Segments that the server's kernel refused for their checksums, by its own count. */
async function wrongChecksumsOf(lab: Awaited<ReturnType<typeof openLab>>): Promise<number> {
  const child = lab.spawn('server', ['cat', '/proc/net/snmp']);
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  await new Promise((resolve) => child.once('close', resolve));
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('InCsumErrors')]);
}
