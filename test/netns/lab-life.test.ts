import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { chokepoint, finished, openPlace, type Place } from '../support/cli.ts';
import { temporaryFile } from '../support/folder.ts';
import { until } from '../support/processes.ts';

test('`up` returns when every host answers, and `down` ends all of it', async () => {
  const place = openPlace();
  const up = await place.run(['up', 'az-2017', '--json']);
  expect(up).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(up.stdout)).toEqual({
    lab: 'az-2017',
    at: '2017-03-27T11:30:00Z',
    hosts: expect.objectContaining({
      client: expect.objectContaining({ ipv4: '198.18.1.2', ipv6: '2001:db8:1::2' }),
      server: expect.objectContaining({ ipv4: '198.18.3.2', ipv6: '2001:db8:3::2' }),
    }),
  });
  expect(await on(place, 'client', 'curl', '-sS', 'http://server/')).toMatchObject({ exitCode: 0 });
  const ps = JSON.parse((await place.run(['ps', '--json'])).stdout);
  expect(ps).toMatchObject([{ lab: 'az-2017', scenario: 'az-2017', profile: 'packet' }]);
  expect((await place.run(['ps'])).stdout).toMatch(/az-2017 +az-2017 +packet/);
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0, stdout: 'lab az-2017 is down\n' });
  expect((await place.run(['ps'])).stdout).toBe('no lab is up\n');
  await place.expectLeft();
});

test('`exec` passes stdin, stdout, stderr and the exit status', async () => {
  const place = await placeWithLab();
  const script = 'cat; echo to stderr >&2; exit 7';
  const command = chokepoint(['exec', 'client', '--', 'sh', '-c', script]);
  expect(finished(await place.start(command, { input: 'to stdin' }))).toMatchObject({
    exitCode: 7,
    stdout: 'to stdin',
    stderr: 'to stderr\n',
  });
  expect(await on(place, 'client', 'sh', '-c', 'kill -TERM $$')).toMatchObject({ exitCode: 143 });
  expect(await on(place, 'client', '/no/such/program')).toMatchObject({ exitCode: 127 });
  const options = await on(place, 'client', 'echo', '--json', '--lab', 'x', '-h');
  expect(options.stdout).toBe('--json --lab x -h\n');

  const bytes = randomBytes(10 * 1024 * 1024);
  const cat = chokepoint(['exec', 'server', 'cat']);
  const passed = await place.start(cat, { input: bytes, encoding: 'buffer' });
  expect(Buffer.compare(passed.stdout as unknown as Uint8Array, bytes)).toBe(0);

  const sleep = place.start(chokepoint(['exec', 'client', '--', 'sleep', '1000']));
  const isAsleep = (): boolean => place.processes().some((p) => p.command === 'sleep 1000');
  await until('the command runs', isAsleep);
  sleep.kill('SIGTERM');
  expect(await sleep).toMatchObject({ exitCode: 143 });
  await until('the command is ended', () => !isAsleep());
});

test('two labs side by side do not know of each other, and --lab picks one', async () => {
  const place = openPlace();
  const ups = [place.run(['up', 'az-2017']), place.run(['up', 'az-2017', '--profile', 'in-order'])];
  expect(await Promise.all(ups)).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  const labs = JSON.parse((await place.run(['ps', '--json'])).stdout) as { lab: string }[];
  expect(labs.map(({ lab }) => lab).sort()).toEqual(['az-2017', 'az-2017-2']);
  const serve =
    "require('http').createServer((q, s) => s.end('only here')).listen(9000, () => console.log('up'))";
  const server = place.start(
    chokepoint(['exec', '--lab', 'az-2017', 'control', '--', process.execPath, '-e', serve]),
  );
  await new Promise((resolve) => server.stdout?.once('data', resolve));
  const ask = (lab: string) =>
    place.run(['exec', '--lab', lab, 'client', '--', 'curl', '-sS', 'http://198.18.4.2:9000/']);
  expect(await ask('az-2017')).toMatchObject({ exitCode: 0, stdout: 'only here' });
  expect(await ask('az-2017-2')).toMatchObject({ exitCode: 7 });
  expect(await place.run(['down', '--lab', 'az-2017'])).toMatchObject({ exitCode: 0 });
  expect(await place.run(['down'])).toMatchObject({ stdout: 'lab az-2017-2 is down\n' });
  await server;
  await place.expectLeft();
});

test('`shell` on a terminal shows where it is and passes its exit status', async () => {
  const place = await placeWithLab();
  const shell = chokepoint(['shell', 'client']).join(' ');
  const terminal = ['script', '--quiet', '--return', '--command', shell, '/dev/null'];
  const input = 'echo $((6 * 7)) on $CHOKEPOINT_HOST\nexit 3\n';
  const { exitCode, stdout } = await place.start(terminal, { input });
  expect(stdout).toContain('az-2017/client ');
  expect(stdout).toContain('42 on client');
  expect(exitCode).toBe(3);
});

