import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EarlySegments } from '../../src/flow/early-segments.ts';
import type { StreamKnobs } from '../../src/flow/knobs.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import { ascii, placed } from '../support/packets.ts';

type Overlap = StreamKnobs['overlap'];

const OVERLAPS: readonly Overlap[] = ['first', 'last', 'linux', 'windows', 'strict'];
const BASES = [0, 1000, 0x7fff_fff0, 0xffff_fff0];
const LIMIT = 1000;
/** Of the budget, beside its bytes. */
const PIECE_COST = 128;

interface Sent {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const segments = fc.array(
  fc.record({ at: fc.nat(40), bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }) }),
  { maxLength: 14, size: 'max' },
);

describe.each(OVERLAPS)('with the policy %s', (overlap) => {
  test('every byte is that of the segment that a list of all segments says', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BASES), segments, (base, sent) => {
        const { early, budget } = newEarly(overlap);
        for (const each of sent) expect(insert(early, base, each)).toBe(true);
        const want = new Map<number, number>();
        for (let at = 0; at < 60; at++) {
          const segment = owner(overlap, sent, at);
          if (segment !== undefined) want.set(at, segment.bytes[at - segment.at] as number);
        }
        expect(budget.used % PIECE_COST).toBe(want.size); // fewer than the cost of a piece
        expect(drained(early, base)).toEqual(want);
        expect([budget.used, early.isEmpty]).toEqual([0, true]);
      }),
      { numRuns: 200 },
    );
  });

  test('a segment conflicts exactly when a byte that is here says something else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BASES), segments, segments, (base, sent, others) => {
        const { early } = newEarly(overlap);
        for (const each of sent) insert(early, base, each);
        for (const other of others) {
          const differs = (value: number, i: number): boolean => {
            const held = owner(overlap, sent, other.at + i);
            return held !== undefined && held.bytes[other.at + i - held.at] !== value;
          };
          const want = [...other.bytes].some(differs);
          const { bytes, at, end } = placed(other.bytes);
          expect(early.conflictsWith((base + other.at) | 0, bytes, at, end)).toBe(want);
        }
      }),
    );
  });

  test('whatever comes and goes, the budget has what is held, and gets it back', () => {
    const step = fc.oneof(
      {
        arbitrary: fc.record({ insert: fc.nat(200), length: fc.integer({ min: 1, max: 60 }) }),
        weight: 4,
      },
      fc.record({ shift: fc.nat(240) }),
      fc.constant('clear' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const budget = new MemoryBudget(2000);
        const early = new EarlySegments(overlap, 200, budget);
        const other = 100;
        budget.take(other);
        for (const each of steps) {
          if (each === 'clear') early.clear();
          else if ('insert' in each) {
            insert(early, 0, { at: each.insert, bytes: new Uint8Array(each.length) });
          } else early.shift(each.shift);
          expect(budget.used).toBeGreaterThanOrEqual(other);
          expect(budget.used).toBeLessThanOrEqual(2000);
        }
        early.clear();
        expect(budget.used).toBe(other);
      }),
    );
  });
});

test('the policy linux keeps the bytes that a Linux receiver would read', () => {
  fc.assert(
    fc.property(fc.constantFrom(...BASES), segments, (base, sent) => {
      const { early } = newEarly('linux');
      const queue = new OutOfOrderQueue();
      for (const each of sent) {
        insert(early, base, each);
        queue.insert(each);
      }
      expect(drained(early, base)).toEqual(queue.read());
    }),
    { numRuns: 400 },
  );
});

