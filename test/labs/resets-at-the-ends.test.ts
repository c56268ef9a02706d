import type {
  ConnectionRecord,
  Decision,
  HostName,
  Lab,
  Observation,
  ProbeRequest,
} from 'chokepoint';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Captured, capture, pause, withLab } from '../support/lab.ts';

interface Case {
  readonly name: string;
  readonly from?: HostName;
  readonly server?: HostName;
  readonly request: Omit<ProbeRequest, 'ip'> & { readonly ip?: 4 | 6 };
  /** Payload that passes before the trigger. */
  readonly passes?: true;
}

/** What both models must reset. */
const BLOCKED: readonly Case[] = [
  { name: 'curl over HTTP', request: { probe: 'curl', url: 'http://meydan.tv/' } },
  { name: 'a subdomain', request: { probe: 'curl', url: 'http://www.meydan.tv/' } },
  { name: 'capitals', request: { probe: 'curl', url: 'http://MEYDAN.TV/' } },
  { name: 'a dot', request: { probe: 'http', url: 'http://meydan.tv/', host: 'meydan.tv.' } },
  { name: 'a port', request: { probe: 'http', url: 'http://meydan.tv/', host: 'meydan.tv:80' } },
  { name: 'port 8080', request: { probe: 'curl', url: 'http://meydan.tv:8080/' } },
  { name: 'port 31337', request: { probe: 'curl', url: 'http://meydan.tv:31337/' } },
  { name: 'IPv6', request: { probe: 'curl', url: 'http://meydan.tv/', ip: 6 } },
  { name: 'curl over TLS', request: { probe: 'curl', url: 'https://meydan.tv/' } },
  { name: 'TLS on 8443', request: { probe: 'curl', url: 'https://meydan.tv:8443/' } },
  { name: 'TLS over IPv6', request: { probe: 'curl', url: 'https://meydan.tv/', ip: 6 } },
  { name: 'openssl s_client', request: { probe: 'openssl', url: 'https://meydan.tv/' } },
  {
    name: 'the second request of a connection',
    request: { probe: 'http', url: 'http://meydan.tv/', after: ['example.org'] },
    passes: true,
  },
  {
    name: 'an incoming handshake',
    from: 'control',
    server: 'inside',
    request: { probe: 'openssl', url: 'https://meydan.tv/', connect: 'inside' },
  },
  {
    name: 'an incoming handshake on 8443',
    from: 'control',
    server: 'inside',
    request: { probe: 'openssl', url: 'https://meydan.tv:8443/', connect: 'inside' },
  },
];
const SPLIT: readonly Case[] = [
  {
    name: 'a request split in the name',
    request: { probe: 'http', url: 'http://meydan.tv/', split: 'name' },
    passes: true,
  },
  {
    name: 'a ClientHello split in the name',
    request: { probe: 'https', url: 'https://meydan.tv/', split: 'name' },
    passes: true,
  },
];

describe.each([
  { profile: 'packet', cases: BLOCKED },
  { profile: 'in-order', cases: [...BLOCKED, ...SPLIT] },
])('with profile $profile, each end gets one RST, and accepts it', ({ profile, cases }) => {
  let seen: readonly Seen[];
  beforeAll(async () => {
    seen = await withLab({ profile }, (lab) => captureCases(lab, cases));
  });

  test.each(cases.map(({ name }, index) => ({ name, index })))('$name', ({ index }) => {
    const { observation, connections, decisions, near, far } = seen[index] as Seen;
    expect(observation.failure).toBe('connection_reset');
    expect(decisions).toHaveLength(1);
    expectOneReset(near, decisions[0]?.flow.client);
    expectOneReset(far, decisions[0]?.flow.server);
    expect(connections).toHaveLength(1);
    if (cases[index]?.passes !== true) {
      expect(connections[0]).toMatchObject({ requestBytes: 0, requests: [] });
    }
  });
});

