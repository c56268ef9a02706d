import { describe, expect, test } from 'vitest';
import { ByteStream } from '../../src/flow/byte-stream.ts';
import type { StreamKnobs } from '../../src/flow/knobs.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { ascii, placed } from '../support/packets.ts';

/** Bytes of memory: of a stream itself, and of its first buffer. */
const UPKEEP = 384;
const BUFFER = 2048;

describe('the memory of a stream', () => {
  test('is asked for when it is made: one without room says so, and owes nothing', () => {
    const small = newStream({}, UPKEEP - 1);
    expect([small.stream.hasRoom, small.budget.used]).toEqual([false, 0]);
    const { stream, budget } = newStream({}, UPKEEP);
    expect([stream.hasRoom, budget.used]).toEqual([true, UPKEEP]);
    stream.close();
    expect(budget.used).toBe(0);
  });

  test('holds what a reader keeps, and gives it back with the stream', () => {
    const { stream, budget } = newStream();
    stream.keepReading('half a message', 100);
    expect([stream.reading, budget.used]).toEqual(['half a message', UPKEEP + 100]);
    stream.close();
    expect([stream.reading, budget.used]).toEqual([undefined, 0]);
  });

  test('may be used up to the last byte', () => {
    for (const [limit, isHeld] of [
      [UPKEEP + BUFFER, true],
      [UPKEEP + BUFFER - 1, false],
    ] as const) {
      const { stream } = newStream({}, limit);
      push(stream, 0, 'partial');
      expect(stream.hold(0)).toBe(isHeld);
    }
  });

  test('is given back when all was read', () => {
    const { stream, budget } = newStream();
    push(stream, 0, 'partial');
    stream.hold(0);
    expect(budget.used).toBe(UPKEEP + BUFFER);
    stream.consume(7);
    stream.hold(0);
    expect(budget.used).toBe(UPKEEP);
  });

  test.each<{ mode: StreamKnobs['mode']; overlap: StreamKnobs['overlap']; keeps: boolean }>([
    { mode: 'in-order', overlap: 'last', keeps: false },
    { mode: 'in-order', overlap: 'strict', keeps: false },
    { mode: 'full', overlap: 'first', keeps: false },
    { mode: 'full', overlap: 'last', keeps: true },
    { mode: 'full', overlap: 'strict', keeps: true },
  ])('holds what was read: $keeps, for $mode and $overlap', ({ keeps, ...knobs }) => {
    const { stream, budget } = newStream(knobs);
    push(stream, 0, 'whole.');
    stream.consume(6);
    stream.hold(0);
    expect(budget.used).toBe(keeps ? UPKEEP + BUFFER : UPKEEP);
    stream.finish();
    expect([stream.isFinished, stream.isClosed]).toEqual([true, !keeps]);
  });
});

describe('a message is overdue', () => {
  test('once it was held for longer than the limit', () => {
    const { stream } = newStream({ limit: { ...PLAIN.stream.limit, time: 10 } });
    expect(stream.isOverdue(5000)).toBe(false);
    push(stream, 0, 'part');
    stream.hold(1000);
    expect([stream.isOverdue(1010), stream.isOverdue(1010.5)]).toEqual([false, true]);
    stream.consume(4);
    expect(stream.isOverdue(9000)).toBe(false);
  });

  test('never without a limit', () => {
    const { stream } = newStream({ limit: { ...PLAIN.stream.limit, time: 0 } });
    push(stream, 0, 'part');
    stream.hold(1000);
    expect(stream.isOverdue(1e9)).toBe(false);
    expect(stream.hold(1e9)).toBe(true);
  });
});

describe('the effect of a segment on a stream', () => {
  test('is told by one word', () => {
    const { stream } = newStream({ limit: { ...PLAIN.stream.limit, bytes: 8 } });
    expect(push(stream, 0, 'ab')).toBe('grew');
    expect(push(stream, 0, 'ab')).toBe('old');
    expect(push(stream, 0, '')).toBe('old');
    expect(push(stream, 4, 'ef')).toBe('waits');
    expect(push(stream, 6, 'ghijklmn')).toBe('refused');
    stream.close();
    expect(push(stream, 2, 'cd')).toBe('old');
  });

  test('is nothing new where all of it is part of a body that nobody reads', () => {
    const { stream } = newStream();
    push(stream, 0, 'head');
    stream.consume(4, 6);
    expect(push(stream, 4, 'body')).toBe('old');
    expect(push(stream, 8, '..next')).toBe('grew');
    expect([textOf(stream), stream.offset]).toEqual(['next', 10]);
  });

  test('is nothing new to a stream that was read to its end', () => {
    const { stream } = newStream({ mode: 'full', overlap: 'last' });
    push(stream, 0, 'all.');
    stream.finish();
    expect(push(stream, 4, 'more')).toBe('old');
    expect(textOf(stream)).toBe('');
  });
});

