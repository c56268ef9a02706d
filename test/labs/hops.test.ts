import { fileURLToPath } from 'node:url';
import { type Lab, type Observation, openLab } from 'chokepoint';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capture, captureWith, onHost, scenario } from '../support/lab.ts';

/* A path with several routers before the box, and behind it. */

let lab: Lab;
const topology = { ...scenario.topology, near_hops: 3, far_hops: 4 };
beforeAll(async () => {
  lab = await openLab({ scenario: { ...scenario, topology } });
});
afterAll(() => lab.close());

test('a TTL ends at each router in order, which says so; the box takes none off', async () => {
  const { ipv4, ipv6 } = lab.hosts.server;
  const program = [process.execPath, '--import', 'tsx', PROGRAM, String(HOPS.length)];
  const at = [{ host: 'client', interfaceName: 'eth0' }];
  const [answers = []] = await captureWith(readAnswers, lab, at, () =>
    onHost(lab, 'client', ...program, ipv4, ipv6),
  );
  const owners = await addressOwners();
  for (const isOf of [
    (from: string) => !from.includes(':'),
    (from: string) => from.includes(':'),
  ]) {
    const own = answers.filter(({ from }) => isOf(from)).sort((a, b) => a.ttl - b.ttl);
    expect(own.map(({ ttl, from, says }) => [ttl, owners.get(from), says])).toEqual(
      HOPS.map((name, i) => [
        i + 1,
        name,
        name === 'server' ? 'port unreachable' : 'time exceeded',
      ]),
    );
    // They answer by the address that they are known by; the exchange is known by the one it has towards the server.
    const known = own.filter(({ from }) => owners.get(from) !== 'exchange');
    expect(known.map(({ from }) => from)).toEqual(
      known.map(({ from }) => lab.hosts[owners.get(from) ?? '']?.[isOf('::') ? 'ipv6' : 'ipv4']),
    );
  }
});

test('each router is a host: known by name, reached from both ends, and a place for programs', async () => {
  for (const router of HOPS.slice(0, -1)) {
    const [client, server] = await Promise.all(
      (['client', 'server'] as const).map((from) =>
        lab.probe(from, { probe: 'tcp', url: `tcp://${router}:9`, ip: 6 }),
      ),
    );
    expect([router, client?.failure, server?.failure]).toEqual([
      router,
      ...['connection_refused', 'connection_refused'], // by the router itself
    ]);
    expect((await onHost(lab, router, 'sh', '-c', 'echo $CHOKEPOINT_HOST')).trim()).toBe(router);
  }
});

test('the censor is where it was: between the last near router and the first far one', async () => {
  const seen = async (from: string): Promise<string | null> => {
    const request = {
      probe: 'http',
      url: 'http://example.org/',
      host: 'meydan.tv',
      ip: 4,
    } as const;
    return (await lab.probe(from, request)).failure;
  };
  expect(await Promise.all(['client', 'near-3', 'far-1', 'control'].map(seen))).toEqual([
    ...['connection_reset', 'connection_reset', null, null],
  ]);
});

test('tlsmiddlebox finds it there, and sends nothing again of what it gave up', async () => {
  const request = {
    probe: 'tlsmiddlebox',
    url: 'https://meydan.tv/',
    control: 'example.org',
    ip: 4,
    timeoutMs: 2000,
  } as const;
  const at = [{ host: 'client', interfaceName: 'eth0' }];
  const [packets = []] = await capture(lab, at, async () => {
    const found = await lab.probe('client', request);
    expect(found).toMatchObject({ failure: 'connection_reset', hop: 4 });
    expectOneClock(found);
  });
  const hellos = packets.filter(({ dst, payloadLength }) => /:443$/.test(dst) && payloadLength > 0);
  const given = [...new Set(hellos.map(({ src }) => src))].filter(
    (client) =>
      !packets.some(({ dst, ...of }) => dst === client && (of.payloadLength || of.isReset)),
  );
  expect(given.length).toBeGreaterThanOrEqual(6); // of each name, the first three hops at least
  const aborted = packets.flatMap(({ src, isReset }) => (isReset ? src : []));
  expect(aborted).toEqual(expect.arrayContaining(given));
});

