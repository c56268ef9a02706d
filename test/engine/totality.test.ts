import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { Action } from '../../src/policy/act/action.ts';
import { clientHello as helloMatcher } from '../../src/policy/match/client-hello.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { names } from '../../src/policy/match/names.ts';
import { protocol } from '../../src/policy/match/protocol.ts';
import { serverFlight } from '../../src/policy/match/server-flight.ts';
import { volume } from '../../src/policy/match/volume.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { addressRule, RESET } from '../support/censors.ts';
import { hasRightUdpChecksums, udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { fragments } from '../support/fragments.ts';
import {
  addressBytes,
  ascii,
  clientHello,
  concat,
  hasRightChecksums,
  hex,
  httpRequest,
  placed,
  type Segment,
  tcpFrame,
} from '../support/packets.ts';
import { CLIENT_INITIAL_V1, SERVER_INITIAL_V1 } from '../support/quic-vectors.ts';
import { records } from '../support/server-flights.ts';
import { serverHelloMessage } from '../support/tls.ts';

const NAMES = {
  names: ['blocked.test', 'example.com'],
  how: 'suffix',
  normalise: PLAIN.host.normalise,
} as const;
const REQUEST = httpRequest({ host: 'blocked.test' });
const HELLO = clientHello({ sni: 'blocked.test' });
const QUERY = dnsQuery('blocked.test');

const anyModel: fc.Arbitrary<Model> = fc
  .record({
    base: fc.constantFrom(...Object.values(PRESETS)),
    position: fc.constantFrom('in-path', 'on-path'),
    direction: fc.constantFrom('both', 'to-server', 'to-client'),
    defrag: fc.constantFrom('none', 'first', 'last', 'linux', 'drop-fragments'),
    failMode: fc.constantFrom('open', 'closed'),
    mode: fc.constantFrom('packet', 'first-payload', 'in-order', 'full'),
    overlap: fc.constantFrom('first', 'last', 'linux', 'windows', 'strict'),
    outOfOrder: fc.constantFrom('ignore', 'buffer', 'drop'),
    urgent: fc.constantFrom('inline', 'oob', 'drop'),
    onLimit: fc.constantFrom('pass', 'drop', 'freeze'),
    onPartial: fc.constantFrom('pass-and-forget', 'wait', 'drop'),
    recordReassembly: fc.constantFrom(0, 50, 4096),
    eviction: fc.constantFrom('oldest', 'half-open', 'newest'),
    bytes: fc.constantFrom(10, 200, 16_384),
    packets: fc.constantFrom(0, 2),
  })
  .map(({ base, position, direction, defrag, failMode, ...knobs }): Model => {
    const { mode, overlap, outOfOrder, urgent, onLimit, bytes, packets } = knobs;
    const { onPartial, recordReassembly, eviction } = knobs;
    const limit = { bytes, packets, time: 0, onLimit };
    return {
      ...base,
      position,
      direction,
      failMode,
      ip: { defrag },
      tcb: { ...base.tcb, capacity: 4, idleTimeout: 1000, halfOpenTimeout: 500, eviction },
      stream: { ...base.stream, mode, overlap, outOfOrder, urgent, limit },
      tls: { ...base.tls, onPartial, recordReassembly, everyHello: bytes === 200 },
      dns: { ...base.dns, tcp: true },
    };
  });

const anyAction: fc.Arbitrary<Action> = fc.constantFrom<Action>(
  RESET,
  { ...RESET, rest: 'pass', ttl: [1, 255], ipId: 'random' },
  { ...RESET, trigger: 'pass', rest: 'pass', seq: 'ramp', count: 3, flags: 'RA' },
  { do: 'drop' },
  { do: 'pass' },
  { do: 'blackhole', way: 'to-client', trigger: 'pass', duration: 300 },
  { do: 'respond', payload: ascii('x'.repeat(1500)), server: 'reset', shape: RESET },
  { do: 'throttle', way: 'both', rate: 1, burst: 100, how: 'police' },
  { do: 'throttle', way: 'to-server', rate: 1, burst: 100, how: 'shape' },
  { do: 'delay', way: 'both', by: 10 },
  {
    do: 'dns',
    rcode: 'noerror',
    answers: [{ type: 'A', address: addressBytes('10.10.34.34'), ttl: 1 }],
    count: 2,
    delay: 0,
    ttl: 'copied',
    ipId: 'copied',
  },
);

const anyMatcher: fc.Arbitrary<Matcher> = fc.constantFrom<Matcher>(
  names('http.host', NAMES),
  names('tls.sni', NAMES),
  names('quic.sni', NAMES),
  names('dns.qname', NAMES),
  keywords('payload', { keywords: ['blocked'], patterns: [], wholeToken: true }),
  keywords('http.url', { keywords: ['/'], patterns: ['x+'] }),
  helloMatcher({ sni: 'present', ech: false }),
  serverFlight({ cipher: [0x0039, 0x1301] }),
  protocol({ not: ['http'] }),
  volume({ packetsOver: 2, of: 'both' }),
  addressRule('10.0.0.2', RESET).trigger,
);

const anyRule: fc.Arbitrary<Rule> = fc
  .record({
    trigger: anyMatcher,
    action: anyAction,
    direction: fc.constantFrom(undefined, undefined, 'to-server', 'to-client'),
    scope: fc.constantFrom(undefined, '4-tuple', '3-tuple', '2-tuple', 'source', 'destination'),
    does: fc.constantFrom('drop', 'reset'),
    probability: fc.constantFrom(undefined, 0.5),
  })
  .map(({ scope, does, ...rule }) => {
    const rest = { duration: 100, refresh: true, way: 'both', after: 0 } as const;
    const residual = scope === undefined ? undefined : { scope, does, ...rest };
    return { name: rule.trigger.observes, ...rule, residual };
  });

const anyPayload = fc.oneof(
  fc.constantFrom(
    hex``,
    REQUEST,
    HELLO,
    httpRequest({ host: 'allowed.test' }),
    records(serverHelloMessage({ cipher: 0x0039 })),
    concat(Uint8Array.of(0, QUERY.length), QUERY),
  ),
  fc.tuple(fc.nat(80), fc.nat(80)).map(([at, length]) => REQUEST.slice(at, at + length)),
  fc.tuple(fc.nat(80), fc.nat(80)).map(([at, length]) => HELLO.slice(at, at + length)),
  fc.uint8Array({ maxLength: 20 }),
);
const anyPair = fc.oneof(
  fc.tuple(fc.constantFrom('10.0.0.1', '10.0.0.2'), fc.constantFrom('10.0.0.1', '10.0.0.2')),
  fc.constant<[string, string]>(['2001:db8::1', '2001:db8::2']),
  fc.constant<[string, string]>(['2001:db8::2', '2001:db8::1']),
);
const anyPort = fc.constantFrom(53, 9);
const anySegment: fc.Arbitrary<Segment> = fc
  .record({
    pair: anyPair,
    srcPort: anyPort,
    dstPort: anyPort,
    seq: fc.oneof(fc.nat(200), fc.nat(2 ** 32 - 1)),
    ack: fc.nat(200),
    flags: fc.constantFrom('S', 'SA', 'A', 'PA', 'PA', 'PA', 'PAU', 'FA', 'R', 'RA', 'SF', ''),
    payload: anyPayload,
  })
  .map(({ pair: [src, dst], ...rest }) => ({ src, dst, ...rest }));
const anyDatagram = fc
  .record({
    pair: anyPair,
    srcPort: anyPort,
    dstPort: anyPort,
    payload: fc.oneof(fc.constantFrom(QUERY, CLIENT_INITIAL_V1, SERVER_INITIAL_V1), anyPayload),
  })
  .map(({ pair: [src, dst], ...rest }) => udpFrame({ src, dst, ...rest }));
const anyFrames = fc.oneof(
  { arbitrary: anySegment.map((segment) => [tcpFrame(segment)]), weight: 6 },
  { arbitrary: anyDatagram.map((frame) => [frame]), weight: 2 },
  { arbitrary: anySegment.map((segment) => fragments(tcpFrame(segment), [16])), weight: 1 },
);

test('whatever the box, its rules and the packets are, each packet gets a verdict that can be carried out', () => {
  const anySteps = fc.array(fc.tuple(anyFrames, fc.nat(60)), { maxLength: 40 });
  const anyRules = fc.array(anyRule, { maxLength: 4 });
  fc.assert(
    fc.property(anyModel, anyRules, anySteps, (model, rules, steps) => {
      const engine = new Engine({ policy: { model, rules }, seed: 1 });
      let now = 0;
      for (const [frames, wait] of steps) {
        now += wait;
        for (const frame of frames) {
          const { bytes, at, end } = placed(frame);
          const before = bytes.slice();
          const verdict = engine.decide(bytes, at, end, now);
          expect(bytes).toEqual(before);
          expectSound(verdict, model, now);
          expect(engine.flowCount).toBeLessThanOrEqual(4);
          bytes.fill(0xee); // as a ring is used again
        }
      }
    }),
    { numRuns: 400 },
  );
});

function expectSound(verdict: Verdict, { position }: Model, now: number): void {
  if (verdict.kind === 'hold') expect(verdict.until).toBeGreaterThanOrEqual(now);
  const stands = verdict.kind === 'inject' ? verdict.original : verdict.kind;
  if (position === 'on-path') expect(stands).toBe('accept');
  if (verdict.kind !== 'inject') return;
  if (verdict.until !== undefined) expect(verdict.until).toBeGreaterThanOrEqual(now);
  if (verdict.original === 'replace') expect(verdict.packets.length).toBeGreaterThan(0);
  const { decision, packets } = verdict;
  expect(decision.injected).toHaveLength(packets.length);
  expect(decision.at).toBe(now);
  for (const { frame } of packets) {
    const packet = new PacketView().decode(frame, 0, frame.length);
    expect(packet.malformed).toBeUndefined();
    expect(packet.isTcp ? hasRightChecksums(frame) : hasRightUdpChecksums(frame)).toBe(true);
  }
}