describe('a window may be read as often as its segments pay for', () => {
  const pays = (length: number): ByteStream => {
    const { stream } = newStream({ limit: { ...PLAIN.stream.limit, bytes: 10_000 } });
    push(stream, 0, 'x'.repeat(length));
    stream.hold(0);
    return stream;
  };

  test('the first pays for 4 KiB, and not for a byte more', () => {
    expect(pays(4096).payForReading(false)).toBe(true);
    expect(pays(4097).payForReading(false)).toBe(false);
  });

  test('and each further one for 2 KiB; what is over is kept', () => {
    const stream = pays(3000);
    const outcomes = [stream.payForReading(false), stream.payForReading(false)];
    push(stream, 3000, 'y');
    outcomes.push(stream.payForReading(false), stream.payForReading(false));
    expect(outcomes).toEqual([true, false, true, false]);
  });

  test('an urgent reading needs no pay, and uses up all there is', () => {
    const stream = pays(3000);
    expect([stream.payForReading(true), stream.payForReading(true)]).toEqual([true, true]);
    push(stream, 3000, 'y');
    expect(stream.payForReading(false)).toBe(false);
    push(stream, 3001, 'z');
    expect(stream.payForReading(false)).toBe(true);
  });

  test('and only what nobody has read counts', () => {
    const stream = pays(4096);
    stream.consume(4000);
    const outcomes = Array.from({ length: 50 }, () => stream.payForReading(false));
    expect(outcomes.filter((isPaid) => isPaid)).toHaveLength(42); // 4096 for 96 each
  });
});

describe('a segment that was not let through after all', () => {
  test('is still to come', () => {
    const { stream } = newStream();
    push(stream, 0, 'abcdef');
    Object.assign(stream, { scanned: 6, searched: 6 });
    stream.takeBack(4, 6);
    expect([textOf(stream), stream.nextSeq]).toEqual(['abcd', 4]);
    expect([stream.scanned, stream.searched]).toEqual([4, 4]);
    push(stream, 4, 'EF');
    expect(textOf(stream)).toBe('abcdEF');
  });

  test('leaves what came early behind it, to wait again', () => {
    const { stream, budget } = newStream();
    stream.start(0);
    push(stream, 4, 'efgh');
    push(stream, 2, 'cdEF');
    expect(textOf(stream)).toBe('');
    push(stream, 0, 'ab');
    expect(textOf(stream)).toBe('abcdefgh');
    stream.takeBack(0, 2);
    expect([textOf(stream), stream.nextSeq]).toEqual(['', 0]);
    expect(push(stream, 0, 'AB')).toBe('grew');
    expect(textOf(stream)).toBe('ABcdefgh');
    stream.close();
    expect(budget.used).toBe(0);
  });

  test('takes nothing back of what was read', () => {
    const { stream } = newStream();
    push(stream, 0, 'abcdef');
    stream.consume(2);
    stream.scanned = 6;
    stream.takeBack(0, 6);
    expect([textOf(stream), stream.nextSeq, stream.scanned]).toEqual(['', 2, 2]);
  });

  test.each([6, 9])('takes nothing back from %i on, where nothing has come', (seq) => {
    const { stream } = newStream();
    push(stream, 0, 'abcdef');
    stream.scanned = 6;
    stream.takeBack(seq, 9);
    expect([textOf(stream), stream.nextSeq, stream.scanned]).toEqual(['abcdef', 6, 6]);
  });
});

describe('where two urgent bytes are waited for', () => {
  test.each([
    { name: 'in order', seqs: [1, 3] },
    { name: 'the later one first', seqs: [3, 1] },
  ])('the later one is left out: $name', ({ seqs }) => {
    const { stream } = newStream();
    stream.start(0);
    for (const seq of seqs) stream.leaveOut(seq);
    push(stream, 0, 'abcde');
    expect(textOf(stream)).toBe('abce');
  });
});

