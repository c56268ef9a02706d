import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Cell, loadScenario, openLab, runMatrix } from 'chokepoint';
import { describe, expect, test } from 'vitest';
import { explainFlow } from '../../src/replay/explain.ts';
import { type CollectedFlows, flowsOf } from '../../src/replay/flow-packets.ts';
import { modelOf } from '../../src/scenario/model.ts';
import { policiesOf } from '../../src/scenario/policy.ts';
import { profileOf } from '../../src/scenario/profile.ts';
import { cellName } from '../../src/testbed/matrix/cell.ts';
import { chokepoint, finished, openPlace } from '../support/cli.ts';
import { EXPECTED } from '../support/expected-table.ts';
import { temporaryFile, temporaryFolder } from '../support/folder.ts';
import { until } from '../support/processes.ts';

/* Strategies from a client's own wire, through a box, against the kernel of a server. */

const MODELS = loadScenario('four-models');

/** Before a program: as soon as it has made the folder `n`, it is interrupted. */
const INTERRUPTED = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { mkdirSync } = fs;
fs.mkdirSync = (path, ...rest) => {
  mkdirSync(path, ...rest);
  if (String(path).endsWith('/n')) process.kill(process.pid, 'SIGINT');
};
syncBuiltinESMExports();`;

/** Before a program: it stops itself behind its third cell, and waits for whatever a signal makes of it. */
const STOPPED = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { writeFileSync } = fs;
let cells = 0;
fs.writeFileSync = (file, text, ...rest) => {
  writeFileSync(file, text, ...rest);
  const isCell = String(text).startsWith('{"scenario":"az-2017","profile":');
  if (isCell && ++cells === 3) process.kill(process.pid, 'SIGSTOP');
};
syncBuiltinESMExports();`;

const SHORT = { CENSORED: 'C', EVADED: 'E', LEAK: 'L' } as Readonly<Record<string, string>>;

