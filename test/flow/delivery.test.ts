import { describe, expect, test } from 'vitest';
import { Delivery } from '../../src/flow/delivery.ts';
import { type Direction, Flow } from '../../src/flow/flow.ts';
import { type PacketReading, PacketView } from '../../src/wire/packet.ts';
import { fragment, withExtensionHeaders } from '../support/fragments.ts';
import { concat, edit, hex, placed, type Segment, tcpFrame } from '../support/packets.ts';

const HOPS = { before: 2, after: 3, aware: false };
const V4 = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
const V6 = { ...V4, src: '2001:db8::1', dst: '2001:db8::80' };
const TEN = new Uint8Array(10);
const MD5 = concat(hex`13 12`, new Uint8Array(16), hex`01 01`);
/** Numbers of the first bytes. */
const CLIENT = 1000;
const SERVER = 5000;

/** What a Linux server would make of a segment of the client's. */
describe('what a server', () => {
  test.each<{ name: string; segment: Partial<Segment>; isTaken: boolean }>([
    { name: 'the next ten bytes', segment: {}, isTaken: true },
    { name: 'with FIN', segment: { flags: 'FA', payload: TEN.slice(1) }, isTaken: true },
    { name: 'with a TTL that just suffices', segment: { ttl: 4 }, isTaken: true },
    { name: 'with a TTL that does not', segment: { ttl: 3 }, isTaken: false },
    { name: 'without ACK flag', segment: { flags: 'P' }, isTaken: false },
    { name: 'without any flag', segment: { flags: '' }, isTaken: false },
    { name: 'with a TCP MD5 option', segment: { tcpOptions: MD5 }, isTaken: false },
    { name: 'that acknowledges what was not sent', segment: { ack: SERVER + 1 }, isTaken: false },
    { name: 'that acknowledges what was before', segment: { ack: SERVER - 1 }, isTaken: false },
    {
      name: 'with a timestamp, though none were agreed on',
      segment: { tcpOptions: stamp(1) },
      isTaken: true,
    },
    { name: 'from long ago', segment: { seq: CLIENT - 10_000 }, isTaken: false },
  ])('makes of a segment $name', ({ segment, isTaken }) => {
    for (const ends of [V4, V6]) {
      const flow = opened();
      take(flow, { ...ends, seq: CLIENT, ack: SERVER, flags: 'PA', payload: TEN, ...segment });
      expect(flow.toServer.next).toBe(CLIENT + (isTaken ? 10 : 0));
    }
  });

  test.each([
    { name: 'a wrong TCP checksum', frame: spoilt(V4, 50) },
    { name: 'a wrong TCP checksum, over IPv6', frame: spoilt(V6, 70) },
    { name: 'a wrong IP checksum', frame: spoilt(V4, 24) },
    { name: 'an impossible data offset', frame: edit(data(V4), 46, 0x40) },
    { name: 'two hop-by-hop headers', frame: withExtensionHeaders(data(V6), [0, 0]) },
  ])('makes of $name: nothing, however the box reads it', ({ frame }) => {
    for (const tcpHeader of ['trust-dataofs', 'trust-20'] as const) {
      const flow = opened();
      takeFrame(flow, frame, 'to-server', { tcpHeader, extensionHeaders: 'walk' });
      expect(flow.toServer.next).toBe(CLIENT);
    }
  });

  test('makes of options: no payload, even if the box takes them for one', () => {
    const flow = opened();
    const frame = tcpFrame({ ...segmentOf(V4), tcpOptions: new Uint8Array(12).fill(1) });
    takeFrame(flow, frame, 'to-server', { tcpHeader: 'trust-20', extensionHeaders: 'stop' });
    expect(flow.toServer.next).toBe(CLIENT + 10);
  });

  test('makes of an extension header: nothing, even if the box stops before it', () => {
    const flow = opened();
    const frame = withExtensionHeaders(data(V6), [60]);
    takeFrame(flow, frame, 'to-server', { tcpHeader: 'strict', extensionHeaders: 'stop' });
    expect(flow.toServer.next).toBe(CLIENT + 10);
  });
});