test('an IPv6 address in the place of a name is measured without brackets', async () => {
  const { ipv6 } = lab.hosts.server;
  const [blocking, middlebox] = await Promise.all(
    (['sni_blocking', 'tlsmiddlebox'] as const).map((probe) =>
      lab.probe('client', {
        ...{ probe, url: `https://[${ipv6}]/`, control: 'example.org', ip: 6, timeoutMs: 2000 },
      }),
    ),
  );
  expect(blocking?.measurements).toMatchObject([
    { input: ipv6, test_keys: { target: { sni: ipv6, tls_handshakes: [{ server_name: ipv6 }] } } },
  ]);
  const iterative_trace = [{ target_trace: { server_name: ipv6 } }];
  expect(middlebox?.measurements).toMatchObject([
    { input: `tlstrace://[${ipv6}]`, test_keys: { iterative_trace } },
  ]);
});

/** Handshakes begin a tenth of a second after each other; timers may be a little early. */
function expectOneClock({ measurements = [] }: Observation): void {
  const keys = measurements[0]?.test_keys as IterativeKeys;
  const [{ control_trace, target_trace }] = keys.iterative_trace;
  for (const { iterations } of [control_trace, target_trace]) {
    expect(iterations.length).toBeGreaterThan(3);
    for (const [i, { handshake }] of iterations.entries())
      expect(handshake.t0).toBeGreaterThanOrEqual(0.09 * i);
  }
}

interface IterativeKeys {
  readonly iterative_trace: readonly [
    Readonly<
      Record<
        'control_trace' | 'target_trace',
        { readonly iterations: readonly { readonly handshake: { readonly t0: number } }[] }
      >
    >,
  ];
}

interface Answer {
  readonly ttl: number;
  readonly from: string;
  readonly says: 'time exceeded' | 'port unreachable' | 'something else';
}

/** ICMP errors in a capture, as tshark reads them; the port of the datagram in them tells its TTL. */
async function readAnswers(file: string): Promise<Answer[]> {
  const fields = ['ip.src', 'ipv6.src', 'udp.dstport', 'icmp.type', 'icmp.code'];
  const more = ['icmpv6.type', 'icmpv6.code'];
  const { stdout } = await execa('tshark', [
    ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f', '-Y', 'udp and (icmp or icmpv6)'],
    ...[...fields, ...more].flatMap((field) => ['-e', field]),
  ]);
  return stdout.split('\n').flatMap((line): Answer[] => {
    const [ipv4, ipv6, port, ...codes] = line.split('\t');
    const from = ipv6 || ipv4;
    if (!from) return [];
    const of = `${ipv6 ? 'ICMPv6' : 'ICMP'} ${codes.filter((code) => code !== '').join(' ')}`;
    return [{ ttl: Number(port) - 33_434, from, says: SAID[of] ?? 'something else' }];
  });
}

/** Which namespace has an address, as `ip` there says. */
async function addressOwners(): Promise<Map<string, string>> {
  const owners = await Promise.all(
    HOPS.map(async (name) => {
      const shown = JSON.parse(await onHost(lab, name, 'ip', '-json', 'address'));
      const links = shown as { readonly addr_info: readonly { readonly local: string }[] }[];
      return links
        .flatMap(({ addr_info }) => addr_info)
        .map(({ local }): [string, string] => [local, name]);
    }),
  );
  return new Map(owners.flat());
}

const HOPS = ['isp', 'near-2', 'near-3', 'far-1', 'far-2', 'far-3', 'exchange', 'server'];
const PROGRAM = fileURLToPath(new URL('../programs/send-with-ttls.ts', import.meta.url));
/** By type and code (RFC 792, RFC 4443). */
const SAID: Readonly<Record<string, Answer['says']>> = {
  'ICMP 11 0': 'time exceeded',
  'ICMP 3 3': 'port unreachable',
  'ICMPv6 3 0': 'time exceeded',
  'ICMPv6 1 4': 'port unreachable',
};