test('against four models, packets fare as in memory and as captures are explained; no control fails', async () => {
  const out = temporaryFolder();
  const cells = await runMatrix({
    out,
    scenarios: [MODELS],
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
  for (const cell of cells) {
    const isBlocked = outcomesOf(out, cell).includes('blocked');
    if (cell.verdict === 'EVADED')
      expect([cellName(cell), isBlocked]).toEqual([cellName(cell), false]);
    if (cell.verdict === 'CENSORED')
      expect([cellName(cell), isBlocked]).toEqual([cellName(cell), true]);
  }
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

test('a decoy that dies on its way fools a box with a router behind it, and none beside the server', async () => {
  const models = loadScenario('four-models');
  const beside = { ...models, topology: { ...models.topology, far_hops: 0 } };
  const garbage = (ttl: number): string =>
    `[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{IP:ttl:replace:${ttl}},),)-| \\/`;
  const strategies = [1, 2, 3, 4].map(garbage);
  const verdicts = async (scenario: typeof models): Promise<string[]> => {
    const cells = await runMatrix({ scenarios: [scenario], strategies, profiles: 'F', jobs: 3 });
    return cells.filter(({ carrier }) => carrier === 'http').map(({ verdict }) => verdict);
  };
  // One router before the box, two behind it; then two before it, and the server.
  expect(await verdicts(models)).toEqual(['CENSORED', 'EVADED', 'EVADED', 'BROKEN']);
  expect(await verdicts(beside)).toEqual(['CENSORED', 'CENSORED', 'BROKEN', 'BROKEN']);
});

describe('as a command', () => {
  test.concurrent('a table, with how often each verdict was given; captures and cells in a folder', async ({
    onTestFinished,
  }) => {
    const place = openPlace(onTestFinished);
    const strategies = [
      '--strategies',
      'none,split-in-name',
      '--strategy',
      '[TCP:flags:PA]-drop-|',
    ];
    const args = ['matrix', '--scenarios', 'az-2017', ...strategies, '--repeat', '2'];
    const { exitCode, stdout } = await place.run(args);
    expect(exitCode).toBe(0);
    expect(stdout.replace(/ +/g, ' ')).toBe(
      [
        'strategy az-2017 az-2017',
        ' packet packet',
        ' https http',
        'none CENSORED 2/2 CENSORED 2/2',
        'split-in-name EVADED 2/2 EVADED 2/2',
        '[TCP:flags:PA]-drop-| \\/ BROKEN 2/2 BROKEN 2/2',
        'evaded 1 of 3 1 of 3',
        '',
        '6 cells: 2 EVADED, 2 CENSORED, 2 BROKEN',
        '',
      ].join('\n'),
    );
    await place.expectLeft('runs');
    const [folder = ''] = readdirSync(join(place.cwd, 'runs'));
    const files = readdirSync(join(place.cwd, 'runs', folder, 'az-2017-packet-1'));
    expect(files).toEqual(['clients.pcapng', 'events.jsonl', 'origin.jsonl', 'wire.pcapng']);
  });

  test.concurrent('one that was killed is gone on with: what is there is not tried again, nor lost', async ({
    onTestFinished,
  }) => {
    const place = openPlace(onTestFinished);
    const strategies =
      'none,split-in-name,split-tiny,urgent-byte,decoy-md5,overlap-left,other-port';
    const args = ['--scenarios', 'az-2017', '--strategies', strategies, '--jobs', '1'];
    const env = {
      NODE_OPTIONS: `--import=${temporaryFile(STOPPED, 'stopped.mjs', onTestFinished)}`,
    };
    const child = place.start(chokepoint(['matrix', ...args, '--out', 'm']), { env });
    const cells = join(place.cwd, 'm', 'cells.jsonl');
    const lines = (): string[] =>
      existsSync(cells) ? readFileSync(cells, 'utf8').split('\n').slice(0, -1) : [];
    await until('three cells are there', () => lines().length === 3);
    expect(await place.runLoaded(['matrix', '--resume', 'm'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('m: another process is at work on this matrix'),
    });
    child.kill('SIGKILL');
    await child.catch(() => undefined);
    await place.expectLeft('m');
    const before = lines();
    expect(before.length).toBe(3);
    appendFileSync(cells, '{"scenario":"az-2017","pro'); // as a write that was cut short
    const { exitCode, stdout } = await place.run(['matrix', '--resume', 'm', '--json']);
    expect(exitCode).toBe(0);
    expect(lines().slice(0, before.length)).toEqual(before);
    const all = JSON.parse(stdout) as { strategy: string; carrier: string }[];
    expect(all.map(({ strategy, carrier }) => `${carrier} ${strategy}`)).toEqual(
      ['https', 'http'].flatMap((carrier) =>
        strategies.split(',').map((strategy) => `${carrier} ${strategy}`),
      ),
    );
    expect(lines().length).toBe(14);
    await place.expectLeft('m');
  });

  test.concurrent('one that is interrupted says how it is gone on with; before the first cell nothing is left', async ({
    onTestFinished,
  }) => {
    const place = openPlace(onTestFinished);
    const child = place.start(chokepoint(['matrix', '--scenarios', 'four-models', '--out', 'm']));
    const cells = join(place.cwd, 'm', 'cells.jsonl');
    await until('some cells are there', () => existsSync(cells) && statSync(cells).size > 0);
    child.kill('SIGINT');
    const { stderr, signal } = finished(await child);
    expect(signal).toBe('SIGINT');
    expect(stderr).toMatch(/\d+ of \d+ cells are there: .*chokepoint matrix --resume m/);
    await place.expectLeft('m');
    const other = place.start(chokepoint(['matrix', '--scenarios', 'four-models', '--out', 'n']));
    await until('it has begun', () => existsSync(join(place.cwd, 'n')));
    other.kill('SIGINT');
    await other;
    await place.expectLeft('m');
    // Nor where the signal comes as soon as there is something to leave.
    const env = {
      NODE_OPTIONS: `--import=${temporaryFile(INTERRUPTED, 'interrupted.mjs', onTestFinished)}`,
    };
    const args = ['matrix', '--scenarios', 'four-models', '--out', 'n'];
    expect((await place.run(args, { env })).signal).toBe('SIGINT');
    await place.expectLeft('m');
  });

  test.concurrent('JSON and CSV have each cell, with how both names fared', async ({
    onTestFinished,
  }) => {
    const place = openPlace(onTestFinished);
    const args = ['matrix', '--scenarios', 'az-2017', '--strategies', 'overlap-left'];
    const { stdout } = await place.run([...args, '--json']);
    expect(JSON.parse(stdout)).toMatchObject([
      { scenario: 'az-2017', carrier: 'https', strategy: 'overlap-left', verdict: 'EVADED' },
      { carrier: 'http', blocked: { hasSucceeded: true, failure: null } },
    ]);
    const { stdout: csv } = await place.run([...args, '--csv']);
    expect(csv.split('\r\n')).toEqual([
      'scenario,profile,over,strategy,verdict,blocked_failure,allowed_failure,kind,verdicts,why',
      'az-2017,packet,https,overlap-left,EVADED,null,null,strategy,EVADED,',
      'az-2017,packet,http,overlap-left,EVADED,null,null,strategy,EVADED,',
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
    [['--scenarios', 'az-2017', '--strategies', 'dns-over-tcp'], 'nothing to try: az-2017 has'],
    [['--resume', '.', '--seed', '1'], '--resume goes on as was asked then; found --seed too'],
    [['--resume', '.'], '.: expected the folder of a matrix; no matrix.json in it'],
    [['--repeat', '0'], '--repeat: expected a whole number from 1 to 1000; found "0"'],
    [['--scenarios', 'az-2071'], 'az-2071'],
    [['--tools', 'shadowsock'], 'name "shadowsocks", which is the nearest'],
    [['--csv', '--json'], "option '--csv' cannot be used with option '--json'"],
    [['--junit', 'nowhere/report.xml'], 'nowhere/report.xml cannot be written'],
  ])('%s is refused', async (args, message) => {
    const place = openPlace();
    const { exitCode, stderr } = await place.runLoaded(['matrix', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(place.leftovers()).toEqual([]);
  });

  test.concurrent('the catalogue says what each does and who has it', async ({
    onTestFinished,
  }) => {
    const place = openPlace(onTestFinished);
    const { stdout } = await place.runLoaded(['matrix', '--list', '--json']);
    const list = JSON.parse(stdout) as { id: string; does: string; source: string }[];
    expect(list.length).toBeGreaterThanOrEqual(35);
    for (const { does, source } of list) expect([does, source]).not.toContain('');
    expect((await place.runLoaded(['matrix', '--list'])).stdout).toContain('split-in-name');
  });
});

const captures = new Map<string, CollectedFlows>();

/** What the censor alone, without a lab, makes of the packets that its box saw of the blocked name. */
function outcomesOf(out: string, { folder, profile, blocked }: Cell): string[] {
  const file = join(out, folder ?? '', 'wire.pcapng');
  const all = captures.get(file) ?? flowsOf(file);
  captures.set(file, all);
  const model = modelOf(profileOf(MODELS, profile).model);
  const options = { model, policyFor: policiesOf(MODELS.rules), patience: 0 };
  return all.flows
    .filter(({ flow }) => flow.client === blocked?.local)
    .map((flow) => explainFlow(flow, options).outcome);
}

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