describe('timestamps', () => {
  const stamped = (seq: number, value: number): Partial<Segment> => ({
    ...segmentOf(V4),
    seq,
    tcpOptions: stamp(value),
  });
  const agreed = (): Flow => {
    const flow = new Flow(0);
    take(flow, {
      ...segmentOf(V4),
      seq: CLIENT - 1,
      flags: 'S',
      payload: TEN.slice(10),
      tcpOptions: stamp(100),
    });
    const synAck = { seq: SERVER - 1, ack: CLIENT, flags: 'SA', payload: TEN.slice(10) };
    take(flow, { ...segmentOf(V4), ...synAck, tcpOptions: stamp(700, 100) }, 'to-client');
    return flow;
  };

  test.each([
    { value: 100, isTaken: true },
    { value: 99, isTaken: true },
    { value: 98, isTaken: false },
    { value: 101, isTaken: true },
    { value: 100 + 2 ** 31, isTaken: false },
  ])('once agreed on, must not go back: $value after 100', ({ value, isTaken }) => {
    const flow = agreed();
    take(flow, stamped(CLIENT, value >>> 0));
    expect(flow.toServer.next).toBe(CLIENT + (isTaken ? 10 : 0));
  });

  test('of segments beyond a gap do not count', () => {
    const flow = agreed();
    take(flow, stamped(CLIENT + 10, 5000));
    take(flow, stamped(CLIENT, 200));
    expect(flow.toServer.next).toBe(CLIENT + 20);
  });

  test('of pure ACKs do', () => {
    const flow = agreed();
    take(flow, { ...stamped(CLIENT, 5000), flags: 'A', payload: TEN.slice(10) });
    take(flow, stamped(CLIENT, 200));
    expect(flow.toServer.next).toBe(CLIENT);
  });

  test('of what the server refuses do not', () => {
    const flow = agreed();
    take(flow, { ...stamped(CLIENT, 5000), ttl: 1 });
    take(flow, stamped(CLIENT, 200));
    expect(flow.toServer.next).toBe(CLIENT + 10);
  });

  test('that the server did not agree on mean nothing', () => {
    const flow = opened();
    take(flow, stamped(CLIENT, 5000));
    take(flow, stamped(CLIENT + 10, 200));
    expect(flow.toServer.next).toBe(CLIENT + 20);
  });

  test('count from the first on where the beginning was not seen', () => {
    const flow = new Flow(0);
    take(flow, stamped(CLIENT, 5000));
    take(flow, stamped(CLIENT + 10, 200));
    expect(flow.toServer.next).toBe(CLIENT + 10);
  });
});

describe('of SYNs', () => {
  const syn = (seq: number, more: Partial<Segment> = {}): Partial<Segment> => ({
    ...V4,
    seq: seq >>> 0,
    ack: 0,
    flags: 'S',
    ...more,
  });
  const synAck = (ack: number, seq = SERVER - 1): Partial<Segment> => ({
    ...V4,
    seq,
    ack,
    flags: 'SA',
  });

  test('the first counts, and the first answer to it', () => {
    const flow = opened();
    take(flow, syn(CLIENT - 1));
    take(flow, synAck(CLIENT), 'to-client');
    take(flow, synAck(CLIENT, 77), 'to-client');
    expect([flow.toServer.next, flow.toClient.next]).toEqual([CLIENT, SERVER]);
  });

  test.each([
    { name: 'refuses', more: { ttl: 1 } },
    { name: 'refuses for its MD5 option', more: { tcpOptions: MD5 } },
    { name: 'refuses for its FIN', more: { flags: 'SF' } },
  ])('one that the server $name counts for nothing', ({ more }) => {
    const flow = new Flow(0);
    take(flow, syn(7, more));
    expect(flow.toServer.isKnown).toBe(false);
    take(flow, syn(CLIENT - 1));
    take(flow, syn(8, more));
    expect([flow.toServer.next, flow.pendingSyn]).toEqual([CLIENT, undefined]);
  });

  test('a further one counts once it is answered', () => {
    const flow = opened();
    take(flow, { ...segmentOf(V4) });
    take(flow, syn(80_000));
    expect(flow.toServer.next).toBe(CLIENT + 10);
    take(flow, synAck(80_001, 90_000), 'to-client');
    expect([flow.toServer.next, flow.toClient.next]).toEqual([80_001, 90_001]);
    expect(flow.pendingSyn).toBeUndefined();
  });

  test('no answer counts that does not acknowledge one, nor one that comes from the client', () => {
    const flow = new Flow(0);
    take(flow, synAck(77), 'to-server');
    take(flow, syn(CLIENT - 1));
    take(flow, synAck(77), 'to-client');
    expect([flow.toServer.next, flow.toClient.isKnown]).toEqual([CLIENT, false]);
    take(flow, synAck(CLIENT), 'to-client');
    expect(flow.toClient.next).toBe(SERVER);
  });

  test('an answer counts where the SYN was not seen', () => {
    const flow = new Flow(0);
    take(flow, synAck(CLIENT), 'to-client');
    expect([flow.toServer.next, flow.toClient.next]).toEqual([CLIENT, SERVER]);
  });

  test('a payload counts once the server has acknowledged it', () => {
    for (const taken of [0, 10]) {
      const flow = new Flow(0);
      take(flow, syn(CLIENT - 1, { payload: TEN }));
      expect(flow.toServer.next).toBe(CLIENT);
      take(flow, synAck(CLIENT + taken), 'to-client');
      expect(flow.toServer.next).toBe(CLIENT + taken);
    }
  });
});

