import { describe, expect, test } from 'vitest';
import { ByteStream } from '../../src/flow/byte-stream.ts';
import { HalfFlow, WINDOW } from '../../src/flow/half-flow.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import { PLAIN } from '../../src/policy/presets.ts';

const MOST = 0x3fff_ffff;

describe('the next byte that a box believes in', () => {
  test('is unknown until a segment with bytes was believed', () => {
    const half = new HalfFlow();
    half.believe(100, 0);
    expect([half.isBelieved, half.believedNext]).toEqual([false, 0]);
    half.believe(100, 10);
    expect([half.isBelieved, half.believedNext]).toEqual([true, 110]);
  });

  test.each([
    { name: 'moves by a segment that begins there', seq: 110, length: 5, want: 115 },
    {
      name: 'moves by one that begins before it and ends behind it',
      seq: 90,
      length: 25,
      want: 115,
    },
    { name: 'stays for one that ends there', seq: 100, length: 10, want: 110 },
    { name: 'stays for one that ends before it', seq: 95, length: 10, want: 110 },
    { name: 'stays for one behind a gap', seq: 111, length: 5, want: 110 },
  ])('$name', ({ seq, length, want }) => {
    const half = believing(110);
    half.believe(seq, length);
    expect(half.believedNext).toBe(want);
  });

  test('goes on across the wrap of sequence numbers', () => {
    const half = believing(-2);
    half.believe(-2, 5);
    expect(half.believedNext).toBe(3);
    half.believe(0x7fff_fffe, 5);
    expect(half.believedNext).toBe(3);
  });

  test.each([
    { name: 'moves to what the receiver acknowledges', ack: 111, want: 111 },
    { name: 'moves at most a window at once', ack: 110 + WINDOW, want: 110 + WINDOW },
    { name: 'stays for an acknowledgement beyond the window', ack: 111 + WINDOW, want: 110 },
    { name: 'stays for an older acknowledgement', ack: 109, want: 110 },
  ])('$name', ({ ack, want }) => {
    const half = believing(110);
    half.believeAck(ack);
    expect(half.believedNext).toBe(want);
  });

  test('is not known from an acknowledgement alone', () => {
    const half = new HalfFlow();
    half.believeAck(5);
    expect(half.isBelieved).toBe(false);
  });
});

describe('a stream that was read and may still change', () => {
  const finished = (): HalfFlow => {
    const half = believing(0);
    const stream = newStream();
    half.stream = stream;
    stream.start(0);
    stream.push(0, Uint8Array.of(1, 2, 3), 0, 3);
    stream.finish();
    half.believe(0, 3);
    return half;
  };

  test('is kept until the receiver has acknowledged all of it', () => {
    const half = finished();
    half.believeAck(2);
    expect(half.stream?.isClosed).toBe(false);
    half.believeAck(3);
    expect(half.stream).toBeUndefined();
  });

  test('is kept where the acknowledgement is beyond the window', () => {
    const half = finished();
    half.believeAck(4 + WINDOW);
    expect(half.stream?.isClosed).toBe(false);
  });
});

describe('a half that', () => {
  const used = (): { half: HalfFlow; stream: ByteStream } => {
    const half = believing(50);
    const stream = newStream();
    half.stream = stream;
    half.isResyncing = true;
    half.isDecided = true;
    half.timestamp = 9;
    half.countPayload(40);
    half.restart(50);
    return { half, stream };
  };

  test('is forgotten keeps what its receiver has, and nothing that the box believed', () => {
    const { half, stream } = used();
    half.forget();
    expect(half).toMatchObject({
      isBelieved: false,
      isResyncing: false,
      isDecided: false,
      payloads: 0,
      payloadBytes: 0,
      timestamp: undefined,
      stream: undefined,
      next: 50,
    });
    expect(stream.isClosed).toBe(true);
  });

  test('is reset knows nothing of its receiver either', () => {
    const { half } = used();
    half.reset();
    expect([half.isBelieved, half.isKnown]).toEqual([false, false]);
  });

  test('is rebased reads anew from there, and has counted what came before', () => {
    const { half, stream } = used();
    half.rebase(70);
    expect(half).toMatchObject({
      believedNext: 70,
      isResyncing: false,
      isDecided: false,
      stream: undefined,
      payloads: 1,
    });
    expect(stream.isClosed).toBe(true);
  });

  test.each([
    { isResyncing: true, isDecided: false },
    { isResyncing: false, isDecided: true },
  ])('resynchronises is not decided by that, nor the other way round', (marks) => {
    const half = new HalfFlow();
    half.isResyncing = true;
    half.isDecided = true;
    Object.assign(half, marks);
    expect([half.isResyncing, half.isDecided]).toEqual([marks.isResyncing, marks.isDecided]);
  });

  test('counts payloads and their bytes, and stops at the largest small integer', () => {
    const half = new HalfFlow();
    half.countPayload(40);
    half.countPayload(2);
    expect([half.payloads, half.payloadBytes]).toEqual([2, 42]);
    half.payloads = MOST - 1;
    for (let i = 0; i < 3; i++) half.countPayload(MOST - 1);
    expect([half.payloads, half.payloadBytes]).toEqual([MOST, MOST]);
  });
});

function believing(next: number): HalfFlow {
  const half = new HalfFlow();
  half.rebase(next);
  return half;
}

function newStream(): ByteStream {
  const knobs = { ...PLAIN.stream, mode: 'full', overlap: 'last' } as const;
  return new ByteStream(knobs, new MemoryBudget(1e6));
}