describe('a host of the lab', () => {
  test('has its own resolver, names and certificate authority', async () => {
    const place = await placeWithLab();
    const read = async (host: string, file: string) => (await on(place, host, 'cat', file)).stdout;
    const [client, server, hosts] = await Promise.all([
      read('client', '/etc/resolv.conf'),
      read('server', '/etc/resolv.conf'),
      read('inside', '/etc/hosts'),
    ]);
    expect(client).toBe('nameserver 198.18.1.1\nnameserver 2001:db8:1::1\n');
    expect(server).toBe('nameserver 198.18.3.2\nnameserver 2001:db8:3::2\n');
    expect(hosts).toContain('198.18.3.2 server\n2001:db8:3::2 server\n');
    const curl = await on(
      place,
      'client',
      'curl',
      '-sS',
      '-o',
      '/dev/null',
      'https://example.org/',
    );
    expect(curl).toMatchObject({ exitCode: 0, stderr: '' });
    const openssl = await on(
      place,
      ...['client', 'openssl', 's_client', '-connect', 'example.org:443', '-brief'],
      ...['-verify_return_error', '-verify_hostname', 'example.org'],
    );
    expect(openssl).toMatchObject({ exitCode: 0 });
    expect(openssl.stderr).toContain('Verification: OK');
  });
});

describe('a lab dies with its owner', () => {
  test('the process that `up` leaves behind', async () => {
    const place = await placeWithLab();
    const [state] = readdirSync(place.tmp) as [string];
    const file = join(place.tmp, state, 'az-2017.json');
    process.kill(JSON.parse(readFileSync(file, 'utf8')).holder.pid, 'SIGKILL');
    expect((await place.run(['ps'])).stdout).toBe('no lab is up\n');
    expect(existsSync(file)).toBe(false);
    await place.expectLeft();
  });

  test('a program that opened one', async () => {
    const place = openPlace();
    const module = pathToFileURL(join(import.meta.dirname, '../../dist/src/index.js'));
    const script = place.write(
      'owner.mjs',
      `import { loadScenario, openLab } from '${module}';
       await openLab({ scenario: loadScenario('az-2017') });
       console.log('up');
       setInterval(() => undefined, 1000);`,
    );
    const owner = place.start([process.execPath, script]);
    await new Promise((resolve) => owner.stdout?.once('data', resolve));
    expect(place.processes().length).toBeGreaterThan(10);
    owner.kill('SIGKILL');
    await place.expectLeft('owner.mjs');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('`run` that gets %s', async (signal) => {
    const place = openPlace();
    const run = place.start(chokepoint(['run', 'az-2017']));
    await until('the first probe is done', () => existsRow(place));
    run.kill(signal);
    expect(await run).toMatchObject({ signal });
    await place.expectLeft();
  });

  test('`run` that gets SIGINT before its children are bound to its life', async () => {
    const place = openPlace();
    const run = place.start(chokepoint(['run', 'az-2017']), { env: { PATH: withLooseChildren() } });
    await until('the first probe is done', () => existsRow(place));
    run.kill('SIGINT');
    expect(await run).toMatchObject({ signal: 'SIGINT' });
    await place.expectLeft();
  });

  test('`up` that is ended before the lab is up', async () => {
    const place = openPlace();
    const up = place.start(chokepoint(['up', 'az-2017', '--out', 'out']));
    await until('the lab is being built', () =>
      place.processes().some(({ command }) => command.endsWith('agent.js')),
    );
    up.kill('SIGKILL');
    await place.expectLeft('out');
  });
});

/** A search path on which `setpriv` is as when its parent dies before it has asked the kernel for a signal. */
function withLooseChildren(): string {
  const script = `#!/bin/sh
shift 2
exec "$@"
`;
  const program = temporaryFile(script, 'setpriv');
  chmodSync(program, 0o755);
  return `${dirname(program)}:${process.env['PATH']}`;
}

function existsRow({ cwd }: Place): boolean {
  const runs = join(cwd, 'runs');
  if (!existsSync(runs)) return false;
  return readdirSync(runs).some((run) => existsSync(join(runs, run, 'origin.jsonl')));
}

async function placeWithLab(): Promise<Place> {
  const place = openPlace();
  expect(await place.run(['up', 'az-2017'])).toMatchObject({ exitCode: 0, stderr: '' });
  return place;
}

function on(place: Place, host: string, ...command: string[]) {
  return place.run(['exec', host, '--', ...command]);
}
