import { describe, expect, test } from 'vitest';
import { type Direction, Flow } from '../../src/flow/flow.ts';
import { WINDOW } from '../../src/flow/half-flow.ts';
import type { Ignored } from '../../src/flow/ignored.ts';
import type { HopsKnobs, ValidateKnobs } from '../../src/flow/knobs.ts';
import { Validator } from '../../src/flow/validator.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { fragment } from '../support/fragments.ts';
import { ascii, concat, edit, hex, placed, type Segment, tcpFrame } from '../support/packets.ts';

const NOTHING: ValidateKnobs = PRESETS.plain.validate;
const HOPS: HopsKnobs = { before: 2, after: 3, aware: false };
const V4 = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
const V6 = { ...V4, src: '2001:db8::1', dst: '2001:db8::80' };
const MD5 = concat(hex`13 12`, new Uint8Array(16), hex`01 01`);
const WAYS: readonly Direction[] = ['to-server', 'to-client'];
/** Sequence numbers of the first bytes; each direction has sent a hundred, all acknowledged. */
const STARTS = [1000, 0x7fff_ffc0, 0xffff_ffc0];
const SENT = 100;

describe.each([
  { name: 'IPv4', ends: V4 },
  { name: 'IPv6', ends: V6 },
])('of a packet of $name', ({ name, ends }) => {
  const good = { ...ends, seq: 1, ack: 1, flags: 'PA', payload: ascii('hello') };
  const tcpAt = name === 'IPv4' ? 34 : 54;

  test.each<{ knobs: Partial<ValidateKnobs>; frame: Uint8Array; want: Ignored | undefined }>([
    { knobs: { tcpChecksum: true }, frame: tcpFrame(good), want: undefined },
    {
      knobs: { tcpChecksum: true },
      frame: edit(tcpFrame(good), tcpAt + 16, 0xde),
      want: 'bad-tcp-checksum',
    },
    { knobs: {}, frame: edit(tcpFrame(good), tcpAt + 16, 0xde), want: undefined },
    { knobs: { ipChecksum: true }, frame: tcpFrame(good), want: undefined },
    {
      knobs: { ipChecksum: true },
      frame: edit(tcpFrame(good), 24, 0xde),
      want: name === 'IPv4' ? 'bad-ip-checksum' : undefined,
    },
    { knobs: {}, frame: edit(tcpFrame(good), 24, 0xde), want: undefined },
    { knobs: { md5: 'reject' }, frame: tcpFrame({ ...good, tcpOptions: MD5 }), want: 'md5-option' },
    { knobs: { md5: 'reject' }, frame: tcpFrame(good), want: undefined },
    { knobs: {}, frame: tcpFrame({ ...good, tcpOptions: MD5 }), want: undefined },
  ])('$knobs: $want', ({ knobs, frame, want }) => {
    for (const way of WAYS) expect(refusesPacket(knobs, frame, way)).toBe(want);
  });

  test('the checksum of a fragment says nothing', () => {
    const part = fragment(tcpFrame({ ...good, payload: new Uint8Array(40) }), { at: 0, end: 40 });
    expect(refusesPacket({ tcpChecksum: true }, part, 'to-server')).toBeUndefined();
  });

  test.each([
    { way: 'to-server' as const, ttl: 3, want: 'ttl-too-low' },
    { way: 'to-server' as const, ttl: 4, want: undefined },
    { way: 'to-client' as const, ttl: 2, want: 'ttl-too-low' },
    { way: 'to-client' as const, ttl: 3, want: undefined },
  ])('with TTL $ttl $way: $want, for a box that knows its hops', ({ way, ttl, want }) => {
    const frame = tcpFrame({ ...good, ttl });
    expect(refusesPacket({}, frame, way, { ...HOPS, aware: true })).toBe(want);
    expect(refusesPacket({}, frame, way)).toBeUndefined();
  });

  test.each([
    { flags: 'PA', requireAck: undefined, strict: undefined },
    { flags: 'FPA', requireAck: undefined, strict: undefined },
    { flags: 'UA', requireAck: undefined, strict: undefined },
    { flags: 'S', requireAck: undefined, strict: undefined },
    { flags: 'SA', requireAck: undefined, strict: undefined },
    { flags: 'R', requireAck: undefined, strict: undefined },
    { flags: 'RA', requireAck: undefined, strict: undefined },
    { flags: '', requireAck: 'no-ack-flag', strict: 'odd-flags' },
    { flags: 'P', requireAck: 'no-ack-flag', strict: 'odd-flags' },
    { flags: 'F', requireAck: 'no-ack-flag', strict: 'odd-flags' },
    { flags: 'SF', requireAck: undefined, strict: 'odd-flags' },
    { flags: 'SR', requireAck: undefined, strict: 'odd-flags' },
    { flags: 'SP', requireAck: undefined, strict: 'odd-flags' },
    { flags: 'FRA', requireAck: undefined, strict: 'odd-flags' },
    { flags: 'FRAPU', requireAck: undefined, strict: 'odd-flags' },
    { flags: 'FSRPAU', requireAck: undefined, strict: 'odd-flags' },
  ])('with flags "$flags": $requireAck, or $strict', ({ flags, requireAck, strict }) => {
    const frame = tcpFrame({ ...good, flags });
    const outcomes = (['any', 'require-ack', 'strict'] as const).map((knob) =>
      refusesPacket({ flags: knob }, frame, 'to-server'),
    );
    expect(outcomes).toEqual([undefined, requireAck, strict]);
  });
});