describe('FINs', () => {
  const fin = (seq: number, more: Partial<Segment> = {}): Partial<Segment> => ({
    ...segmentOf(V4),
    seq,
    flags: 'FA',
    payload: TEN.slice(10),
    ...more,
  });

  test('of both ends are the end, once they and all before them have arrived', () => {
    const flow = opened();
    take(flow, fin(CLIENT + 10));
    expect(flow.finsSeen).toBe(0);
    take(flow, segmentOf(V4));
    expect(flow.finsSeen).toBe(1);
    take(flow, fin(CLIENT + 10));
    expect(flow.finsSeen).toBe(1);
    take(flow, fin(SERVER, { ack: CLIENT + 11 }), 'to-client');
    expect(flow.finsSeen).toBe(3);
  });

  test('beyond a lost segment arrive with the acknowledgement of it', () => {
    for (const [ack, want] of [
      [CLIENT, 0],
      [CLIENT + 11, 1],
    ] as const) {
      const answer = { ...V4, seq: SERVER, ack, flags: 'A' };
      const flow = opened();
      take(flow, fin(CLIENT + 10));
      take(flow, answer, 'to-client');
      expect(flow.finsSeen).toBe(want);
      const other = opened();
      take(other, fin(CLIENT + 10));
      new Delivery(HOPS).acknowledge(packetOf(answer), other, 'to-client');
      expect(other.finsSeen).toBe(want);
    }
  });

  test('beyond a lost segment are none where that was longer', () => {
    const flow = opened();
    take(flow, fin(CLIENT + 9));
    take(flow, segmentOf(V4));
    expect([flow.finsSeen, flow.toServer.next]).toEqual([0, CLIENT + 10]);
  });

  test('that the server refuses are none', () => {
    const flow = opened();
    take(flow, fin(CLIENT, { ttl: 1 }));
    take(flow, fin(CLIENT, { ack: SERVER + 1 }));
    expect([flow.finsSeen, flow.toServer.next]).toEqual([0, CLIENT]);
  });
});

describe('a RST ends a connection', () => {
  const rst = (more: Partial<Segment>): Partial<Segment> => ({
    ...V4,
    ack: 0,
    flags: 'R',
    ...more,
  });
  test.each<{ name: string; segment: Partial<Segment>; way: Direction; want: boolean }>([
    { name: 'the next number', segment: rst({ seq: CLIENT }), way: 'to-server', want: true },
    { name: 'another number', segment: rst({ seq: CLIENT + 1 }), way: 'to-server', want: false },
    { name: 'a low TTL', segment: rst({ seq: CLIENT, ttl: 3 }), way: 'to-server', want: false },
    { name: 'the next number, back', segment: rst({ seq: SERVER }), way: 'to-client', want: true },
    {
      name: 'a low TTL, back',
      segment: rst({ seq: SERVER, ttl: 2 }),
      way: 'to-client',
      want: false,
    },
    {
      name: 'an MD5 option',
      segment: rst({ seq: CLIENT, tcpOptions: MD5 }),
      way: 'to-server',
      want: false,
    },
  ])('with $name: $want', ({ segment, way, want }) => {
    expect(new Delivery(HOPS).endsBy(packetOf(segment), opened(), way)).toBe(want);
  });

  test.each([
    { name: 'refuses it', flags: 'RA', ack: CLIENT, want: true },
    { name: 'acknowledges something else', flags: 'RA', ack: 77, want: false },
    { name: 'acknowledges nothing', flags: 'R', ack: CLIENT, want: false },
  ])('that is only asked for if it $name: $want', ({ flags, ack, want }) => {
    const flow = new Flow(0);
    take(flow, { ...V4, seq: CLIENT - 1, ack: 0, flags: 'S' });
    const packet = packetOf({ ...V4, seq: 0, ack, flags });
    expect(new Delivery(HOPS).endsBy(packet, flow, 'to-client')).toBe(want);
  });

  test('and moves nothing', () => {
    const flow = opened();
    take(flow, rst({ seq: CLIENT, payload: TEN }));
    expect(flow.toServer.next).toBe(CLIENT);
  });
});