describe('of overlapping segments', () => {
  test.each<{ name: string; sent: readonly [number, string][]; want: { [P in Overlap]: string } }>([
    {
      name: 'the second begins earlier',
      sent: [
        [4, 'aaaa'],
        [2, 'bbbb'],
      ],
      want: {
        first: 'bbaaaa',
        last: 'bbbbaa',
        linux: 'bbbbaa',
        windows: 'bbaaaa',
        strict: 'bbaaaa',
      },
    },
    {
      name: 'the second begins later',
      sent: [
        [2, 'aaaa'],
        [4, 'bbbb'],
      ],
      want: {
        first: 'aaaabb',
        last: 'aabbbb',
        linux: 'aaaabb',
        windows: 'aaaabb',
        strict: 'aaaabb',
      },
    },
    {
      name: 'the second covers the first at both ends',
      sent: [
        [4, 'aa'],
        [2, 'bbbbbb'],
      ],
      want: {
        first: 'bbaabb',
        last: 'bbbbbb',
        linux: 'bbbbbb',
        windows: 'bbbbbb',
        strict: 'bbaabb',
      },
    },
    {
      name: 'the second begins with the first, and is longer',
      sent: [
        [2, 'aa'],
        [2, 'bbbb'],
      ],
      want: { first: 'aabb', last: 'bbbb', linux: 'bbbb', windows: 'aabb', strict: 'aabb' },
    },
    {
      name: 'both are the same place',
      sent: [
        [2, 'aaaa'],
        [2, 'bbbb'],
      ],
      want: { first: 'aaaa', last: 'bbbb', linux: 'aaaa', windows: 'aaaa', strict: 'aaaa' },
    },
    {
      name: 'a third lies over the seam of two',
      sent: [
        [2, 'aaaa'],
        [6, 'bbbb'],
        [4, 'cccc'],
      ],
      want: {
        first: 'aaaabbbb',
        last: 'aaccccbb',
        linux: 'aaaaccbb',
        windows: 'aaaabbbb',
        strict: 'aaaabbbb',
      },
    },
  ])('when $name', ({ sent, want }) => {
    for (const overlap of OVERLAPS) {
      const { early } = newEarly(overlap);
      for (const [at, text] of sent) insert(early, 0, { at, bytes: ascii(text) });
      const bytes = [...drained(early, 0).values()];
      expect([overlap, String.fromCharCode(...bytes)]).toEqual([overlap, want[overlap]]);
    }
  });
});

describe('there is no room', () => {
  test('for a segment that goes beyond the limit: nothing of it is kept', () => {
    const { early, budget } = newEarly('first');
    expect(insert(early, 0, { at: 1, bytes: new Uint8Array(LIMIT - 10) })).toBe(true);
    expect(insert(early, 0, { at: LIMIT, bytes: new Uint8Array(11) })).toBe(false);
    expect(insert(early, 0, { at: LIMIT, bytes: new Uint8Array(10) })).toBe(true);
    expect(budget.used).toBe(LIMIT + 2 * PIECE_COST);
  });

  test('for one that goes beyond what all may hold together', () => {
    const budget = new MemoryBudget(30 + PIECE_COST);
    const [one, other] = [1, 2].map(() => new EarlySegments('first', LIMIT, budget));
    expect(insert(one as EarlySegments, 0, { at: 1, bytes: new Uint8Array(20) })).toBe(true);
    expect(insert(other as EarlySegments, 0, { at: 1, bytes: new Uint8Array(11) })).toBe(false);
    expect(budget.used).toBe(20 + PIECE_COST);
    one?.clear();
    expect(insert(other as EarlySegments, 0, { at: 1, bytes: new Uint8Array(11) })).toBe(true);
  });

  test('for more than 8192 pieces, or as many again where one segment fills all their gaps', () => {
    for (const overlap of OVERLAPS) {
      const budget = new MemoryBudget(1e7);
      const early = new EarlySegments(overlap, 1e6, budget);
      for (let i = 0; i < 8191; i++) insert(early, 0, { at: 2 * i + 1, bytes: ascii('x') });
      const all = 2 * 8191 + 1;
      expect(insert(early, 0, { at: 0, bytes: new Uint8Array(all) })).toBe(true);
      const isFull = overlap === 'first' || overlap === 'strict';
      expect(insert(early, 0, { at: 2 * all, bytes: ascii('x') })).toBe(!isFull);
      expect(budget.used % PIECE_COST).toBe((all + (isFull ? 0 : 1)) % PIECE_COST);
    }
  });
});

