import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Flow } from '../../src/flow/flow.ts';
import { FlowTable } from '../../src/flow/flow-table.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { placed, tcpFrame } from '../support/packets.ts';

interface Tuple {
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
}

const V4: Tuple = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 80 };
/** The same first words as `V4`, zeros after them. */
const V6: Tuple = { ...V4, src: 'a00:1::', dst: 'c612:50::' };
const IDLE_TIMEOUT = 100;

describe('a flow', () => {
  test.each([
    { name: 'IPv4', tuple: V4 },
    { name: 'IPv6', tuple: V6 },
    {
      name: 'IPv6 that differs in the last word',
      tuple: { ...V6, src: '2001:db8::1', dst: '2001:db8::2' },
    },
    { name: 'the same port at both ends', tuple: { ...V4, srcPort: 80 } },
    { name: 'the same address at both ends', tuple: { ...V4, dst: V4.src } },
  ])('is found from both ends: $name', ({ tuple }) => {
    const table = newTable();
    const flow = opened(table, packetOf(tuple), 0);
    expect([table.direction, table.size]).toEqual(['to-server', 1]);
    expect(table.find(packetOf(reversed(tuple)), 1)).toBe(flow);
    expect(table.direction).toBe('to-client');
    expect(table.find(packetOf(tuple), 2)).toBe(flow);
    expect(table.direction).toBe('to-server');
    table.find(packetOf(reversed(tuple)), 3);
    opened(table, packetOf({ ...tuple, dstPort: 1 }), 3);
    expect(table.direction).toBe('to-server');
  });

  test.each([
    { name: 'another source port', other: { ...V4, srcPort: 40_001 } },
    { name: 'another destination port', other: { ...V4, dstPort: 443 } },
    { name: 'another source', other: { ...V4, src: '10.0.0.2' } },
    { name: 'another destination', other: { ...V4, dst: '198.18.0.81' } },
    { name: 'the ports swapped', other: { ...V4, srcPort: V4.dstPort, dstPort: V4.srcPort } },
    { name: 'the addresses swapped', other: { ...V4, src: V4.dst, dst: V4.src } },
    { name: 'IPv6 of the same words', other: V6 },
  ])('is not found by $name', ({ other }) => {
    const table = newTable();
    opened(table, packetOf(V4), 0);
    expect(table.find(packetOf(other), 1)).toBeUndefined();
    expect(table.find(packetOf(reversed(other)), 1)).toBeUndefined();
  });

  test('is gone once removed, and only it', () => {
    const table = newTable();
    const [first, second] = [V4, V6].map((tuple) => opened(table, packetOf(tuple), 0));
    table.remove(first as Flow);
    expect(table.find(packetOf(V4), 1)).toBeUndefined();
    expect(table.find(packetOf(V6), 1)).toBe(second);
    expect(table.size).toBe(1);
  });

  test('starts blank, whatever the table remembered in its place before', () => {
    const table = newTable();
    const old = opened(table, packetOf(V4), 0);
    Object.assign(old, { initialSeq: 1, isFollowed: true, finsSeen: 3, sentence: {} });
    old.toServer.forward(1, 1);
    old.toClient.countPayload(1);
    old.toServer.forward(1, 1);
    old.toClient.forward(1, 1);
    table.remove(old);
    const flow = opened(table, packetOf(V6), 0);
    expect(flow).toMatchObject({ startWasSeen: false, isFollowed: false, finsSeen: 0 });
    expect(flow.sentence).toBeUndefined();
    expect([flow.toServer.isKnown, flow.toClient.payloads]).toEqual([false, 0]);
  });
});

describe('idle flows', () => {
  test('live as long as the timeout, and not a moment longer', () => {
    const table = newTable();
    const flow = opened(table, packetOf(V4), 0);
    expect(table.find(packetOf(V4), IDLE_TIMEOUT)).toBe(flow);
    expect(table.find(packetOf(reversed(V4)), 2 * IDLE_TIMEOUT)).toBe(flow);
    expect(table.find(packetOf(V4), 3 * IDLE_TIMEOUT + 0.5)).toBeUndefined();
    expect(table.size).toBe(0);
  });

  test('make room when another flow opens', () => {
    const table = newTable();
    for (let i = 0; i < 5; i++) opened(table, packetOf({ ...V4, srcPort: i }), i);
    opened(table, packetOf(V6), IDLE_TIMEOUT + 2.5);
    expect(table.size).toBe(3);
    expect(table.find(packetOf({ ...V4, srcPort: 2 }), IDLE_TIMEOUT + 2.5)).toBeUndefined();
    expect(table.find(packetOf({ ...V4, srcPort: 3 }), IDLE_TIMEOUT + 2.5)).toBeDefined();
  });
});