describe.each(WAYS)('of a segment that goes %s', (way) => {
  describe.each(STARTS)('in a flow that begins with %i', (start) => {
    const next = start + SENT;

    test.each<{ name: string; at: number; length: number; window: boolean; exact: boolean }>([
      { name: 'the next', at: SENT, length: 10, window: true, exact: true },
      { name: 'one beyond a gap', at: SENT + 1, length: 10, window: true, exact: false },
      { name: 'one that is partly new', at: SENT - 5, length: 10, window: true, exact: false },
      { name: 'one that is old, but touches it', at: 0, length: SENT, window: true, exact: false },
      { name: 'one that is old', at: 0, length: SENT - 1, window: false, exact: false },
      { name: 'one from before the flow', at: -5000, length: 10, window: false, exact: false },
      {
        name: 'the last in the window',
        at: SENT + WINDOW - 1,
        length: 10,
        window: true,
        exact: false,
      },
      { name: 'one beyond the window', at: SENT + WINDOW, length: 10, window: false, exact: false },
      { name: 'a pure ACK', at: SENT, length: 0, window: true, exact: true },
      { name: 'a keep-alive probe', at: SENT - 1, length: 0, window: false, exact: false },
      { name: 'a pure ACK far off', at: SENT + WINDOW, length: 0, window: false, exact: false },
    ])('$name', ({ at, length, ...want }) => {
      const segment = { seq: start + at, flags: 'A', payload: new Uint8Array(length) };
      const flow = newFlow(start);
      expect(refusesSegment({}, segment, flow, way)).toBeUndefined();
      expect(refusesSegment({ seq: 'window' }, segment, flow, way)).toBe(
        want.window ? undefined : 'out-of-window',
      );
      expect(refusesSegment({ seq: 'exact' }, segment, flow, way)).toBe(
        want.exact ? undefined : 'not-next',
      );
    });

    test.each([
      { name: 'all that was sent', ahead: 0, want: undefined },
      { name: 'less', ahead: -40, want: undefined },
      { name: 'the first byte', ahead: -SENT, want: undefined },
      { name: 'more than was sent', ahead: 1, want: 'bad-ack' },
      { name: 'much more', ahead: 2 ** 30, want: 'bad-ack' },
      { name: 'what was before the connection', ahead: -SENT - 1, want: 'bad-ack' },
      { name: 'what never was', ahead: -66_000, want: 'bad-ack' },
    ])('that acknowledges $name: $want', ({ ahead, want }) => {
      const segment = { seq: next, ack: next + ahead, flags: 'PA' };
      expect(refusesSegment({ ack: true }, segment, newFlow(start), way)).toBe(want);
      expect(refusesSegment({}, segment, newFlow(start), way)).toBeUndefined();
      const unflagged = { ...segment, flags: 'P' };
      expect(refusesSegment({ ack: true }, unflagged, newFlow(start), way)).toBeUndefined();
    });
  });

  test('what was acknowledged long ago is too old once it is a window behind', () => {
    const flow = newFlow(0);
    const other = flow.half(way === 'to-server' ? 'to-client' : 'to-server');
    other.forward(SENT, 200_000);
    other.believe(SENT, 200_000);
    other.acknowledged(SENT + 200_000);
    const acks = [SENT + 200_000 - 65_535, SENT + 200_000 - 65_536];
    const outcomes = acks.map((ack) =>
      refusesSegment({ ack: true }, { ack, flags: 'A' }, flow, way),
    );
    expect(outcomes).toEqual([undefined, 'bad-ack']);
  });

  test('nothing is known of a direction that was not seen', () => {
    const flow = new Flow(0);
    const segment = { seq: 5, ack: 7, flags: 'PA' };
    expect(refusesSegment(PRESETS.strict.validate, segment, flow, way)).toBeUndefined();
  });

  test('any number is right while the box resynchronises', () => {
    const flow = newFlow(0);
    flow.half(way).isResyncing = true;
    for (const seq of ['window', 'exact'] as const) {
      const segment = { seq: 2 ** 30, flags: 'PA', payload: ascii('x') };
      expect(refusesSegment({ seq }, segment, flow, way)).toBeUndefined();
    }
  });

  describe('an old timestamp', () => {
    const paws: ValidateKnobs = { ...NOTHING, paws: 'reject' };
    /** After segments with these numbers and timestamps were believed. */
    const believing = (noted: readonly (readonly [number, number])[]): Flow => {
      const flow = newFlow(0);
      flow.half(way).recentTimestamp = 0; // both ends offered them
      const validator = new Validator(paws, HOPS);
      for (const [seq, value] of noted) {
        const packet = packetOf({ seq, flags: 'PA', payload: ascii('x'), ...stamped(value) });
        validator.note(packet, flow.half(way));
        flow.half(way).believe(packet.seq, packet.sequenceLength);
      }
      return flow;
    };
    const refuses = (flow: Flow, value: number | undefined): Ignored | undefined => {
      const options = value === undefined ? {} : stamped(value);
      return refusesSegment(paws, { seq: SENT, flags: 'PA', ...options }, flow, way);
    };

    test.each([
      { last: 1000, value: 1000, want: undefined },
      { last: 1000, value: 1001, want: undefined },
      { last: 1000, value: 999, want: undefined },
      { last: 1000, value: 998, want: 'old-timestamp' },
      { last: 5, value: 0xffff_fff0, want: 'old-timestamp' },
      { last: 0xffff_fff0, value: 5, want: undefined },
      { last: 1000, value: undefined, want: undefined },
    ])('$value after $last: $want', ({ last, value, want }) => {
      expect(refuses(believing([[SENT, last]]), value)).toBe(want);
    });

    test('of a segment before which none had one is as good as any', () => {
      expect(refuses(newFlow(0), 1)).toBeUndefined();
    });

    test('is not measured by what came beyond a gap (RFC 7323 §4.3)', () => {
      expect(refuses(believing([[SENT + 10, 5000]]), 100)).toBeUndefined();
    });

    test('is measured by the latest, not the last', () => {
      const flow = believing([
        [SENT, 5000],
        [SENT + 1, 4999],
      ]);
      expect(refuses(flow, 4998)).toBe('old-timestamp');
    });

    test('is measured anew by each later one', () => {
      const flow = believing([
        [SENT, 5000],
        [SENT + 1, 6000],
      ]);
      expect(refuses(flow, 5500)).toBe('old-timestamp');
      expect(refuses(flow, 6000)).toBeUndefined();
    });

    test('is taken from the first SYN that has one, and from no other', () => {
      const flow = new Flow(0);
      const half = flow.half(way);
      const noteSyn = (options: Partial<Segment>): void =>
        new Validator(paws, HOPS).note(packetOf({ flags: 'S', ...options }), half);
      noteSyn({});
      expect(half.timestamp).toBeUndefined();
      noteSyn(stamped(100));
      noteSyn(stamped(900));
      expect(half.timestamp).toBe(100);
    });

    test('is no matter where the ends did not agree on timestamps', () => {
      const flow = newFlow(0);
      const half = flow.half(way);
      half.timestamp = 5000;
      expect(refuses(flow, 1)).toBeUndefined();
      const packet = packetOf({ seq: SENT, flags: 'PA', payload: ascii('x'), ...stamped(9000) });
      new Validator(paws, HOPS).note(packet, half);
      expect(half.timestamp).toBe(5000);
      half.recentTimestamp = 0;
      expect(refuses(flow, 1)).toBe('old-timestamp');
      expect(refusesSegment({}, { seq: SENT, ...stamped(1) }, flow, way)).toBeUndefined();
    });

    test('is not kept of a RST, nor by a box that does not look', () => {
      for (const [knobs, flags] of [
        [paws, 'R'],
        [NOTHING, 'PA'],
      ] as const) {
        const flow = newFlow(0);
        flow.half(way).recentTimestamp = 0;
        new Validator(knobs, HOPS).note(
          packetOf({ seq: SENT, flags, ...stamped(9) }),
          flow.half(way),
        );
        expect(flow.half(way).timestamp).toBeUndefined();
      }
    });
  });
});

