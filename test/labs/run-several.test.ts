import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario, scenarioIds } from 'chokepoint';
import { expect, test } from 'vitest';
import { chokepoint, openPlace, type Place, scenarioThatExpects } from '../support/cli.ts';
import { until } from '../support/processes.ts';

/* Scenarios that are run one after the other: what each came to is told, and none is lost in the others. These tests go side by side. */

const CONTROL =
  '  - { claim: other names work, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }\n';
const BLOCKED = `  - { claim: it is reset, probe: http, urls: ["http://meydan.tv/"], see: { failure: connection_reset } }\n${CONTROL}`;
const WRONG = `  - { claim: it is open, probe: http, urls: ["http://meydan.tv/"], see: { failure: null } }\n${CONTROL}`;

test.concurrent('several scenarios are run one after the other, each into a folder of its own', async ({
  onTestFinished,
}) => {
  const place = openPlace(onTestFinished);
  write(place, 'first', CONTROL);
  write(place, 'second', BLOCKED);
  const args = ['run', 'first.yaml', 'second.yaml', 'first.yaml', '--out', 'out'];
  const { exitCode, stdout, stderr } = await place.run(args);
  expect(exitCode).toBe(0);
  const [first, second, again, ...rest] = stdout.split('\n');
  expect([first, second, again]).toEqual([
    expect.stringMatching(/^first: as expected \(1 of 1 passed, [\d.]+ s\)$/),
    expect.stringMatching(/^second: as expected \(2 of 2 passed, [\d.]+ s\)$/),
    expect.stringMatching(/^first: as expected \(1 of 1 passed, [\d.]+ s\)$/),
  ]);
  expect(rest.map((line) => line.replace(/ +/g, ' '))).toEqual([
    '',
    ' scenario rows passed failed skipped seconds folder',
    expect.stringMatching(/^✓ first 1 1 0 0 [\d.]+ out\/first$/),
    expect.stringMatching(/^✓ second 2 2 0 0 [\d.]+ out\/second$/),
    expect.stringMatching(/^✓ first 1 1 0 0 [\d.]+ out\/first-2$/),
    '',
    '3 of 3 scenarios as expected',
    '',
  ]);
  expect(stderr).toContain('2 of 3, second: 2/2 ✓ client http http://example.org/\n');
  for (const name of ['first', 'second', 'first-2']) {
    const summary = JSON.parse(readFileSync(join(place.cwd, 'out', name, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ scenario: name.replace('-2', ''), failed: 0 });
  }
  await place.expectLeft('first.yaml', 'out', 'second.yaml');
});

test.concurrent('a row that is not as expected makes the status 1, and is named with its scenario', async ({
  onTestFinished,
}) => {
  const place = openPlace(onTestFinished);
  write(place, 'wrong', WRONG);
  write(place, 'right', BLOCKED);
  const { exitCode, stdout } = await place.run(['run', 'wrong.yaml', 'right.yaml']);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    '\nwrong\n✗ it is open\n  client: http http://meydan.tv/\n    failure: expected null, observed connection_reset\n',
  );
  expect(stdout).toContain('\n1 of 2 scenarios as expected; 1 not as expected: wrong\n');
  expect(stdout).toMatch(/\n✗ wrong +2 +1 +1 +0 .*\n✓ right +2 +2 +0 +0 /);
});

test.concurrent('as JSON, all of them are one document', async ({ onTestFinished }) => {
  const place = openPlace(onTestFinished);
  write(place, 'wrong', WRONG);
  write(place, 'right', BLOCKED);
  const args = ['run', 'wrong.yaml', 'right.yaml', '--out', 'out', '--json'];
  const { exitCode, stdout } = await place.run(args);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    passed: 3,
    failed: 1,
    skipped: 0,
    notRun: 0,
    scenarios: [
      { scenario: 'wrong', failed: 1, out: 'out/wrong', rows: [{ outcome: 'failed' }, {}] },
      { scenario: 'right', failed: 0, out: 'out/right', rows: [{ outcome: 'passed' }, {}] },
    ],
  });
});

