import { expect, test } from 'vitest';
import { chokepoint, openPlace, scenarioThatExpects } from '../support/cli.ts';
import { inNamespace, withoutTool } from '../support/lesser-machine.ts';

/* Rows that this machine has no program for are skipped by name. It does not depend on who runs them. */

test('without curl, the rows that need it are skipped by name, the others are run, and it does not count as all well', async () => {
  const place = openPlace();
  place.write(
    'a.yaml',
    scenarioThatExpects(`
  - { claim: a, negative_control: true, probe: curl, urls: ["http://example.org/"], see: { failure: null } }
  - { claim: b, probe: tcp, urls: ["tcp://example.org:80"], see: { failure: null } }
`),
  );
  const run = await withoutTool(place, 'curl', ['run', 'a.yaml']);
  expect(run).toMatchObject({ exitCode: 4 });
  expect(run.stdout).toMatch(/– +client +curl +http:\/\/example\.org\/ .*skipped: curl is not/s);
  expect(run.stdout).toMatch(
    /incomplete, what was tried is as expected \(1 of 2 passed, 1 skipped, [\d.]+ s\)\nskipped rows make the exit status 4; with --allow-skipped they do not\n/,
  );
  const several = await withoutTool(place, 'curl', ['run', 'a.yaml', 'a.yaml']);
  expect(several).toMatchObject({ exitCode: 4 });
  expect(several.stdout).toContain('0 of 2 scenarios as expected; 2 with skipped rows: ');
  const allowed = await withoutTool(place, 'curl', ['run', 'a.yaml', '--allow-skipped']);
  expect(allowed).toMatchObject({ exitCode: 0 });
});

test('without tor, the rows that need it are skipped by name, no network is started, and the others are run', async () => {
  const place = openPlace();
  place.write(
    'a.yaml',
    `${scenarioThatExpects(`
  - { claim: a, negative_control: true, probe: tor, urls: ["http://example.org/"], see: { failure: null } }
  - { claim: b, probe: tcp, urls: ["tcp://example.org:80"], see: { failure: null } }
`).replace('fields: [', 'fields: [tor, ')}tor: {}\n`,
  );
  const run = await withoutTool(place, 'tor', ['run', 'a.yaml']);
  expect(run).toMatchObject({ exitCode: 4 });
  expect(run.stdout).toMatch(/skipped: tor is not.*installed.*apt-get.*install.*tor.*obfs4proxy/s);
  expect(run.stdout).toContain('1 of 2 passed, 1 skipped');
});

test('without nginx, the rows of hosts that it serves are skipped by name, and the others are run', async () => {
  const place = openPlace();
  place.write(
    'a.yaml',
    `${scenarioThatExpects(`
  - { claim: a, probe: curl, urls: ["https://a.example/", "https://www.a.example/"], see: { failure: null } }
  - { claim: a, probe: tcp, connect: a, urls: ["tcp://a:443"], see: { failure: null } }
  - { claim: b, negative_control: true, probe: curl, urls: ["https://b.example/"], see: { failure: null, status: 200 } }
`).replace('fields: [', 'fields: [hosts, ')}hosts:
  a: { names: [a.example], software: nginx }
  b: { names: [b.example], software: gnutls }
`,
  );
  const run = await withoutTool(place, 'nginx', ['run', 'a.yaml']);
  expect(run).toMatchObject({ exitCode: 4 });
  expect(run.stdout).toMatch(/skipped: nginx is not.*installed.*apt-get.*install.*nginx-light/s);
  expect(run.stdout).toContain('1 of 4 passed, 3 skipped');
});

test('without a folder of settings for Chromium, its rows are skipped by name and the others are run', async () => {
  const place = openPlace();
  place.write(
    'a.yaml',
    scenarioThatExpects(`
  - { claim: a, negative_control: true, probe: chromium, urls: ["http://example.org/"], see: { failure: null } }
  - { claim: b, probe: tcp, urls: ["tcp://example.org:80"], see: { failure: null } }
`),
  );
  // An ordinary user cannot copy /etc/shadow and its like; nothing here needs them.
  const script =
    'mkdir etc; cp -a /etc/. etc 2>/dev/null; rm -r etc/chromium && mount --bind etc /etc && exec "$@"';
  const run = await inNamespace(place, script, chokepoint(['run', 'a.yaml', '--json']));
  expect(run).toMatchObject({ exitCode: 4 });
  const { rows } = JSON.parse(run.stdout) as { rows: { observation: { skipped?: string } }[] };
  expect(rows.map(({ observation }) => observation.skipped)).toEqual([
    "there is no folder /etc/chromium for the lab's certificate authority (as root: mkdir /etc/chromium)",
    undefined,
  ]);
});
