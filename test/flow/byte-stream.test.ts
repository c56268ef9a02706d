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

function newStreamAndBudget(
  knobs: Partial<StreamKnobs>,
  memory = 1e6,
): { stream: ByteStream; budget: MemoryBudget } {
  const budget = new MemoryBudget(memory);
  return { stream: newStream(100, knobs, budget), budget };
}

/** The last copy counts, also of what was read. */
function rereading(): ByteStream {
  const stream = newStream(LIMIT, { mode: 'full', overlap: 'last' });
  stream.start(0);
  return stream;
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

describe('a byte that comes again with another value', () => {
  test.each<{ overlap: StreamKnobs['overlap']; mode: StreamKnobs['mode']; want: string }>([
    { overlap: 'first', mode: 'in-order', want: 'abcd' },
    { overlap: 'linux', mode: 'in-order', want: 'abcd' },
    { overlap: 'windows', mode: 'in-order', want: 'abcd' },
    { overlap: 'last', mode: 'in-order', want: 'aBCd' },
    { overlap: 'last', mode: 'full', want: 'aBCd' },
    { overlap: 'strict', mode: 'full', want: 'abcd' },
  ])('in the window, $overlap and $mode: $want', ({ overlap, mode, want }) => {
    const stream = newStream(LIMIT, { overlap, mode });
    stream.start(0);
    push(stream, 0, ascii('abcd'));
    push(stream, 1, ascii('BC'));
    expect(windowOf(stream)).toBe(want);
  });

  test('before its turn counts by the policy, also against the segment whose turn it is', () => {
    const outcomes = (['first', 'last', 'linux', 'windows'] as const).map((overlap) => {
      const stream = newStream(LIMIT, { overlap });
      stream.start(0);
      push(stream, 2, ascii('cd'));
      push(stream, 0, ascii('ABC'));
      return windowOf(stream);
    });
    expect(outcomes).toEqual(['ABcd', 'ABCd', 'ABCd', 'ABcd']);
  });

  describe('is a conflict for a strict box', () => {
    test.each([
      { name: 'in the window', seq: 1, text: 'X' },
      { name: 'partly in the window', seq: 3, text: 'XY' },
      { name: 'among what came early', seq: 6, text: 'XYZ' },
      { name: 'over both', seq: 0, text: 'abcd..gX' },
    ])('$name; nothing of it is taken', ({ seq, text }) => {
      const { stream, budget } = newStreamAndBudget({ overlap: 'strict' });
      stream.start(0);
      push(stream, 0, ascii('abcd'));
      push(stream, 6, ascii('gh'));
      const used = budget.used;
      expect(stream.push(seq, ascii(text), 0, text.length)).toBe('conflict');
      expect([windowOf(stream), budget.used]).toEqual(['abcd', used]);
      push(stream, 4, ascii('ef'));
      expect(windowOf(stream)).toBe('abcdefgh');
    });

    test('and the same again is none', () => {
      const stream = newStream(LIMIT, { overlap: 'strict', mode: 'full' });
      stream.start(0);
      push(stream, 0, ascii('abcd'));
      stream.consume(4);
      stream.hold(0);
      expect(stream.push(0, ascii('abcd'), 0, 4)).toBe('old');
      expect(stream.push(2, ascii('cdef'), 0, 4)).toBe('grew');
      expect(stream.push(0, ascii('x'), 0, 1)).toBe('conflict');
    });
  });
});

describe('what was read in full mode is read again', () => {
  test('from the beginning of the message, if a later copy replaces a byte of it', () => {
    const stream = rereading();
    push(stream, 0, ascii('one.'), () => stream.consume(4));
    expect(stream.push(1, ascii('N'), 0, 1)).toBe('grew');
    expect([windowOf(stream), stream.offset]).toEqual(['oNe.', 0]);
  });

  test('with what has come behind it since', () => {
    const stream = rereading();
    push(stream, 0, ascii('one.'), () => stream.consume(4));
    push(stream, 4, ascii('tw'));
    push(stream, 0, ascii('O'));
    expect(windowOf(stream)).toBe('One.tw');
  });

  test('also if it was one of several messages in a segment', () => {
    const stream = rereading();
    push(stream, 0, ascii('one.two.'), () => {
      stream.consume(4);
      stream.consume(4);
    });
    push(stream, 0, ascii('O'));
    expect([windowOf(stream), stream.offset]).toEqual(['One.two.', 0]);
  });

  test('after everything was read', () => {
    const stream = rereading();
    push(stream, 0, ascii('one.'), () => {
      stream.consume(4);
      stream.finish();
    });
    expect(stream.isClosed).toBe(false);
    expect(push(stream, 0, ascii('One.'))).toBe(true);
    expect(windowOf(stream)).toBe('One.');
  });

  test('only until the receiver has acknowledged it', () => {
    for (const [ack, isOpen] of [
      [3, true],
      [4, false],
      [9, false],
    ] as const) {
      const stream = rereading();
      push(stream, 0, ascii('one.'), () => stream.consume(4));
      stream.acknowledge(ack);
      expect([ack, push(stream, 3, ascii('!'))]).toEqual([ack, isOpen]);
      expect(windowOf(stream)).toBe(isOpen ? 'one!' : '');
    }
  });

  test('but not where an acknowledged byte alone is another one', () => {
    const stream = rereading();
    push(stream, 0, ascii('one.'), () => stream.consume(4));
    stream.acknowledge(2);
    expect(push(stream, 0, ascii('ON'))).toBe(false);
    expect(push(stream, 0, ascii('ONE'))).toBe(true);
    expect(windowOf(stream)).toBe('onE.');
  });

  test('and is given back once it cannot be replaced any more', () => {
    const { stream, budget } = newStreamAndBudget({ mode: 'full', overlap: 'last' });
    stream.start(0);
    push(stream, 0, ascii('one.'), () => stream.finish());
    expect(budget.used).toBeGreaterThan(0);
    stream.acknowledge(3);
    expect(stream.isClosed).toBe(false);
    stream.acknowledge(4);
    expect([stream.isClosed, budget.used]).toEqual([true, 0]);
  });

  test('and raw bytes that were looked at are looked at again', () => {
    const stream = rereading();
    push(stream, 0, ascii('abcdef'));
    stream.scanned = 6;
    push(stream, 2, ascii('cD'));
    expect(stream.scanned).toBe(3);
  });

  test('never with a body that was skipped', () => {
    const stream = rereading();
    push(stream, 0, ascii('head body '), () => stream.consume(5, 5));
    expect(push(stream, 0, ascii('H'))).toBe(false);
  });
});

describe('a byte that is not part of the stream', () => {
  /** The segment's bytes; the one that is left out is written as `!`. */
  const urgent = (stream: ByteStream, seq: number, text: string): string => {
    const { bytes, at, end } = placed(ascii(text));
    stream.leaveOut((seq + text.indexOf('!')) | 0);
    const pushed = stream.push(seq | 0, bytes, at, end);
    if (pushed === 'grew' && !stream.hold(0)) stream.close();
    bytes.fill(0xee);
    return pushed;
  };

  test.each([
    { name: 'in the middle', text: 'ab!cd' },
    { name: 'at the beginning', text: '!abcd' },
    { name: 'at the end', text: 'abcd!' },
  ])('$name takes up a sequence number all the same', ({ text }) => {
    for (const isn of ISNS) {
      const stream = started(isn);
      expect(urgent(stream, isn, text)).toBe('grew');
      push(stream, isn + 5, ascii('ef'));
      expect([windowOf(stream), stream.offset]).toEqual(['abcdef', 0]);
    }
  });

  test('is left out of a segment that came early too', () => {
    const stream = started(0);
    expect(urgent(stream, 2, 'c!d')).toBe('waits');
    push(stream, 5, ascii('e'));
    push(stream, 0, ascii('ab'));
    expect(windowOf(stream)).toBe('abcde');
  });

  test('alone in its segment moves the stream on', () => {
    const stream = started(0);
    push(stream, 0, ascii('ab'));
    urgent(stream, 2, '!');
    push(stream, 3, ascii('cd'));
    expect(windowOf(stream)).toBe('abcd');
  });

  test('alone in its segment lets go what waits behind it', () => {
    const stream = started(0);
    push(stream, 1, ascii('b'));
    expect(urgent(stream, 0, '!')).toBe('grew');
    expect(windowOf(stream)).toBe('b');
  });

  test('may come as often as you like', () => {
    const stream = started(0);
    for (let i = 0; i < 100; i++) urgent(stream, 2 * i, 'a!');
    expect(windowOf(stream)).toBe('a'.repeat(100));
  });

  test('may come again', () => {
    const stream = started(0);
    urgent(stream, 0, 'ab!cd');
    urgent(stream, 0, 'ab!cd');
    push(stream, 5, ascii('e'));
    expect(windowOf(stream)).toBe('abcde');
  });

  test('is nothing that a copy could conflict with', () => {
    const stream = newStream(LIMIT, { overlap: 'strict', mode: 'full' });
    stream.start(0);
    urgent(stream, 0, 'ab!cd');
    expect(urgent(stream, 0, 'ab!cd')).toBe('old');
    expect(stream.push(3, ascii('cX'), 0, 2)).toBe('conflict');
    expect(urgent(stream, 3, 'cX!')).toBe('conflict');
  });

  test('makes no bytes be replaced by their neighbours', () => {
    const stream = newStream(LIMIT, { overlap: 'last' });
    stream.start(0);
    urgent(stream, 0, 'ab!cd');
    urgent(stream, 0, 'ab!cD');
    expect(windowOf(stream)).toBe('abcD');
  });

  test('in any order, cut anywhere, some of it twice, leaves the rest of the stream', () => {
    const delivery = fc
      .record({
        isn: fc.constantFrom(...ISNS),
        content: fc.uint8Array({ minLength: 20, maxLength: 60 }),
        urgentAt: fc.nat(19),
        cuts: fc.uniqueArray(fc.integer({ min: 1, max: 19 }), { maxLength: 5 }),
      })
      .chain((sent) => {
        const places = [0, ...sent.cuts.sort((a, b) => a - b), sent.content.length];
        const pieces = places.slice(1).map((end, i) => ({ at: places[i] as number, end }));
        const order = fc.shuffledSubarray([...pieces, ...pieces.slice(0, 2)], {
          minLength: pieces.length + Math.min(2, pieces.length),
        });
        return fc.record({ sent: fc.constant(sent), order });
      });
    fc.assert(
      fc.property(delivery, ({ sent: { isn, content, urgentAt }, order }) => {
        const stream = started(isn);
        for (const { at, end } of order) {
          const { bytes, ...place } = placed(content.slice(at, end));
          const isIn = urgentAt >= at && urgentAt < end;
          if (isIn) stream.leaveOut((isn + urgentAt) | 0);
          const pushed = stream.push((isn + at) | 0, bytes, place.at, place.end);
          if (pushed === 'grew') stream.hold(0);
          bytes.fill(0xee);
        }
        const want = [...content.slice(0, urgentAt), ...content.slice(urgentAt + 1)];
        expect([...stream.bytes.slice(stream.at, stream.end)]).toEqual(want);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what all streams hold together', () => {
  const knobs = fc.record({
    mode: fc.constantFrom('in-order', 'full'),
    overlap: fc.constantFrom('first', 'last', 'linux', 'windows', 'strict'),
  }) as fc.Arbitrary<Partial<StreamKnobs>>;
  const step = fc.oneof(
    {
      arbitrary: fc.record({
        do: fc.constant('push' as const),
        at: fc.nat(150),
        length: fc.nat(60),
        urgent: fc.nat(200),
      }),
      weight: 6,
    },
    fc.record({ do: fc.constant('consume' as const), count: fc.nat(60), skip: fc.nat(3) }),
    fc.record({ do: fc.constant('acknowledge' as const), ack: fc.nat(200) }),
    fc.constant({ do: 'finish' as const }),
    fc.constant({ do: 'close' as const }),
  );

  test('is never more than there is, nor less than nothing, and all of it comes back', () => {
    fc.assert(
      fc.property(knobs, fc.array(step, { maxLength: 40, size: 'max' }), (chosen, steps) => {
        const { stream, budget } = newStreamAndBudget(chosen, 6000);
        stream.start(0);
        for (const each of steps) {
          if (each.do === 'push') pushAny(stream, each);
          else if (each.do === 'consume')
            stream.consume(Math.min(each.count, stream.end - stream.at), each.skip);
          else if (each.do === 'acknowledge') stream.acknowledge(each.ack);
          else stream[each.do]();
          if (!stream.isClosed && !stream.hold(0)) stream.close();
          expect(budget.used).toBeGreaterThanOrEqual(0);
          expect(budget.used).toBeLessThanOrEqual(6000);
          expect(stream.at).toBeLessThanOrEqual(stream.end);
          expect(stream.end).toBeLessThanOrEqual(stream.bytes.length);
          if (stream.isClosed) expect(budget.used).toBe(0);
        }
        stream.close();
        expect(budget.used).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  test('closes a stream that would need more than is left', () => {
    const { stream, budget } = newStreamAndBudget({}, 1000);
    stream.start(0);
    expect(push(stream, 0, ascii('partial'))).toBe(true);
    expect([stream.isClosed, budget.used]).toEqual([true, 0]);
  });

  const pushAny = (
    stream: ByteStream,
    { at, length, urgent }: { at: number; length: number; urgent: number },
  ): void => {
    const bytes = Uint8Array.from({ length }, (_, i) => at + i + (urgent % 3 === 0 ? 1 : 0));
    if (urgent < length) stream.leaveOut(at + urgent);
    stream.push(at, bytes, 0, length);
  };
});

describe('the limit of', () => {
  const held = (limit: Partial<StreamKnobs['limit']>, times: readonly number[]): boolean[] => {
    const stream = newStream(LIMIT, { limit: { ...PLAIN.stream.limit, ...limit } });
    stream.start(0);
    return times.map((now, i) => {
      stream.push(i, ascii('x'), 0, 1);
      return stream.hold(now);
    });
  };

  test('packets counts those of a message that is not whole', () => {
    expect(held({ packets: 3 }, [0, 0, 0])).toEqual([true, true, false]);
    expect(held({ packets: 0 }, [0, 0, 0, 0, 0, 0])).not.toContain(false);
  });

  test('time runs from when the message was first held', () => {
    expect(held({ time: 10 }, [1000, 1005, 1010, 1010.5])).toEqual([true, true, true, false]);
  });

  test('time runs no sooner for a message whose end came first', () => {
    const stream = newStream(LIMIT, { limit: { ...PLAIN.stream.limit, time: 10 } });
    stream.start(0);
    stream.push(1, ascii('b'), 0, 1);
    stream.push(0, ascii('a'), 0, 1);
    expect(stream.hold(5000)).toBe(true);
    expect(stream.hold(5011)).toBe(false);
  });

  test('both begins anew with each message', () => {
    const stream = newStream(LIMIT, { limit: { ...PLAIN.stream.limit, packets: 2, time: 10 } });
    stream.start(0);
    for (let i = 0; i < 10; i++) {
      stream.push(2 * i, ascii('a'), 0, 1);
      expect(stream.hold(100 * i)).toBe(true);
      stream.push(2 * i + 1, ascii('b'), 0, 1);
      stream.consume(2);
      expect(stream.hold(100 * i + 1)).toBe(true);
    }
  });
});

test('a hostile client cannot make a stream hold much more than the limit', () => {
  const limit = { ...PLAIN.stream.limit, bytes: 16_384 };
  for (const overlap of ['first', 'last', 'linux', 'windows', 'strict'] as const) {
    const { stream, budget } = newStreamAndBudget({ overlap, mode: 'full', limit }, 1e6);
    stream.start(0);
    const bytes = new Uint8Array(1400);
    for (let i = 0; i < 3000; i++) {
      // Islands, then what covers some of them, never the first byte; then a window that grows by single bytes.
      const isIsland = i % 100 < 64;
      if (isIsland) stream.push(2 + 2 * (i % 64), bytes, 0, 1);
      else stream.push(3 + (i % 50), bytes, 0, 1400);
      if (i > 2000 && stream.push(i - 2001, bytes, 0, 1) === 'grew') stream.hold(0);
      expect(budget.used).toBeLessThanOrEqual(4 * 16_384);
    }
    stream.close();
    expect(budget.used).toBe(0);
  }
});

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
