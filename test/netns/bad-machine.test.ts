import { expect, test } from 'vitest';
import { chokepoint, openPlace } from '../support/cli.ts';
import { inNamespace, withoutTool } from '../support/lesser-machine.ts';

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