describe('a stream that may begin anywhere', () => {
  test.each([
    { length: 8, want: 8 },
    { length: 9, want: 0 },
  ])('keeps $want of $length bytes, where the limit is 8', ({ length, want }) => {
    const { stream } = newStream({ limit: { ...PLAIN.stream.limit, bytes: 8 } });
    stream.isResyncing = true;
    push(stream, 0, 'x'.repeat(length));
    expect(stream.hold(0)).toBe(true);
    expect(textOf(stream)).toHaveLength(want);
  });
});

describe('bytes that were read can be replaced', () => {
  const LIMIT = { ...PLAIN.stream.limit, bytes: 64 };
  const rereading = (): ByteStream => {
    const { stream } = newStream({ mode: 'full', overlap: 'last', limit: LIMIT });
    stream.start(0);
    return stream;
  };

  test.each([
    { held: 24, want: 'grew' },
    { held: 25, want: 'old' },
  ])('as long as it fits the limit together with the $held bytes held', ({ held, want }) => {
    const stream = rereading();
    push(stream, 0, 'r'.repeat(40));
    stream.consume(40);
    push(stream, 40, 'h'.repeat(held));
    stream.hold(0);
    expect(push(stream, 0, 'R')).toBe(want);
  });

  test.each([
    { length: 64, isClosed: false },
    { length: 65, isClosed: true },
  ])('if it was all of a message of $length bytes: closed $isClosed', ({ length, isClosed }) => {
    const stream = rereading();
    push(stream, 0, 'r'.repeat(length));
    stream.finish();
    expect(stream.isClosed).toBe(isClosed);
  });

  test('but not before a body that nobody reads, though it has not come', () => {
    const stream = rereading();
    push(stream, 0, 'head');
    stream.consume(4, 6);
    stream.hold(0);
    expect(push(stream, 0, 'H')).toBe('old');
  });

  test('and the window behind it stays where it is if its own first byte is another', () => {
    const stream = rereading();
    push(stream, 0, 'one.two');
    stream.consume(4);
    stream.hold(0);
    stream.scanned = 7;
    push(stream, 4, 'T');
    expect([textOf(stream), stream.offset, stream.scanned]).toEqual(['Two', 4, 4]);
  });

  test('and then its message is read and told again; the same bytes change nothing', () => {
    const stream = rereading();
    expect([stream.isTold, stream.wanted]).toEqual([false, 0]);
    push(stream, 0, 'abc');
    Object.assign(stream, { isTold: true, wanted: 9 });
    push(stream, 0, 'abc');
    expect([stream.isTold, stream.wanted]).toEqual([true, 9]);
    push(stream, 0, 'aBc');
    expect([stream.isTold, stream.wanted]).toEqual([false, 0]);
    Object.assign(stream, { isTold: true, wanted: 9 });
    stream.consume(3);
    expect([stream.isTold, stream.wanted]).toEqual([false, 0]);
  });

  test('until it is acknowledged, which ends no stream that is still read', () => {
    const stream = rereading();
    push(stream, 0, 'one.');
    stream.consume(4);
    stream.acknowledge(4);
    expect(stream.isClosed).toBe(false);
    expect(push(stream, 4, 'two.')).toBe('grew');
  });

  test('by a segment of any place in its packet, though bytes before it were read', () => {
    for (const overlap of ['last', 'strict'] as const) {
      const { stream } = newStream({ overlap, limit: LIMIT });
      push(stream, 0, 'abcdef');
      stream.consume(2);
      stream.hold(0);
      expect(push(stream, 4, 'efgh')).toBe('grew');
      expect(textOf(stream)).toBe('cdefgh');
    }
  });
});

function newStream(
  knobs: Partial<StreamKnobs> = {},
  memory = 1e6,
): { stream: ByteStream; budget: MemoryBudget } {
  const budget = new MemoryBudget(memory);
  return { stream: new ByteStream({ ...PLAIN.stream, ...knobs }, budget), budget };
}

function push(stream: ByteStream, seq: number, text: string): string {
  const { bytes, at, end } = placed(ascii(text));
  return stream.push(seq, bytes, at, end);
}

function textOf(stream: ByteStream): string {
  return Buffer.from(stream.bytes.slice(stream.at, stream.end)).toString('latin1');
}