test('a segment that continues a further SYN is in its window, if the box keeps them all', () => {
  const flow = newFlow(0);
  const segment = { seq: 2 ** 30 + 1, flags: 'PA', payload: ascii('x') };
  expect(refusesSegment({ seq: 'window' }, segment, flow, 'to-server')).toBe('out-of-window');
  flow.rare.otherSeqs = [5, 2 ** 30];
  expect(refusesSegment({ seq: 'window' }, segment, flow, 'to-server')).toBeUndefined();
  expect(refusesSegment({ seq: 'window' }, segment, flow, 'to-client')).toBe('out-of-window');
});

test('a pure ACK with the number of a further SYN is before its window', () => {
  const flow = newFlow(0);
  flow.rare.otherSeqs = [2 ** 30];
  const at = (seq: number): Ignored | undefined =>
    refusesSegment({ seq: 'window' }, { seq, flags: 'A' }, flow, 'to-server');
  expect([at(2 ** 30), at(2 ** 30 + 1)]).toEqual(['out-of-window', undefined]);
});

test.each(WAYS)('bytes sent beyond a gap may be acknowledged by a segment that goes %s', (way) => {
  const flow = newFlow(0);
  const other = flow.half(way === 'to-server' ? 'to-client' : 'to-server');
  other.forward(SENT + 50, 10);
  const refuses = (ack: number): Ignored | undefined =>
    refusesSegment({ ack: true }, { seq: SENT, ack, flags: 'A' }, flow, way);
  expect([refuses(SENT + 60), refuses(SENT + 61)]).toEqual([undefined, 'bad-ack']);
  other.believe(SENT, 80);
  expect([refuses(SENT + 80), refuses(SENT + 81)]).toEqual([undefined, 'bad-ack']);
});