describe('acknowledgements', () => {
  test('show what arrived in fragments', () => {
    const frame = tcpFrame({ ...segmentOf(V4), payload: new Uint8Array(100) });
    for (const [ack, next] of [
      [CLIENT + 100, CLIENT + 100],
      [CLIENT + 65_536, CLIENT],
    ] as const) {
      const flow = opened();
      takeFrame(flow, fragment(frame, { at: 0, end: 40 }), 'to-server');
      takeFrame(flow, fragment(frame, { at: 40, end: 120 }), 'to-server');
      expect(flow.toServer.next).toBe(CLIENT);
      take(flow, { ...V4, seq: SERVER, ack, flags: 'A' }, 'to-client');
      expect(flow.toServer.next).toBe(next);
    }
  });

  test('of what was never sent show nothing', () => {
    const flow = opened();
    take(flow, { ...V4, seq: CLIENT, ack: SERVER + 500, flags: 'A' });
    expect(flow.toClient.next).toBe(SERVER);
  });

  test('show what the sender has, also if the packet does not arrive', () => {
    const flow = opened();
    flow.toClient.noteSent(SERVER + 50);
    const delivery = new Delivery(HOPS);
    delivery.acknowledge(
      packetOf({ ...segmentOf(V4), ack: SERVER + 30, ttl: 1 }),
      flow,
      'to-server',
    );
    expect(flow.toClient.next).toBe(SERVER);
    delivery.acknowledge(packetOf({ ...segmentOf(V4), ack: SERVER + 30 }), flow, 'to-server');
    expect([flow.toClient.next, flow.toServer.next]).toEqual([SERVER + 30, CLIENT]);
  });
});

test("what the box says in an end's name counts like what that end says, but for RSTs", () => {
  const flow = opened();
  const delivery = new Delivery(HOPS);
  const frame = tcpFrame({ ...V4, seq: SERVER, ack: CLIENT, flags: 'PA', payload: TEN });
  delivery.takeInjected(frame, flow.toClient);
  delivery.takeInjected(tcpFrame({ ...V4, seq: SERVER + 10, ack: 0, flags: 'R' }), flow.toClient);
  expect(flow.toClient.next).toBe(SERVER + 10);
});

test('checksums of what a server says are not looked at', () => {
  const flow = opened();
  const frame = tcpFrame({ ...segmentOf(V4), seq: SERVER, ack: CLIENT });
  takeFrame(flow, edit(frame, 50, 0xde, 0xad), 'to-client');
  expect(flow.toClient.next).toBe(SERVER + 10);
});

/** After the handshake. */
function opened(): Flow {
  const flow = new Flow(0);
  take(flow, { ...V4, seq: CLIENT - 1, ack: 0, flags: 'S' });
  take(flow, { ...V4, seq: SERVER - 1, ack: CLIENT, flags: 'SA' }, 'to-client');
  take(flow, { ...V4, seq: CLIENT, ack: SERVER, flags: 'A' });
  return flow;
}

function segmentOf(ends: typeof V4): Segment {
  return { ...ends, seq: CLIENT, ack: SERVER, flags: 'PA', payload: TEN };
}

function data(ends: typeof V4): Uint8Array {
  return tcpFrame(segmentOf(ends));
}

function spoilt(ends: typeof V4, at: number): Uint8Array {
  const frame = data(ends);
  return edit(frame, at, (frame[at] as number) ^ 0x55);
}

function take(flow: Flow, segment: Partial<Segment>, way: Direction = 'to-server'): void {
  new Delivery(HOPS).take(packetOf(segment), flow, way);
}

function packetOf(segment: Partial<Segment>): PacketView {
  const frame = tcpFrame({ ...segmentOf(V4), payload: TEN.slice(10), ...segment });
  return new PacketView().decode(frame, 0, frame.length);
}

function takeFrame(flow: Flow, frame: Uint8Array, way: Direction, reading?: PacketReading): void {
  const { bytes, at, end } = placed(frame);
  new Delivery(HOPS).take(new PacketView(reading).decode(bytes, at, end), flow, way);
}

function stamp(value: number, echo = 0): Uint8Array {
  const option = Buffer.from([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
  option.writeUInt32BE(value, 4);
  option.writeUInt32BE(echo, 8);
  return Uint8Array.from(option);
}
