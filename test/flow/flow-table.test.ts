import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Flow } from '../../src/flow/flow.ts';
import { FlowTable, type FlowTableOptions } from '../../src/flow/flow-table.ts';
import type { TcbKnobs } from '../../src/flow/knobs.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { udpFrame } from '../support/datagrams.ts';
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
const HALF_OPEN_TIMEOUT = 40;

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

describe('a flow that holds packets back', () => {
  test('does not idle', () => {
    const table = newTable();
    const flow = opened(table, packetOf(V4), 0);
    flow.noteHeld('to-server', 3 * IDLE_TIMEOUT, 0);
    opened(table, packetOf(V6), 2 * IDLE_TIMEOUT);
    expect(table.find(packetOf(V4), 2 * IDLE_TIMEOUT)).toBe(flow);
    expect(table.find(packetOf(V4), 3 * IDLE_TIMEOUT + 0.5)).toBeUndefined();
  });

  test('stays so long after its end, and no longer', () => {
    const table = newTable();
    const flow = opened(table, packetOf(V4), 0);
    flow.noteHeld('to-client', 30, 0);
    table.end(flow, 10);
    table.establish(flow);
    expect(table.find(packetOf(V4), 29)).toBe(flow);
    expect(table.find(packetOf(reversed(V4)), 30)).toBeUndefined();
    expect(table.size).toBe(0);
  });

  test('makes room then when another opens', () => {
    const table = newTable();
    const flow = opened(table, packetOf(V4), 0);
    flow.noteHeld('to-client', 30, 0);
    table.end(flow, 10);
    opened(table, packetOf(V6), 30);
    expect(table.size).toBe(1);
  });

  test('is gone after its end when a SYN begins another', () => {
    const table = newTable();
    const flow = opened(table, packetOf(V4), 0);
    flow.noteHeld('to-client', 30, 0);
    expect(table.find(packetOf(V4, 'S'), 5)).toBe(flow);
    table.end(flow, 10);
    expect(table.find(packetOf(V4, 'SA'), 15)).toBe(flow);
    expect(table.find(packetOf(V4, 'S'), 20)).toBeUndefined();
    expect(table.size).toBe(0);
  });

  test.each(['oldest', 'half-open', 'newest'] as const)(
    'is the first to go after its end where there is no room, with the policy %s',
    (eviction) => {
      const table = newTable(3, { eviction });
      const [first, ended, last] = [V4, V6, reversed({ ...V4, srcPort: 1 })].map((tuple, i) =>
        opened(table, packetOf(tuple), i),
      ) as [Flow, Flow, Flow];
      table.establish(last);
      ended.noteHeld('to-server', 90, 0);
      table.end(ended, 10);
      opened(table, packetOf({ ...V4, srcPort: 2 }), 20);
      expect(table.find(packetOf(V6), 21)).toBeUndefined();
      expect(table.find(packetOf(V4), 21)).toBe(first);
    },
  );
});

