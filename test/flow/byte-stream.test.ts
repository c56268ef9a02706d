import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteStream } from '../../src/flow/byte-stream.ts';
import type { StreamKnobs } from '../../src/flow/knobs.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { ascii, concat, placed } from '../support/packets.ts';

const LIMIT = 64;
const ISNS = [0, 1000, 0x7fff_fff0, 0xffff_fff0];

describe('segments in any order', () => {
  /** Every byte at least once, some of them more often, in any order. */
  const anyDelivery = fc
    .record({
      isn: fc.constantFrom(...ISNS),
      content: fc.uint8Array({ minLength: 1, maxLength: 200 }),
      cuts: fc.array(fc.nat(200), { maxLength: 12 }),
      repeated: fc.array(fc.tuple(fc.nat(200), fc.nat(40)), { maxLength: 8 }),
      eaten: fc.infiniteStream(fc.nat(60)),
    })
    .chain((delivery) => {
      const { content, cuts, repeated } = delivery;
      const places = [0, ...cuts.map((cut) => cut % content.length), content.length];
      places.sort((a, b) => a - b);
      const pieces = places.slice(1).map((end, i) => ({ at: places[i] as number, end }));
      const again = repeated.map(([at, length]) => ({
        at,
        end: Math.min(at + length, content.length),
      }));
      const all = [...pieces, ...again].filter(({ at, end }) => at < end);
      const order = fc.shuffledSubarray(all, { minLength: all.length });
      return fc.record({ delivery: fc.constant(delivery), order });
    });

  test('come out as the bytes that were sent, each once, whoever reuses the packet', () => {
    fc.assert(
      fc.property(anyDelivery, ({ delivery: { isn, content, eaten }, order }) => {
        const stream = started(isn);
        const read: number[] = [];
        for (const { at, end } of order) {
          push(stream, isn + at, content.slice(at, end), () => {
            const window = [...stream.bytes.slice(stream.at, stream.end)];
            expect(window).toEqual([
              ...content.slice(stream.offset, stream.offset + window.length),
            ]);
            const count = Math.min(eaten.next().value, window.length);
            read.push(...window.slice(0, count));
            stream.consume(count);
          });
        }
        read.push(...stream.bytes.slice(stream.at, stream.end));
        expect(read).toEqual([...content]);
      }),
      { numRuns: 500 },
    );
  });

  test('grow the window exactly when the receiver could read on', () => {
    fc.assert(
      fc.property(anyDelivery, ({ delivery: { isn, content }, order }) => {
        const stream = started(isn);
        const arrived = new Set<number>();
        let readable = 0;
        for (const { at, end } of order) {
          for (let i = at; i < end; i++) arrived.add(i);
          const before = readable;
          while (arrived.has(readable)) readable++;
          const grew = push(stream, isn + at, content.slice(at, end));
          expect(grew).toBe(readable > before);
          expect(stream.end - stream.at).toBe(readable);
        }
      }),
    );
  });

  test('skip the bodies that were asked to be skipped, wherever they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 17 })),
        fc.constantFrom(...ISNS),
        (bodies, sizes, isn) => {
          const content = concat(...bodies.map((length) => message(length)));
          const stream = started(isn);
          const seen: number[] = [];
          for (let at = 0; at < content.length; ) {
            const end = Math.min(content.length, at + sizes.next().value);
            push(stream, isn + at, content.slice(at, end), () => readMessages(stream, seen));
            at = end;
          }
          expect(seen).toEqual(bodies);
          expect(stream.offset).toBe(content.length);
        },
      ),
    );
  });
});

test('of two copies of a byte the first one counts', () => {
  const stream = started(0);
  push(stream, 0, ascii('abc'));
  push(stream, 0, ascii('ABCdef'));
  expect(windowOf(stream)).toBe('abcdef');
});

test('of two copies that came early the first one counts', () => {
  const stream = started(0);
  push(stream, 4, ascii('ef'));
  push(stream, 2, ascii('cdEF'));
  push(stream, 0, ascii('ab'));
  expect(windowOf(stream)).toBe('abcdef');
});

test('a stream whose SYN was not seen starts with its first segment', () => {
  const stream = newStream(LIMIT);
  push(stream, 0xffff_fffe, ascii('abcd'));
  push(stream, 2, ascii('ef'));
  expect(windowOf(stream)).toBe('abcdef');
  expect(stream.offset).toBe(0);
});

test('an empty segment changes nothing, not even where a stream starts', () => {
  const stream = newStream(LIMIT);
  expect(push(stream, 7, ascii(''))).toBe(false);
  expect(push(stream, 100, ascii('ab'))).toBe(true);
  expect(windowOf(stream)).toBe('ab');
});

