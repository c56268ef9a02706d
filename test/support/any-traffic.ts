import fc from 'fast-check';
import type { Engine } from '../../src/engine/engine.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { DatagramSession } from './datagram-session.ts';
import { dnsQuery } from './dns.ts';
import { ascii, clientHello, clientHelloMessage, concat, hex, httpRequest } from './packets.ts';
import { clientDatagram, cryptoFrames } from './quic.ts';
import { flight, records } from './server-flights.ts';
import { Session } from './session.ts';
import { record } from './tls.ts';

/** A packet's worth of what one end says in one flow. */
export interface Said {
  readonly flow: number;
  readonly from: 'client' | 'server';
  readonly payload: Uint8Array;
}

export interface Conversation {
  readonly over: 'tcp' | 'udp';
  readonly port: number;
  readonly isStartSeen: boolean;
  readonly said: readonly Omit<Said, 'flow'>[];
}

/** What the engine makes of conversations, one after the other: each packet's verdict, and what was decided. */
export function verdictsOn(engine: Engine, conversations: readonly Conversation[]): string[] {
  return conversations.flatMap(({ over, port, isStartSeen, said }, i) => {
    const client = { port: 10_000 + i };
    if (over === 'udp') {
      const session = new DatagramSession(engine, { srcPort: client.port, dstPort: port });
      return said.map(({ from, payload }) => summary(session.send(from, payload)));
    }
    const session = new Session(engine, { client, server: { port } });
    if (isStartSeen) session.handshake();
    else session.handshakeUnseen();
    return said.map(({ from, payload }) => summary(session.send(from, payload)));
  });
}

function summary(verdict: Verdict): string {
  if (verdict.kind !== 'inject') return verdict.kind;
  const { rule, why, matched } = verdict.decision;
  return `${verdict.original} by ${rule}: ${why} at ${matched.offset} of ${matched.within}`;
}

const NAMES = ['www.blocked.test', 'allowed.test'] as const;
const FLIGHT = records(concat(...flight()));
const OK = 'HTTP/1.1 200 OK\r\n';

type Talk = readonly (readonly ['client' | 'server', Uint8Array])[];

const anyName = fc.constantFrom(...NAMES);
const anyRequest = anyName.chain((host) =>
  fc.constantFrom<Uint8Array>(
    httpRequest({ host }),
    httpRequest({ host, target: '/secret' }),
    httpRequest({ host, method: 'HEAD' }),
    ascii(`GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'y'.repeat(2000)}\r\n\r\n`),
    ascii(`PUT / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9\r\n\r\nGET / a\r\n`),
    ascii(`PUT / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 500\r\n\r\n${'b'.repeat(500)}`),
    ascii(
      `PUT / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nGET / HTTP/1.1\r\nHost: www.blocked\r\n0\r\n\r\n`,
    ),
  ),
);
const anyTls: fc.Arbitrary<Talk> = anyName.chain((sni) =>
  fc.constantFrom<Talk>(
    [
      ['client', clientHello({ sni })],
      ['server', FLIGHT],
      ['client', record(23, new Uint8Array(80).fill(0x61))],
    ],
    [
      ['client', clientHello({ sni, before: [[9, 600]] })],
      ['server', FLIGHT],
      ['client', concat(record(20, hex`01`), clientHello({ sni }))],
    ],
  ),
);
const anyHttp: fc.Arbitrary<Talk> = fc
  .tuple(
    anyRequest,
    fc.constantFrom(
      `${OK}Content-Length: 2\r\n\r\nok`,
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      `${OK}\r\nuntil close`,
      'HTTP/1.1 304 Same\r\n\r\n',
    ),
  )
  .map(([request, answer]) => [
    ['client', request],
    ['server', ascii(answer)],
  ]);
const anyDns: fc.Arbitrary<Talk> = anyName.map((name) => {
  const query = dnsQuery(name);
  return [['client', concat(Uint8Array.of(0, query.length), query)]];
});
const anyJunk: fc.Arbitrary<Talk> = fc
  .tuple(
    fc.constantFrom<'client' | 'server'>('client', 'server'),
    fc.constantFrom<Uint8Array>(
      ascii('SSH-2.0-OpenSSH_9.9\r\n'),
      ascii('secret www.blocked.test\r\n\r\n'),
      hex`16 03 01 00`,
      hex`81 85 37 fa 21 3d 7f 9f 4d 51 58`,
      ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      ascii(`GET /${'x'.repeat(3000)}`),
      hex`00`,
    ),
  )
  .map(([from, bytes]) => [[from, bytes]]);
const anyTunnel: fc.Arbitrary<Talk> = fc.constantFrom<Talk>(
  [
    ['client', ascii('CONNECT other.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n')],
    ['server', ascii(`${OK}\r\n`)],
  ],
  [
    ['client', ascii('OPTIONS * HTTP/1.1\r\nHost: other.test\r\nUpgrade: TLS/1.0\r\n\r\n')],
    ['server', ascii('HTTP/1.1 101 Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n')],
  ],
);

/** What both ends say, in segments that are cut anywhere or hold several messages. */
const anyTcp: fc.Arbitrary<Conversation> = fc
  .record({
    talks: fc.array(fc.oneof(anyHttp, anyTls, anyDns, anyJunk, anyTunnel), {
      minLength: 1,
      maxLength: 4,
    }),
    size: fc.constantFrom(20, 60, 300, 1400, 1400),
    joins: fc.boolean(),
    port: fc.constantFrom(80, 443, 53, 8443),
    isStartSeen: fc.constantFrom(true, true, true, false),
  })
  .map(({ talks, size, joins, port, isStartSeen }) => {
    const turns: { from: 'client' | 'server'; bytes: Uint8Array }[] = [];
    for (const [from, bytes] of talks.flat()) {
      const last = turns.at(-1);
      if (joins && last?.from === from) last.bytes = concat(last.bytes, bytes);
      else turns.push({ from, bytes });
    }
    const said = turns.flatMap(({ from, bytes }) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
        from,
        payload: bytes.slice(i * size, (i + 1) * size),
      })),
    );
    return { over: 'tcp', port, isStartSeen, said };
  });

const anyQuic = fc.tuple(anyName, fc.constantFrom([], [120])).map(([sni, cuts]) => {
  const frames = cryptoFrames(clientHelloMessage({ sni }), ...cuts);
  const dcid = hex`01 02 03 04 05 06 07 08`;
  return frames.map((frame, packetNumber) =>
    clientDatagram({ dcid, packetNumber, frames: [frame] }),
  );
});
const anyUdp: fc.Arbitrary<Conversation> = fc
  .record({
    datagrams: fc
      .array(
        fc.oneof(
          anyQuic,
          anyName.map((name) => [dnsQuery(name)]),
          fc.constantFrom([ascii('secret')], [hex`c0 00 00 00 01`]),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((lists) => lists.flat()),
    port: fc.constantFrom(443, 53),
  })
  .map(({ datagrams, port }) => ({
    over: 'udp',
    port,
    isStartSeen: true,
    said: datagrams.map((payload) => ({ from: 'client', payload })),
  }));

/** A few flows of HTTP, TLS, one inside the other, DNS, QUIC, and what is none of these. */
export const anyTraffic: fc.Arbitrary<readonly Conversation[]> = fc.array(
  fc.oneof({ arbitrary: anyTcp, weight: 4 }, { arbitrary: anyUdp, weight: 1 }),
  { minLength: 1, maxLength: 4 },
);