test('what was cut off a segment is not kept in memory with the rest of it', () => {
  const { early } = newEarly('last');
  insert(early, 0, { at: 2, bytes: new Uint8Array(100) });
  insert(early, 0, { at: 3, bytes: new Uint8Array(99) });
  expect(early.shift(2)?.buffer.byteLength).toBe(1);
});

/**
 * `tcp_data_queue_ofo` of net/ipv4/tcp_input.c as it is written, but for merging buffers that touch: a search tree by sequence
 * number, here a sorted list that is halved.
 */
class OutOfOrderQueue {
  #queue: Sent[] = [];

  insert(next: Sent): void {
    const end = endOf(next);
    let [low, high] = [0, this.#queue.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const held = this.#queue[middle] as Sent;
      if (next.at < held.at) {
        high = middle;
        continue;
      }
      if (next.at < endOf(held)) {
        if (end <= endOf(held)) return; // all the bits are present
        if (next.at === held.at) {
          this.#queue.splice(middle, 1, next);
          this.#dropCovered(middle);
          return;
        }
      }
      low = middle + 1;
    }
    this.#queue.splice(low, 0, next);
    this.#dropCovered(low);
  }

  /** As `recvmsg` reads: each buffer from where the one before it ended. */
  read(): Map<number, number> {
    const bytes = new Map<number, number>();
    let read = 0;
    for (const held of this.#queue) {
      for (let at = Math.max(read, held.at); at < endOf(held); at++) {
        bytes.set(at, held.bytes[at - held.at] as number);
      }
      read = Math.max(read, endOf(held));
    }
    return bytes;
  }

  #dropCovered(index: number): void {
    const end = endOf(this.#queue[index] as Sent);
    for (let next = this.#queue[index + 1]; next !== undefined; next = this.#queue[index + 1]) {
      if (end <= next.at || end < endOf(next)) return;
      this.#queue.splice(index + 1, 1);
    }
  }
}

function endOf({ at, bytes }: Sent): number {
  return at + bytes.length;
}

function newEarly(overlap: Overlap): { early: EarlySegments; budget: MemoryBudget } {
  const budget = new MemoryBudget(1e6);
  return { early: new EarlySegments(overlap, LIMIT, budget), budget };
}

/** From a ring in which the packet's bytes are gone afterwards. */
function insert(early: EarlySegments, base: number, { at, bytes }: Sent): boolean {
  const packet = placed(bytes);
  const isTaken = early.insert((base + at) | 0, packet.bytes, packet.at, packet.end);
  packet.bytes.fill(0xee);
  return isTaken;
}

/** The segment whose copy of a byte counts, by the definitions of the policies. */
function owner(overlap: Overlap, sent: readonly Sent[], at: number): Sent | undefined {
  let counts: Sent | undefined;
  for (const next of sent) {
    if (at < next.at || at >= endOf(next)) continue;
    if (counts === undefined || replaces(overlap, counts, next)) counts = next;
  }
  return counts;
}

function replaces(overlap: Overlap, old: Sent, next: Sent): boolean {
  const [oldEnd, nextEnd] = [endOf(old), endOf(next)];
  switch (overlap) {
    case 'last':
      return true;
    case 'linux':
      return next.at < old.at || (next.at === old.at && nextEnd > oldEnd);
    case 'windows':
      return next.at < old.at && nextEnd > oldEnd;
    default:
      return false;
  }
}

/** All there is, as a stream takes it out when its turn comes. */
function drained(early: EarlySegments, base: number): Map<number, number> {
  const bytes = new Map<number, number>();
  for (let at = 0; !early.isEmpty; at++) {
    const piece = early.shift((base + at) | 0);
    if (piece === undefined) continue;
    for (const value of piece) bytes.set(at++, value);
    at--;
  }
  return bytes;
}