test('without the beginning of a direction, its believed bytes alone bound acknowledgements', () => {
  const flow = new Flow(0);
  flow.toClient.rebase(500);
  const refuses = (ack: number): Ignored | undefined =>
    refusesSegment({ ack: true }, { ack, flags: 'A' }, flow, 'to-server');
  expect([refuses(500), refuses(501), refuses(-70_000)]).toEqual([undefined, 'bad-ack', undefined]);
});

test.each([
  { flags: 'PA', knob: 'strict' as const, want: true },
  { flags: 'RA', knob: 'strict' as const, want: false },
  { flags: 'R', knob: 'require-ack' as const, want: false },
  { flags: 'RA', knob: 'any' as const, want: true },
])('the payload of a segment $flags is believed by a box of flags $knob: $want', (row) => {
  const validator = new Validator({ ...NOTHING, flags: row.knob }, HOPS);
  const packet = packetOf({ flags: row.flags, payload: ascii('text') });
  expect(validator.believesPayload(packet)).toBe(row.want);
});

function refusesPacket(
  knobs: Partial<ValidateKnobs>,
  frame: Uint8Array,
  way: Direction,
  hops = HOPS,
): Ignored | undefined {
  const { bytes, at, end } = placed(frame);
  const packet = new PacketView().decode(bytes, at, end);
  return new Validator({ ...NOTHING, ...knobs }, hops).refusesPacket(packet, way);
}

function refusesSegment(
  knobs: Partial<ValidateKnobs>,
  segment: Partial<Segment>,
  flow: Flow,
  way: Direction,
): Ignored | undefined {
  const validator = new Validator({ ...NOTHING, ...knobs }, HOPS);
  return validator.refusesSegment(packetOf(segment), flow, way);
}

function packetOf(segment: Partial<Segment>): PacketView {
  const { seq = 0, ack = 0 } = segment;
  const numbers = { seq: seq >>> 0, ack: ack >>> 0, flags: 'A' };
  const frame = tcpFrame({ ...V4, ...segment, ...numbers, flags: segment.flags ?? 'A' });
  return new PacketView().decode(frame, 0, frame.length);
}

function stamped(value: number): Pick<Segment, 'tcpOptions'> {
  const option = Buffer.from([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
  option.writeUInt32BE(value, 4);
  return { tcpOptions: Uint8Array.from(option) };
}

/** Both ends have sent a hundred bytes, from `start` on, and acknowledged them. */
function newFlow(start: number): Flow {
  const flow = new Flow(0);
  for (const way of WAYS) {
    const half = flow.half(way);
    half.restart(start | 0);
    half.rebase(start | 0);
    half.forward(start | 0, SENT);
    half.believe(start | 0, SENT);
    half.acknowledged((start + SENT) | 0);
  }
  return flow;
}