test('a flow that holds nothing back is gone with its end', () => {
  const table = newTable();
  const flow = opened(table, packetOf(V4), 0);
  flow.noteHeld('to-server', 10, 0);
  table.end(flow, 10);
  expect(table.find(packetOf(V4), 10)).toBeUndefined();
  expect(table.size).toBe(0);
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

describe('half-open flows', () => {
  test('have a timeout of their own, until they are established', () => {
    for (const [isEstablished, wait, isKept] of [
      [false, HALF_OPEN_TIMEOUT, true],
      [false, HALF_OPEN_TIMEOUT + 0.5, false],
      [true, HALF_OPEN_TIMEOUT + 0.5, true],
      [true, IDLE_TIMEOUT + 0.5, false],
    ] as const) {
      const table = newTable(8, { halfOpenTimeout: HALF_OPEN_TIMEOUT });
      const flow = opened(table, packetOf(V4), 0);
      if (isEstablished) table.establish(flow);
      expect(table.find(packetOf(V4), wait) !== undefined).toBe(isKept);
      expect(table.size).toBe(isKept ? 1 : 0);
    }
  });

  test('go when another flow opens, though others that are older stay', () => {
    const table = newTable(8, { halfOpenTimeout: HALF_OPEN_TIMEOUT });
    table.establish(opened(table, packetOf({ ...V4, srcPort: 1 }), 0));
    opened(table, packetOf({ ...V4, srcPort: 2 }), 1);
    opened(table, packetOf(V6), HALF_OPEN_TIMEOUT + 2);
    expect(table.size).toBe(2);
    expect(table.find(packetOf({ ...V4, srcPort: 1 }), HALF_OPEN_TIMEOUT + 2)).toBeDefined();
  });

  test('that are established twice are so once', () => {
    const table = newTable(2);
    const flow = opened(table, packetOf(V4), 0);
    table.establish(flow);
    table.establish(flow);
    table.remove(flow);
    expect(table.size).toBe(0);
    expect(table.open(packetOf(V4), 1)).toBeDefined();
  });
});

describe('a full table', () => {
  /** Ports of established flows and of half-open ones, oldest first; each a tick younger than the one before. */
  test.each<{ eviction: TcbKnobs['eviction']; flows: readonly string[]; want: string }>([
    { eviction: 'oldest', flows: ['open', 'half-open', 'open'], want: '0' },
    { eviction: 'oldest', flows: ['half-open', 'open', 'open'], want: '0' },
    { eviction: 'half-open', flows: ['open', 'half-open', 'half-open'], want: '1' },
    { eviction: 'half-open', flows: ['open', 'open', 'open'], want: '0' },
    { eviction: 'newest', flows: ['open', 'half-open', 'open'], want: 'the new one' },
  ])('with policy $eviction and flows $flows forgets $want', ({ eviction, flows, want }) => {
    const table = newTable(flows.length, { eviction });
    for (const [i, kind] of flows.entries()) {
      const flow = opened(table, packetOf({ ...V4, srcPort: i }), i);
      if (kind === 'open') table.establish(flow);
    }
    const isOpened = table.open(packetOf(V6), flows.length) !== undefined;
    const gone = flows.findIndex(
      (_, i) => table.find(packetOf({ ...V4, srcPort: i }), flows.length) === undefined,
    );
    expect(isOpened ? String(gone) : 'the new one').toBe(want);
    expect(table.size).toBe(flows.length);
    if (!isOpened) expect(gone).toBe(-1);
  });

  test('that keeps what it has takes new flows again when one is over', () => {
    const table = newTable(2, { eviction: 'newest' });
    opened(table, packetOf({ ...V4, srcPort: 1 }), 0);
    opened(table, packetOf({ ...V4, srcPort: 2 }), IDLE_TIMEOUT);
    expect(table.open(packetOf(V6), IDLE_TIMEOUT)).toBeUndefined();
    expect(table.open(packetOf(V6), IDLE_TIMEOUT + 1)).toBeDefined();
  });
});

test('forgetting between two hosts spares other hosts, other protocols, and what the ends have', () => {
  const table = newTable(16);
  const flows = [
    { tuple: V4, isForgotten: true },
    { tuple: { ...V4, srcPort: 9, dstPort: 10 }, isForgotten: true },
    { tuple: reversed({ ...V4, srcPort: 11 }), isForgotten: true },
    { tuple: { ...V4, src: '10.0.0.2' }, isForgotten: false },
    { tuple: { ...V4, dst: '198.18.0.81' }, isForgotten: false },
    { tuple: V6, isForgotten: false },
  ].map(({ tuple, isForgotten }) => {
    const flow = opened(table, packetOf(tuple), 0);
    Object.assign(flow, { isFollowed: true, initialSeq: 1, sentence: {} });
    flow.toServer.restart(7);
    flow.toServer.rebase(7);
    return { flow, isForgotten };
  });
  const datagram = table.open(udpPacketOf(V4), 0) as Flow;
  datagram.isFollowed = true;
  table.forgetBetween(packetOf({ ...V4, srcPort: 77, dstPort: 78 }));
  for (const { flow, isForgotten } of flows) {
    expect([flow.isFollowed, flow.startWasSeen]).toEqual([!isForgotten, !isForgotten]);
    expect([flow.toServer.isBelieved, flow.toServer.next]).toEqual([!isForgotten, 7]);
  }
  expect(datagram.isFollowed).toBe(true);
  expect(table.size).toBe(7);
});

test('a flow that is reversed was begun by its other end', () => {
  for (const tuple of [V4, V6]) {
    const table = newTable();
    const flow = opened(table, packetOf(tuple), 0);
    const { toServer, toClient } = flow;
    flow.finsSeen = 1;
    table.reverse(flow);
    expect([flow.toServer === toClient, flow.toClient === toServer]).toEqual([true, true]);
    expect([table.direction, flow.finsSeen]).toEqual(['to-client', 2]);
    expect(table.find(packetOf(tuple), 1)).toBe(flow);
    expect(table.direction).toBe('to-client');
    expect(table.find(packetOf(reversed(tuple)), 1)).toBe(flow);
    expect(table.direction).toBe('to-server');
    table.remove(flow);
    expect(table.find(packetOf(tuple), 1)).toBeUndefined();
  }
});

describe('the hash of a flow', () => {
  const hashes = (tuples: readonly Tuple[], seed: number): number[] => {
    const table = newTable(tuples.length);
    return tuples.map((tuple) => table.hashOf(opened(table, packetOf(tuple), 0), seed));
  };
  const tuples = Array.from({ length: 2000 }, (_, i) => ({ ...V4, srcPort: i }));

  test('is always the same for the same seed, and other for another', () => {
    expect(hashes([V4, V6], 1)).toEqual(hashes([V4, V6], 1));
    expect(hashes([V4, V6], 1)).not.toEqual(hashes([V4, V6], 2));
  });

  test('is spread over all there are', () => {
    const all = hashes(tuples, 3).map((hash) => (hash >>> 0) / 2 ** 32);
    expect(new Set(all).size).toBe(tuples.length);
    const below = [0.1, 0.5, 0.9].map((share) => all.filter((hash) => hash < share).length);
    const want = [200, 1000, 1800];
    for (const [i, count] of below.entries()) {
      expect(Math.abs(count - (want[i] as number))).toBeLessThan(100);
    }
  });
});

describe.each(['oldest', 'half-open', 'newest'] as const)('with the policy %s', (eviction) => {
  test('the table does what lists ordered by last use do, whatever comes', () => {
    const address = fc.constantFrom('10.0.0.1', '10.0.0.2');
    const address6 = fc.constantFrom('a00:1::', 'a00:2::', '::a00:1');
    const port = fc.constantFrom(1, 2, 0x100);
    const tupleOf = (end: fc.Arbitrary<string>): fc.Arbitrary<Tuple> =>
      fc.record({ src: end, srcPort: port, dst: end, dstPort: port });
    const step = fc.record({
      tuple: fc.oneof(tupleOf(address), tupleOf(address6)),
      wait: fc.oneof(fc.constant(0), fc.nat(IDLE_TIMEOUT), fc.nat(IDLE_TIMEOUT / 10)),
      next: fc.constantFrom('nothing', 'nothing', 'nothing', 'establish', 'remove', 'reverse'),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer(),
        (steps, capacity, seed) => {
          const options = { eviction, halfOpenTimeout: HALF_OPEN_TIMEOUT };
          const table = newTable(capacity, options, seed);
          const model = new ListModel(capacity, eviction);
          let now = 0;
          for (const [id, { tuple, wait, next }] of steps.entries()) {
            now += wait;
            const packet = packetOf(tuple);
            const found = table.find(packet, now);
            const wanted = model.find(tuple, now);
            expect(found?.initialSeq).toBe(wanted?.id);
            if (wanted !== undefined) expect(table.direction).toBe(wanted.direction);
            const flow = found ?? table.open(packet, now);
            if (found === undefined) {
              expect(flow !== undefined).toBe(model.open(tuple, now, id));
              if (flow !== undefined) flow.initialSeq = id;
            }
            if (flow !== undefined && next !== 'nothing') {
              model[next](flow.initialSeq as number);
              table[next](flow);
            }
            expect(table.size).toBe(model.size);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

interface Entry {
  readonly id: number;
  readonly tuple: Tuple;
  readonly lastSeen: number;
  readonly isOpen: boolean;
}

/** What the table promises, without a hash table: entries from the one idle longest to the one used last. */
class ListModel {
  readonly #capacity: number;
  readonly #eviction: TcbKnobs['eviction'];
  #entries: Entry[] = [];

  constructor(capacity: number, eviction: TcbKnobs['eviction']) {
    this.#capacity = capacity;
    this.#eviction = eviction;
  }

  get size(): number {
    return this.#entries.length;
  }

  find(tuple: Tuple, now: number): { id: number; direction: string } | undefined {
    const is = (other: Tuple): boolean => sameTuple(tuple, other);
    const entry = this.#entries.find((e) => is(e.tuple) || is(reversed(e.tuple)));
    if (entry === undefined) return undefined;
    this.remove(entry.id);
    if (!isLive(entry, now)) return undefined;
    this.#entries.push({ ...entry, lastSeen: now });
    return { id: entry.id, direction: is(entry.tuple) ? 'to-server' : 'to-client' };
  }

  open(tuple: Tuple, now: number, id: number): boolean {
    this.#entries = this.#entries.filter((entry) => isLive(entry, now));
    if (this.size === this.#capacity) {
      if (this.#eviction === 'newest') return false;
      const halfOpen = this.#entries.find(({ isOpen }) => !isOpen);
      const goes = this.#eviction === 'half-open' && halfOpen ? halfOpen : this.#oldest();
      this.remove(goes.id);
    }
    this.#entries.push({ id, tuple, lastSeen: now, isOpen: false });
    return true;
  }

  /** It is as old as before, but the youngest of those of its age. */
  establish(id: number): void {
    this.#change(id, (entry) => ({ ...entry, isOpen: true }));
  }

  reverse(id: number): void {
    this.#change(id, (entry) => ({ ...entry, tuple: reversed(entry.tuple) }));
  }

  remove(id: number): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
  }

  /** Of two that were last seen together, an open one goes first. */
  #oldest(): Entry {
    const age = Math.min(...this.#entries.map(({ lastSeen }) => lastSeen));
    const oldest = this.#entries.filter(({ lastSeen }) => lastSeen === age);
    return (oldest.find(({ isOpen }) => isOpen) ?? oldest[0]) as Entry;
  }

  #change(id: number, to: (entry: Entry) => Entry): void {
    this.#entries = this.#entries.map((entry) => (entry.id === id ? to(entry) : entry));
  }
}

function isLive({ lastSeen, isOpen }: Entry, now: number): boolean {
  return now - lastSeen <= (isOpen ? IDLE_TIMEOUT : HALF_OPEN_TIMEOUT);
}

function newTable(capacity = 8, options: Partial<FlowTableOptions> = {}, seed = 0): FlowTable {
  const timeouts = { idleTimeout: IDLE_TIMEOUT, halfOpenTimeout: IDLE_TIMEOUT };
  return new FlowTable({ capacity, ...timeouts, eviction: 'oldest', ...options }, seed);
}

function opened(table: FlowTable, packet: PacketView, now: number): Flow {
  const flow = table.open(packet, now);
  if (flow === undefined) throw new Error('no room');
  return flow;
}

function packetOf(tuple: Tuple, flags = 'A'): PacketView {
  const { bytes, at, end } = placed(tcpFrame({ ...tuple, seq: 0, ack: 0, flags }));
  return new PacketView().decode(bytes, at, end);
}

function udpPacketOf(tuple: Tuple): PacketView {
  const frame = udpFrame({ ...tuple, payload: new Uint8Array(1) });
  return new PacketView().decode(frame, 0, frame.length);
}

function reversed({ src, srcPort, dst, dstPort }: Tuple): Tuple {
  return { src: dst, srcPort: dstPort, dst: src, dstPort: srcPort };
}

function sameTuple(a: Tuple, b: Tuple): boolean {
  return a.src === b.src && a.dst === b.dst && a.srcPort === b.srcPort && a.dstPort === b.dstPort;
}
