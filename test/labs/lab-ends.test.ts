import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  chokepoint,
  type Finished,
  finished,
  openPlace,
  type Place,
  scenarioThatExpects,
} from '../support/cli.ts';
import { until } from '../support/processes.ts';

/* A process of a lab that ends or stops is told within its time, whenever that happens. */

// Rows of az-2020 wait for an answer that never comes.
test.each([
  { after: 0, signal: 'SIGKILL' },
  { after: 100, signal: 'SIGKILL' },
  { after: 200, signal: 'SIGTERM' },
  { after: 300, signal: 'SIGSEGV' },
  { after: 1500, signal: 'SIGKILL' },
  { after: 3000, signal: 'SIGABRT' },
] as const)(
  'when the servers get $signal $after ms after their start, the run fails and says so',
  async ({ after, signal }) => {
    const place = openPlace();
    const run = place.start(chokepoint(['run', 'az-2020', '--out', 'out']));
    const servers = await pidOf(place, '/origin.js');
    await pause(after);
    process.kill(servers, signal);
    const { exitCode, stderr } = finished(await run);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^chokepoint: .*the servers (ended|were).*/m);
    expect(stderr).not.toContain('    at ');
    await place.expectLeft();
  },
);

test('a probe whose process is stopped fails by itself: the rows after it are run', async () => {
  const place = openPlace();
  place.write(
    'a.yaml',
    scenarioThatExpects(`
  - { claim: a, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }
  - { claim: b, probe: tcp, urls: ["tcp://example.org:80"], see: { failure: null } }
`),
  );
  const run = place.start(chokepoint(['run', 'a.yaml', '--out', 'out']));
  process.kill(await pidOf(place, '/vantage.js'), 'SIGSTOP');
  const { exitCode, stdout } = finished(await run);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/the probes of host client did not answer for \d+ s/);
  expect(stdout).toContain('1 of 2 passed');
  await place.expectLeft('a.yaml', 'out');
});

test('a lookup ends in its time, whatever a resolver goes on sending', async () => {
  const place = openPlace();
  expect(await place.run(['up', 'az-2017'])).toMatchObject({ exitCode: 0 });
  place.write('resolver.cjs', RESOLVER);
  place.write('resolv.conf', 'nameserver 127.0.0.1\n');
  const script = `mount --bind resolv.conf /etc/resolv.conf; ${process.execPath} resolver.cjs & resolver=$!
until [ -e up ]; do sleep 0.1; done
chokepoint probe http http://example.org/ --timeout 2; status=$?; kill $resolver; exit $status`;
  const probed = await place.run(['exec', 'client', '--', 'sh', '-c', script]);
  expect(probed).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('generic_timeout_error'),
  });
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
});

test('on a disk that is full, `up --out` says what cannot be written, and leaves neither lab nor folder', async () => {
  const place = openPlace();
  const script = `. && ${FILL}; "$@" up az-2017 --out out; status=$?; ls; exit $status`;
  const { exitCode, stdout, stderr } = await onDisk(place, script);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: 'filler\n' });
  expect(stderr).toMatch(/cannot be written: ENOSPC/);
  expect(stderr).toMatch(/\n {2}fix: make room, or name a folder elsewhere with --out\n$/);
  await place.expectLeft();
});

test('`ps` and `down` tell what a lab could not write since the disk was full', async () => {
  const place = openPlace();
  const ask = `"$@" exec client -- curl -s http://meydan.tv/${' http://example.org/'.repeat(12)} >/dev/null`;
  const script = `. && "$@" up az-2017 --out out >/dev/null && ${FILL}; ${ask}; sleep 1; "$@" ps; "$@" down; exit $?`;
  const { exitCode, stdout, stderr } = await onDisk(place, script);
  expect(stdout).toMatch(/^az-2017: .*events\.jsonl cannot be written: ENOSPC.*; make room/m);
  expect(stdout).toMatch(/^az-2017: the capture ended before the packets did: make room/m);
  expect(stdout).toContain('lab az-2017 is down\n');
  expect(stderr).toMatch(/^az-2017: .*wire\.pcapng cannot be written: .*; make room/m);
  expect(exitCode).toBe(2);
  await place.expectLeft();
});

test('a TMPDIR that is full leaves no record', async () => {
  const place = openPlace();
  const script = `../tmp && ${FILL}; "$@" up az-2017; status=$?; find . -type f; exit $status`;
  const { exitCode, stdout, stderr } = await onDisk(place, script);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: './filler\n' });
  expect(stderr).toMatch(
    /cannot be made: ENOSPC.*\n {2}fix: set TMPDIR to a directory that has room/,
  );
  await place.expectLeft();
});

/** All that a disk of that size holds. */
const FILL = 'head -c 1m /dev/zero > filler 2>/dev/null';

/** Runs a script that begins with where a small disk is to be; its arguments are the built program. */
async function onDisk(place: Place, script: string): Promise<Finished> {
  const outer = ['unshare', '--user', '--map-root-user', '--mount', '--', 'sh', '-c'];
  const [where = '.'] = script.split(' ');
  const then = `mount -t tmpfs -o size=64k none ${where} && cd ${where} ${script.slice(where.length)}`;
  return finished(await place.start([...outer, then, 'sh', ...chokepoint([])]));
}

/** Says over UDP that the answer is too long, and over TCP sends for ever. */
const RESOLVER = `
const udp = require('dgram').createSocket('udp4');
udp.on('message', (bytes, { port, address }) => {
  bytes[2] |= 0x82;
  bytes[3] = 0x80;
  udp.send(bytes, port, address);
});
udp.bind(53, '127.0.0.1');
require('net').createServer((socket) => {
  socket.on('error', () => undefined);
  setInterval(() => socket.write(Buffer.from([0xff])), 50);
}).listen(53, '127.0.0.1', () => require('fs').writeFileSync('up', ''));
`;

/** The first process of the place whose command ends so. */
async function pidOf(place: Place, command: string): Promise<number> {
  let pid: number | undefined;
  await until(`${command} is started`, () => {
    pid = place.processes().find((one) => one.command.endsWith(command))?.pid;
    return pid !== undefined;
  });
  return pid as number;
}

test('`up` whose output cannot be written leaves neither a lab nor its folder', async () => {
  const place = openPlace();
  const program = chokepoint(['up', 'az-2017', '--json', '--out', 'out']).join(' ');
  const { exitCode, stderr } = finished(await place.start(['sh', '-c', `${program} >/dev/full`]));
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('standard output cannot be')]);
  await place.expectLeft();
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '`up` that gets %s while it builds leaves neither a lab nor its folder',
  async (signal) => {
    const place = openPlace();
    const up = place.start(chokepoint(['up', 'az-2017', '--out', 'out']));
    await pidOf(place, '/origin.js');
    up.kill(signal);
    expect(await up).toMatchObject({ signal, stdout: '' });
    await place.expectLeft();
  },
);

test('`exec` without a terminal passes every signal on, and has the status of the command', async () => {
  const place = openPlace();
  expect(await place.run(['up', 'az-2017'])).toMatchObject({ exitCode: 0 });
  const sleeps = () => place.processes().filter(({ command }) => command === 'sleep 300');
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGHUP', 129],
    ['SIGTERM', 143],
  ] as const) {
    const running = place.start(chokepoint(['exec', 'client', '--', 'sleep', '300']));
    await until('the command runs', () => sleeps().length === 1);
    running.kill(signal);
    expect([signal, finished(await running).exitCode]).toEqual([signal, status]);
    expect(sleeps()).toEqual([]);
  }
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
});
