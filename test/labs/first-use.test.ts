import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPlace, PROGRAM } from '../support/cli.ts';

/* What somebody tries first who has a hypothesis and no scenario. */

const CENSOR = `model: { preset: strict }
rules:
  - name: name
    trigger: { match: tls.sni, domains: [blocked.test] }
    action: { do: reset, to: both }
  - name: word
    trigger: { match: http.url, keywords: [forbidden] }
    action: { do: reset }
  - name: noise
    trigger: { match: fully-encrypted }
    action: { do: drop }
`;

test('`new` writes a scenario that is valid and comes out as expected, and never writes over a file', async () => {
  const place = openPlace();
  const made = await place.run(['new', 'xx-2026']);
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  expect(made.stdout).toContain(`${PROGRAM.replace('dist/src/cli/main.js', '')}`);
  expect(await place.run(['check', 'xx-2026.yaml'])).toMatchObject({ exitCode: 0, stderr: '' });
  const run = await place.run(['run', 'xx-2026.yaml', '--out', 'out']);
  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.stdout).toContain('xx-2026: as expected (2 of 2 passed');
  const again = await place.run(['new', 'xx-2026']);
  expect(again).toMatchObject({ exitCode: 2, stdout: '' });
  expect(again.stderr).toContain('xx-2026.yaml is there already, and is left as it is');
  expect(await place.run(['new', '../x'])).toMatchObject({ exitCode: 2, stdout: '' });
  await place.expectLeft('out', 'xx-2026.yaml');
});

test('a censor alone is run: what its rules stop fails, the like of it works, and each row names its flow', async () => {
  const place = openPlace();
  place.write('mine.yaml', CENSOR);
  const run = await place.run(['run', '--censor', 'mine.yaml', '--out', 'out']);
  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.stderr).toContain('not tried: rule "noise": ');
  expect(run.stdout).toMatch(
    /✓ 3 +client +https +https:\/\/blocked\.test\/ at server +any failure +connection_reset/,
  );
  expect(run.stdout).toMatch(/✓ 1 +client +https +https:\/\/allowed\.example\/ at server +works/);
  expect(run.stdout).toContain('mine: as expected (4 of 4 passed');
  const explained = await place.run(['explain', 'out', '3']);
  expect(explained).toMatchObject({ exitCode: 0 });
  expect(explained.stdout).toContain(
    '\n  made by https https://blocked.test/ from client: rule "name" stops this\n  blocked by rule "name" (reset)',
  );
});

test('a censor alone that does not stop what its rule names is not as expected', async () => {
  const place = openPlace();
  place.write('mine.yaml', CENSOR.replace('preset: strict', 'ports: [8443]'));
  const run = await place.run(['run', '--censor', 'mine.yaml']);
  expect(run).toMatchObject({ exitCode: 1 });
  expect(run.stdout).toContain('failure: expected any failure, observed null');
});

test('what a lab writes for `up --out` is explained while it is up, and after it was killed', async () => {
  const place = openPlace();
  place.write('mine.yaml', CENSOR);
  const up = await place.run(['up', '--censor', 'mine.yaml', '--out', 'out']);
  expect(up).toMatchObject({ exitCode: 0 });
  const typed = /next:\n {2}(\S+) exec --lab mine client -- curl -4 -v (\S+)\n/.exec(up.stdout);
  expect(typed?.slice(1)).toEqual([
    PROGRAM.replace('dist/src/cli/main.js', 'node_modules/.bin/chokepoint'),
    'https://blocked.test/',
  ]);
  await place.run(['exec', 'client', '--', 'curl', '-4', '-sS', typed?.[2] as string]);
  await place.run(['down']);
  const explained = await place.run(['explain', 'out', '1']);
  expect(explained.stdout).toContain('blocked by rule "name" (reset): tls.sni=blocked.test');
  // As of a run whose process was killed: no summary was written.
  const name = JSON.parse(readFileSync(join(place.cwd, 'out', 'scenario.json'), 'utf8'));
  expect(name).toMatchObject({ scenario: 'mine', censorFile: join(place.cwd, 'mine.yaml') });
  writeFileSync(join(place.cwd, 'out', 'scenario.json'), '{');
  const broken = await place.run(['explain', 'out', '1']);
  expect(broken).toMatchObject({ exitCode: 2, stdout: '' });
  expect(broken.stderr).toContain('scenario.json: expected the names of a scenario and its files');
});

test('a scenario and a censor at once, or neither, are told', async () => {
  const place = openPlace();
  place.write('mine.yaml', CENSOR);
  for (const command of ['run', 'up']) {
    const both = await place.run([command, 'az-2017', '--censor', 'mine.yaml']);
    expect(both).toMatchObject({ exitCode: 2, stdout: '' });
    expect(both.stderr).toContain('--censor names a censor, and "az-2017" a scenario');
    expect(await place.run([command])).toMatchObject({ exitCode: 2, stdout: '' });
  }
});