test.concurrent('a scenario that cannot be run is told, makes it fail, and does not stop the others', async ({
  onTestFinished,
}) => {
  const place = openPlace(onTestFinished);
  write(place, 'first', CONTROL);
  write(place, 'second', CONTROL);
  mkdirSync(join(place.cwd, 'out/first'), { recursive: true });
  place.write('out/first/events.jsonl', '');
  const args = ['run', 'first.yaml', 'second.yaml', '--out', 'out'];
  const { exitCode, stdout } = await place.run(args);
  expect(exitCode).toBe(2);
  expect(stdout).toContain(
    '\nfirst could not be run: out/first holds a run already\n  fix: name another folder with --out',
  );
  expect(stdout).toMatch(/\n✗ first +not run\n✓ second +1 +1 +0 +0 /);
  expect(stdout).toContain('1 of 2 scenarios as expected; 1 not run: first\n');
  rmSync(join(place.cwd, 'out/second'), { recursive: true });
  const { stdout: json } = await place.run([...args, '--json']);
  expect(JSON.parse(json)).toMatchObject({
    notRun: 1,
    scenarios: [
      { scenario: 'first', error: { code: 'OUTPUT_FAILED', fix: expect.any(String) } },
      { scenario: 'second', passed: 1 },
    ],
  });
});

test.concurrent('--all runs each scenario that comes with Chokepoint, as far as the other options let it', async ({
  onTestFinished,
}) => {
  const place = openPlace(onTestFinished);
  const only = ['--profile', 'none', '--at', '2022-09-18T00:00:00Z'];
  const { exitCode, stdout } = await place.run(['run', '--all', ...only, '--json']);
  const { scenarios } = JSON.parse(stdout) as { scenarios: { scenario: string; error?: object }[] };
  expect(scenarios.map(({ scenario }) => scenario)).toEqual(idsIn(''));
  for (const { scenario, ...outcome } of scenarios) {
    const isOfThem = scenario === 'am-2022-ucom';
    expect(outcome).toMatchObject(isOfThem ? { failed: 0 } : { error: { code: 'USAGE' } });
  }
  expect(exitCode).toBe(2);
});

test.concurrent('the name of a folder stands for every scenario in it, for `run` and `check`', async ({
  onTestFinished,
}) => {
  const place = openPlace(onTestFinished);
  const { stdout } = await place.run(['run', 'ooni-qa', '--profile', 'none', '--json']);
  const { scenarios } = JSON.parse(stdout) as { scenarios: { scenario: string }[] };
  expect(scenarios.map(({ scenario }) => scenario)).toEqual(idsIn('ooni-qa/'));
  const checked = await place.run(['check', 'az-2017', 'ooni-qa']);
  expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
  const ids = scenarioIds().filter((id) => id === 'az-2017' || id.startsWith('ooni-qa/'));
  expect(checked.stdout.trimEnd().split('\n')).toEqual(
    ids.map((id) => `${id}: scenario ${loadScenario(id).id} is valid`),
  );
  await place.expectLeft();
});

test.concurrent('what is interrupted leaves the folders of scenarios that were finished and nothing else', async ({
  onTestFinished,
}) => {
  const place = openPlace(onTestFinished);
  write(place, 'first', CONTROL);
  const args = ['run', 'first.yaml', 'az-2017', '--out', 'out'];
  const run = place.start(chokepoint(args));
  const log = (id: string): string => join(place.cwd, 'out', id, 'origin.jsonl');
  await until('the second is on its way', () => existsSync(log('az-2017')));
  run.kill('SIGINT');
  const { signal, stdout } = await run;
  expect(signal).toBe('SIGINT');
  expect(stdout).toMatch(/^first: as expected .*\n$/);
  expect(readdirSync(join(place.cwd, 'out'))).toEqual(['first']);
  await place.expectLeft('first.yaml', 'out');
});

test.concurrent('interrupted in the first of them, it leaves nothing', async ({
  onTestFinished,
}) => {
  const place = openPlace(onTestFinished);
  const run = place.start(chokepoint(['run', '--all', '--out', 'out/all']));
  const log = join(place.cwd, 'out/all', scenarioIds()[0] as string, 'events.jsonl');
  await until('the first is on its way', () => existsSync(log));
  run.kill('SIGTERM');
  expect(await run).toMatchObject({ signal: 'SIGTERM', stdout: '' });
  await place.expectLeft();
});

/** As the scenarios call themselves. */
function idsIn(folder: string): string[] {
  const ids = scenarioIds().filter((id) => id.startsWith(folder));
  return ids.map((id) => loadScenario(id).id);
}

function write(place: Place, id: string, rows: string): void {
  place.write(`${id}.yaml`, scenarioThatExpects(rows).replace('id: az-2017', `id: ${id}`));
}