test.each([{ capacity: 1 }, { capacity: 3 }, { capacity: 16 }, { capacity: 100 }])(
  'a table for $capacity forgets the flow idle longest when it is full',
  ({ capacity }) => {
    const table = newTable(capacity);
    const tuples = Array.from({ length: capacity }, (_, i) => ({ ...V4, srcPort: i }));
    tuples.forEach((tuple, i) => void opened(table, packetOf(tuple), i / capacity));
    table.find(packetOf({ ...V4, srcPort: 0 }), 1);
    opened(table, packetOf(V6), 2);
    const forgotten = tuples.findIndex((tuple) => table.find(packetOf(tuple), 3) === undefined);
    expect(forgotten).toBe(capacity === 1 ? 0 : 1);
    expect(table.size).toBe(capacity);
  },
);

test('the table does what a list ordered by last use does, whatever comes', () => {
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2');
  const address6 = fc.constantFrom('a00:1::', 'a00:2::', '::a00:1');
  const port = fc.constantFrom(1, 2, 0x100);
  const tupleOf = (end: fc.Arbitrary<string>): fc.Arbitrary<Tuple> =>
    fc.record({ src: end, srcPort: port, dst: end, dstPort: port });
  const step = fc.record({
    tuple: fc.oneof(tupleOf(address), tupleOf(address6)),
    wait: fc.oneof(fc.constant(0), fc.nat(IDLE_TIMEOUT), fc.nat(IDLE_TIMEOUT / 10)),
    isLast: fc.nat(4).map((n) => n === 0),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.integer({ min: 1, max: 6 }),
      (steps, capacity) => {
        const table = newTable(capacity);
        const model = new ListModel(capacity);
        let now = 0;
        for (const [id, { tuple, wait, isLast }] of steps.entries()) {
          now += wait;
          const packet = packetOf(tuple);
          const found = table.find(packet, now);
          const wanted = model.find(tuple, now);
          expect(found?.finsSeen).toBe(wanted?.id);
          if (wanted !== undefined) expect(table.direction).toBe(wanted.direction);
          const flow = found ?? opened(table, packet, now);
          if (found === undefined) {
            expect(flow.finsSeen).toBe(0);
            flow.finsSeen = id + 1;
            model.open(tuple, now, id + 1);
          }
          if (isLast) {
            model.remove(flow.finsSeen);
            table.remove(flow);
          }
          expect(table.size).toBe(model.size);
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** What the table promises, without a hash table: entries from the one idle longest to the one used last. */
class ListModel {
  readonly #capacity: number;
  #entries: { readonly id: number; readonly tuple: Tuple; readonly lastSeen: number }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.length;
  }

  find(tuple: Tuple, now: number): { id: number; direction: string } | undefined {
    const is = (other: Tuple): boolean => sameTuple(tuple, other);
    const entry = this.#entries.find((e) => is(e.tuple) || is(reversed(e.tuple)));
    if (entry === undefined) return undefined;
    this.remove(entry.id);
    if (now - entry.lastSeen > IDLE_TIMEOUT) return undefined;
    this.#entries.push({ ...entry, lastSeen: now });
    return { id: entry.id, direction: is(entry.tuple) ? 'to-server' : 'to-client' };
  }

  open(tuple: Tuple, now: number, id: number): void {
    const live = this.#entries.filter(({ lastSeen }) => now - lastSeen <= IDLE_TIMEOUT);
    this.#entries = [
      ...live.slice(live.length === this.#capacity ? 1 : 0),
      { id, tuple, lastSeen: now },
    ];
  }

  remove(id: number): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
  }
}

function newTable(capacity = 8): FlowTable {
  return new FlowTable({
    capacity,
    idleTimeout: IDLE_TIMEOUT,
    halfOpenTimeout: IDLE_TIMEOUT,
    eviction: 'oldest',
  });
}

function opened(table: FlowTable, packet: PacketView, now: number): Flow {
  const flow = table.open(packet, now);
  if (flow === undefined) throw new Error('no room');
  return flow;
}

function packetOf(tuple: Tuple): PacketView {
  const { bytes, at, end } = placed(tcpFrame({ ...tuple, seq: 0, ack: 0, flags: 'A' }));
  return new PacketView().decode(bytes, at, end);
}

function reversed({ src, srcPort, dst, dstPort }: Tuple): Tuple {
  return { src: dst, srcPort: dstPort, dst: src, dstPort: srcPort };
}

function sameTuple(a: Tuple, b: Tuple): boolean {
  return a.src === b.src && a.dst === b.dst && a.srcPort === b.srcPort && a.dstPort === b.dstPort;
}