describe('the limit', () => {
  test('lets a window of its size wait, and closes the stream beyond', () => {
    const stream = started(0, LIMIT);
    push(stream, 0, new Uint8Array(LIMIT));
    expect(stream.isClosed).toBe(false);
    push(stream, LIMIT, new Uint8Array(1));
    expect(stream.isClosed).toBe(true);
  });

  test('does not hold for what is read at once', () => {
    const stream = started(0, LIMIT);
    push(stream, 0, new Uint8Array(3 * LIMIT), () => stream.consume(3 * LIMIT));
    push(stream, 3 * LIMIT, ascii('next'));
    expect(windowOf(stream)).toBe('next');
    expect(stream.offset).toBe(3 * LIMIT);
  });

  test('is as many early bytes as are kept; a segment beyond it is as if it had not come', () => {
    const stream = started(0, LIMIT);
    push(stream, 1, new Uint8Array(LIMIT - 1).fill(1));
    push(stream, LIMIT, ascii('kk'));
    push(stream, LIMIT, ascii('k'));
    push(stream, 0, ascii('a'), () => {
      expect(stream.end - stream.at).toBe(LIMIT + 1);
      stream.consume(LIMIT + 1);
    });
    push(stream, LIMIT + 1, ascii('l'));
    expect(windowOf(stream)).toBe('l');
  });

  test('counts early bytes no longer once they have been read', () => {
    const stream = started(0, LIMIT);
    for (let at = 0; at < 10 * LIMIT; at += LIMIT) {
      push(stream, at + 1, new Uint8Array(LIMIT - 1));
      push(stream, at, new Uint8Array(1), () => stream.consume(LIMIT));
    }
    expect(stream.offset).toBe(10 * LIMIT);
  });
});

test('a closed stream takes nothing in and holds nothing', () => {
  const stream = started(0);
  push(stream, 0, ascii('ab'));
  push(stream, 4, ascii('ef'));
  stream.close();
  expect(push(stream, 2, ascii('cd'))).toBe(false);
  expect(stream).toMatchObject({ isClosed: true, at: 0, end: 0 });
  expect(stream.bytes).toHaveLength(0);
});

function newStream(
  bytes: number,
  knobs: Partial<StreamKnobs> = {},
  budget = new MemoryBudget(4e6),
): ByteStream {
  const limit = { ...PLAIN.stream.limit, bytes };
  return new ByteStream({ ...PLAIN.stream, mode: 'in-order', limit, ...knobs }, budget);
}

function started(seq: number, limit = 10_000): ByteStream {
  const stream = newStream(limit);
  stream.start(seq | 0);
  return stream;
}

/** As the inspector does: push, read, hold. Afterwards the packet's bytes are gone, as in a ring. */
function push(
  stream: ByteStream,
  seq: number,
  payload: Uint8Array,
  read: () => void = () => undefined,
): boolean {
  const { bytes, at, end } = placed(payload);
  const grew = stream.push(seq | 0, bytes, at, end) === 'grew';
  if (grew) read();
  if (grew && !stream.isClosed && !stream.hold(0)) stream.close();
  bytes.fill(0xee);
  return grew;
}

function windowOf(stream: ByteStream): string {
  return Buffer.from(stream.bytes.slice(stream.at, stream.end)).toString('latin1');
}

/** A head of two bytes, the second of which is the length of the body. */
function message(bodyLength: number): Uint8Array {
  return concat(Uint8Array.of(0x48, bodyLength), new Uint8Array(bodyLength).fill(0xbb));
}

function readMessages(stream: ByteStream, seen: number[]): void {
  while (stream.end - stream.at >= 2) {
    expect(stream.bytes[stream.at]).toBe(0x48);
    const bodyLength = stream.bytes[stream.at + 1] as number;
    seen.push(bodyLength);
    stream.consume(2, bodyLength);
  }
}

describe('the limits', () => {
  test('no more than 8192 early segments wait: what comes beyond them is not read', () => {
    const stream = newStream(100_000);
    stream.start(0);
    const byte = ascii('x');
    for (let i = 0; i < 10_000; i++) stream.push(1 + 2 * i, byte, 0, 1);
    for (let i = 0; i < 10_000; i++) stream.push(2 * i, byte, 0, 1);
    // 0 to 16,384 are there: the 8192 early ones and the gaps between them; 16,385 never came in.
    expect(stream.end - stream.at).toBe(16_385);
  });

  test('early segments cost more of the budget than their bytes: many small ones are not free', () => {
    const budget = new MemoryBudget(100_000);
    const stream = newStream(100_000, {}, budget);
    stream.start(0);
    for (let i = 0; i < 100; i++) stream.push(1 + 2 * i, ascii('x'), 0, 1);
    expect(budget.used).toBeGreaterThan(9000);
    stream.close();
    expect(budget.used).toBe(0);
  });

  test('a stream that may begin anywhere drops what is too long instead of giving up', () => {
    const stream = newStream(8);
    stream.isResyncing = true;
    const long = ascii('0123456789');
    stream.push(0, long, 0, long.length);
    stream.hold(0);
    expect(stream.isClosed).toBe(false);
    expect(stream.end - stream.at).toBe(0);
    expect(stream.push(10, long, 0, 4)).toBe('grew');
  });
});
