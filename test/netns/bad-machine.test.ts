import { realpathSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findTool } from '../../src/testbed/machine.ts';
import {
  chokepoint,
  type Finished,
  finished,
  openPlace,
  type Place,
  scenarioThatExpects,
} from '../support/cli.ts';

/* What this machine cannot do is said in one sentence, with the command that changes it, and nothing is left behind. */

test.each([
  { tool: 'ip', debian: 'iproute2' },
  { tool: 'openssl', debian: 'openssl' },
  { tool: 'nsenter', debian: 'util-linux' },
])('without $tool, the package to install is named', async ({ tool, debian }) => {
  const place = openPlace();
  for (const command of ['run', 'up']) {
    expect(await withoutTool(place, tool, [command, 'az-2017'])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(
        new RegExp(
          `^(building .*\\n)?chokepoint: not installed: .${tool}.\\n {2}fix: as root: apt-get install ${debian}\\n$`,
        ),
      ),
    });
  }
  const doctor = await withoutTool(place, tool, ['doctor']);
  expect(doctor).toMatchObject({ exitCode: 3, stderr: '' });
  expect(doctor.stdout).toMatch(new RegExp(`✗ ${tool} +not installed +as root: apt-get`));
  await place.expectLeft();
});

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
  // Of /etc/shadow and its like there may be no copy; nothing here needs one.
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

test('without the certificates of the machine, a lab has its own all the same', async () => {
  const place = openPlace();
  const bundle = '/etc/ssl/certs/ca-certificates.crt';
  const script = `mount --bind /dev/null ${bundle} && "$@" up az-2017 >/dev/null && "$@" exec client -- curl -sS -o /dev/null https://example.org/ && "$@" down`;
  const done = await inNamespace(place, script, chokepoint([]));
  expect(done).toMatchObject({ exitCode: 0, stdout: 'lab az-2017 is down\n', stderr: '' });
  await place.expectLeft();
});

test('without /etc/ssl/certs, the package to install is named', async () => {
  const place = openPlace();
  const script = 'cp /etc/ssl/openssl.cnf . && mount --bind . /etc/ssl && exec "$@"';
  expect(await inNamespace(place, script, chokepoint(['up', 'az-2017']))).toMatchObject({
    exitCode: 3,
    stderr:
      'chokepoint: /etc/ssl/certs is missing: the lab puts its own over it\n  fix: as root: apt-get install ca-certificates\n',
  });
  await place.expectLeft('openssl.cnf');
});

const ORDINARY = 'exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"';

test.each([
  { forbidden: 'user namespaces', setting: 'max_user_namespaces', value: 0, as: ORDINARY },
  { forbidden: 'network namespaces', setting: 'max_net_namespaces', value: 0, as: 'exec "$@"' },
  { forbidden: 'pid namespaces', setting: 'max_pid_namespaces', value: 0, as: 'exec "$@"' },
  {
    forbidden: 'all but three network namespaces',
    setting: 'max_net_namespaces',
    value: 3,
    as: 'exec "$@"',
  },
  {
    forbidden: 'all but three mount namespaces',
    setting: 'max_mnt_namespaces',
    value: 3,
    as: 'exec "$@"',
  },
])('where $forbidden are forbidden, the setting is named', async ({ setting, value, as }) => {
  const place = openPlace();
  const script = `echo ${value} > /proc/sys/user/${setting} && ${as}`;
  const up = await inNamespace(place, script, chokepoint(['up', 'az-2017']));
  const [says, fix, ...rest] = up.stderr.split('\n');
  expect({ ...up, says, rest }).toMatchObject({
    exitCode: 3,
    says: expect.stringMatching(/^chokepoint: .*No space left on device$/),
    rest: [''],
  });
  expect(fix).toMatch(new RegExp(`^ {2}fix: as root: sysctl -w .*user\\.${setting}=10000`));
  const doctor = await inNamespace(place, script, chokepoint(['doctor']));
  expect(doctor).toMatchObject({ exitCode: 3, stderr: '' });
  expect(doctor.stdout).toContain(`user.${setting}=10000`);
  await place.expectLeft();
});

test('a TMPDIR that cannot be written is named', async () => {
  const place = openPlace();
  const { exitCode, stderr } = await place.run(['up', 'az-2017'], { env: { TMPDIR: '/proc' } });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /^chokepoint: \/proc\/chokepoint-\d+ cannot be made: .*\n {2}fix: set TMPDIR/,
  );
  await place.expectLeft();
});

/** Where the program's file is one that nobody may run. */
function withoutTool(place: Place, tool: string, args: readonly string[]): Promise<Finished> {
  const path = realpathSync(findTool(tool) as string);
  return inNamespace(place, `mount --bind /dev/null ${path} && exec "$@"`, chokepoint(args));
}

/** Runs a shell script as root of a user namespace, with mounts of its own; the command is its arguments. */
async function inNamespace(
  place: Place,
  script: string,
  command: readonly string[],
): Promise<Finished> {
  const outer = ['unshare', '--user', '--map-root-user', '--mount', '--', 'sh', '-c', script, 'sh'];
  return finished(await place.start([...outer, ...command]));
}
