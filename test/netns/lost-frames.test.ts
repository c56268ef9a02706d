import { expect, test } from 'vitest';
import {
  chokepoint,
  finished,
  openPlace,
  type Place,
  scenarioThatExpects,
} from '../support/cli.ts';
import { pause } from '../support/lab.ts';
import { type ProcessRecord, until } from '../support/processes.ts';

/* Frames that a real box could not take, pass on or keep: whoever looks at the lab is told how many, and what to do. */

const MISSED = /(\d+) frames came faster than the box could take them/;
const OVERSIZED =
  /3 frames too long for an MTU of 1500 did not get through: if you added or changed interfaces, /;
const OVERFLOWED = /(\d+) frames did not fit on a link that was full/;

/** A near link on which frames wait for so many ms, each way. */
function slowScenario(delay: number): string {
  return scenarioThatExpects(`
  - { claim: a, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }
`).replace(/near_rtt_ms: [\d.]+/, `near_rtt_ms: ${2 * delay}`);
}

test('`ps` and `down` tell frames that a stopped box missed, that were too long, and that filled a link', async () => {
  const place = openPlace();
  place.write('a.yaml', slowScenario(5000));
  place.write('flood.pl', FLOOD);
  expect(await place.run(['up', 'a.yaml'])).toMatchObject({ exitCode: 0 });
  const onClient = (...command: string[]) => place.run(['exec', 'client', '--', ...command]);
  expect(await troubles(place)).not.toContain('frames');

  const [box] = middleboxesOf(place);
  await whileStopped(box as ProcessRecord, () => onClient('perl', 'flood.pl', '20000', '10'));
  await until('the box has taken what there was', async () => MISSED.test(await troubles(place)));
  const [, missed] = MISSED.exec(await troubles(place)) ?? [];
  // The ring has 4,096 slots.
  expect(Number(missed)).toBeGreaterThan(15_000);
  expect(Number(missed)).toBeLessThanOrEqual(20_000 - 4096 + 100);

  // More than a frame may have, and less than a slot of the ring.
  await onClient('sh', '-c', `${LONGER_MTU}; perl flood.pl 3 1700`);
  await until('long frames are counted', async () => OVERSIZED.test(await troubles(place)));

  // The link holds 32 MiB.
  await until('the link is full', async () => {
    await onClient('perl', 'flood.pl', '30000', '1400');
    return OVERFLOWED.test(await troubles(place));
  });
  const down = await place.run(['down']);
  expect(down.stderr).toMatch(MISSED);
  expect(down.stderr).toMatch(OVERSIZED);
  expect(down.stderr).toMatch(OVERFLOWED);
  await place.expectLeft('a.yaml', 'flood.pl');
});

test('`run` tells frames that its box missed, in its table and in its summary', async () => {
  const place = openPlace();
  place.write('a.yaml', slowScenario(1000));
  place.write('flood.pl', FLOOD);
  const running = place.start(chokepoint(['run', 'a.yaml', '--out', 'out']));
  await until('the probe runs', () => vantagesOf(place).length > 0);
  const [box] = middleboxesOf(place);
  const [{ pid }] = vantagesOf(place) as [ProcessRecord];
  const enter = ['--target', String(pid), '--user', '--preserve-credentials', '--net', '--'];
  await whileStopped(box as ProcessRecord, () =>
    place.start(['nsenter', ...enter, 'perl', 'flood.pl', '10000', '10']),
  );
  const { stdout } = finished(await running);
  expect(stdout).toMatch(MISSED);
});

/** The table of `ps`, and what it says below. */
async function troubles(place: Place): Promise<string> {
  return (await place.run(['ps'])).stdout;
}

async function whileStopped(
  { pid }: ProcessRecord,
  act: () => PromiseLike<unknown>,
): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await act();
    await pause(100);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

function middleboxesOf(place: Place): ProcessRecord[] {
  return place.processes().filter(({ command }) => command.includes('/processes/middlebox.js'));
}

function vantagesOf(place: Place): ProcessRecord[] {
  return place
    .processes()
    .filter(({ command }) => /^\S*node .*\/processes\/vantage\.js/.test(command));
}

/** So many datagrams of this size to the lab's server. */
const FLOOD = `use Socket;
my ($count, $size) = @ARGV;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die;
my $to = pack_sockaddr_in(9, inet_aton("198.18.3.2"));
send($socket, "x" x $size, 0, $to) for 1 .. $count;
`;
/** As if somebody had changed the interfaces between the client and the box. */
const LONGER_MTU = [
  ['client', 'eth0'],
  ['isp', 'to-client'],
  ['isp', 'to-exchange'],
  ['middlebox', 'left'],
]
  .map(([host, name]) => `nsenter --net=/run/netns/${host} ip link set ${name} mtu 9000`)
  .join(' && ');
