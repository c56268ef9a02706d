import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  chokepoint,
  finished,
  openPlace,
  type Place,
  scenarioThatExpects,
} from '../support/cli.ts';
import { until } from '../support/processes.ts';

/* A process of a lab that ends or stops is told within its time, whenever that happens. */

test.each([
  { after: 0, signal: 'SIGKILL' },
  { after: 100, signal: 'SIGKILL' },
  { after: 200, signal: 'SIGTERM' },
  { after: 300, signal: 'SIGSEGV' },
] as const)(
  'when the servers get $signal $after ms after their start, building fails and says so',
  async ({ after, signal }) => {
    const place = openPlace();
    const run = place.start(
      chokepoint(['run', 'az-2017', '--profile', 'in-order', '--out', 'out']),
    );
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
  expect(stdout).toContain('the probes of host client did not answer for 20 s');
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
  const startedAt = Date.now();
  const probed = await place.run(['exec', 'client', '--', 'sh', '-c', script]);
  expect(probed).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('generic_timeout_error'),
  });
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
});

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