/** What came of a case, wherever it was seen; packets are those of its own connection. */
interface Seen {
  readonly observation: Observation;
  readonly connections: readonly ConnectionRecord[];
  readonly decisions: readonly Decision[];
  readonly near: readonly Captured[];
  readonly far: readonly Captured[];
}

/** All cases one after the other under one capture at every end. */
async function captureCases(lab: Lab, cases: readonly Case[]): Promise<Seen[]> {
  const partial: Omit<Seen, 'near' | 'far'>[] = [];
  const hosts = ['client', 'control', 'server', 'inside'] as const;
  const captures = await capture(
    lab,
    hosts.map((host) => ({ host, interfaceName: 'eth0' })),
    async () => {
      for (const { from = 'client', server = 'server', request } of cases) {
        const mark = await lab.mark(server);
        const observation = await lab.probe(from, { ip: 4, ...request });
        await pause(100); // both RSTs have arrived by then, and whatever an end would answer
        const events = await lab.events(mark);
        const decisions = events.filter((event) => event.event === 'decision');
        const connections = await lab.connections(server, mark);
        partial.push({ observation, connections, decisions });
      }
    },
  );
  const at = (host: HostName, decision: Decision | undefined): Captured[] =>
    (captures[hosts.indexOf(host as 'client')] ?? []).filter(
      ({ src, dst }) => decision !== undefined && isOf(decision, src, dst),
    );
  return partial.map((one, i) => {
    const { from = 'client', server = 'server' } = cases[i] as Case;
    const [decision] = one.decisions;
    return { ...one, near: at(from, decision), far: at(server, decision) };
  });
}

function isOf({ flow }: Decision, src: string, dst: string): boolean {
  return [src, dst].sort().join() === [flow.client, flow.server].sort().join();
}

/** Packets of one connection, captured at the end with the endpoint `own`. */
function expectOneReset(tcp: readonly Captured[], own: string | undefined): void {
  const resets = tcp.filter(({ isReset }) => isReset);
  expect(resets).toHaveLength(1);
  const [reset] = resets as [Captured];
  expect(reset.dst).toBe(own); // the kernel of this end sent none
  expect(reset.checksumIsGood).toBe(true);
  const before = tcp.slice(0, tcp.indexOf(reset));
  const after = tcp.slice(tcp.indexOf(reset) + 1);
  // RFC 5961: acceptable at once means SEG.SEQ = RCV.NXT, and no challenge ACK follows.
  const lastSent = before.findLast(({ src, ack }) => src === own && ack > 0);
  expect(reset.seq).toBe(lastSent?.ack);
  expect(after.filter(({ src }) => src === own)).toEqual([]);
}

test('the two handshakes of a probe beside another are under way at the same time', () =>
  withLab({}, async (lab) => {
    const [packets = []] = await capture(lab, [{ host: 'client', interfaceName: 'eth0' }], () =>
      lab.probe('client', {
        probe: 'https',
        url: 'https://meydan.tv/',
        beside: 'https://example.org/',
        ip: 4,
      }),
    );
    const sent = packets.filter(
      ({ protocol, src }) => protocol === 'tcp' && src.startsWith(lab.hosts['client']?.ipv4 ?? '?'),
    );
    const sources = [...new Set(sent.map(({ src }) => src))];
    expect(sources).toHaveLength(2);
    const hellos = sources.map((source) =>
      packets.findIndex(({ src, payloadLength }) => src === source && payloadLength > 0),
    );
    const answers = packets.findIndex(
      ({ src, isReset, payloadLength }) =>
        src.startsWith(lab.hosts.server.ipv4) && (isReset || payloadLength > 0),
    );
    // Both connections exist before either ClientHello, and both are out before the first is answered.
    for (const source of sources) {
      expect(packets.findIndex(({ src }) => src === source)).toBeLessThan(Math.min(...hellos));
    }
    expect(answers).toBeGreaterThan(Math.max(...hellos));
  }));
