import { describe, expect, test, vi } from 'vitest';
import { Http2Requests, prefaceLength } from '../../../src/wire/http2/requests.ts';
import { AUTHORITY, field, frame, GET, indexed, PREFACE, plain } from '../../support/http2.ts';
import { concat, edit, hex } from '../../support/packets.ts';

const DATA = 0;
const HEADERS = 1;
const CONTINUATION = 9;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;
const HEADER = 9;
const A = field(AUTHORITY, plain('a.test'));
const WHOLE = frame(HEADERS, END_HEADERS, 1, GET, A);

describe('the preface', () => {
  test('is known as far as it is there', () => {
    for (let length = 0; length <= PREFACE.length; length++) {
      const bytes = concat(hex`ff`, PREFACE.slice(0, length));
      expect(prefaceLength(bytes, 1, bytes.length)).toBe(length);
    }
  });

  test('has a length, whatever follows it', () => {
    const bytes = concat(PREFACE, WHOLE);
    expect(prefaceLength(bytes, 0, bytes.length)).toBe(24);
    expect(prefaceLength(bytes, 0, 5)).toBe(5);
  });

  test('is something else if any byte of it differs', () => {
    for (let at = 0; at < PREFACE.length; at++) {
      expect(prefaceLength(edit(PREFACE, at, 0x78), 0, PREFACE.length)).toBe(0);
    }
  });
});

describe('a frame', () => {
  test('that is no part of a head is passed over: its header ends, and its payload has a length', () => {
    const requests = new Http2Requests();
    for (const length of [0, 300, 16_384]) {
      const bytes = concat(hex`ff ff`, frame(DATA, 0, 1, new Uint8Array(length)));
      expect(requests.read(bytes, 2, 2 + HEADER)).toBe(2 + HEADER);
      expect(requests.bodyLength).toBe(length);
    }
    requests.read(WHOLE, 0, WHOLE.length);
    expect(requests.bodyLength).toBe(0);
  });

  test('may have 16,384 bytes and no more', () => {
    for (const type of [DATA, HEADERS]) {
      const read = (length: number): unknown => {
        const bytes = frame(type, 0, 1, new Uint8Array(length));
        return new Http2Requests().read(bytes, 0, bytes.length);
      };
      expect([type, read(16_384) === 'broken', read(16_385)]).toEqual([type, false, 'broken']);
      expect([type, read(0x1_0000)]).toEqual([type, 'broken']);
    }
  });

  test('of a head waits for its header, then for all of its payload', () => {
    const requests = new Http2Requests();
    const bytes = concat(new Uint8Array(100), WHOLE);
    for (let length = 0; length < WHOLE.length; length++) {
      expect(requests.read(bytes, 100, 100 + length)).toBe('partial');
      expect(requests.wanted).toBe(length < HEADER ? HEADER : WHOLE.length);
      expect(requests.fields).toBeUndefined();
    }
    expect(requests.read(bytes, 100, bytes.length)).toBe(bytes.length);
    expect(textOf(requests)).toBe(':method=GET :scheme=http :path=/ :authority=a.test');
  });

  test('has no fields, if the one before it had some', () => {
    const requests = new Http2Requests();
    for (const next of [WHOLE.slice(0, 5), frame(DATA, 0, 1), frame(HEADERS, 0, 3, GET)]) {
      requests.read(WHOLE, 0, WHOLE.length);
      requests.read(next, 0, next.length);
      expect(requests.fields).toBeUndefined();
    }
  });
});

describe('a head', () => {
  test.each([
    { name: 'padding', flags: PADDED, before: hex`02`, after: hex`00 00` },
    { name: 'a length of padding, which is 0', flags: PADDED, before: hex`00`, after: hex`` },
    { name: 'a priority', flags: PRIORITY, before: hex`00 00 00 00 10`, after: hex`` },
    {
      name: 'padding and a priority',
      flags: PADDED | PRIORITY,
      before: hex`03 00 00 00 00 10`,
      after: hex`00 00 00`,
    },
  ])('is read between $name', ({ flags, before, after }) => {
    const requests = new Http2Requests();
    const bytes = frame(HEADERS, END_HEADERS | flags, 1, before, A, after);
    expect(requests.read(bytes, 0, bytes.length)).toBe(bytes.length);
    expect(textOf(requests)).toBe(':authority=a.test');
  });

  test.each([
    { name: 'padding', flags: PADDED, head: (more: number) => Uint8Array.of(2 + more, 0, 0) },
    { name: 'a priority', flags: PRIORITY, head: (more: number) => new Uint8Array(5 - more) },
  ])('may be empty beside $name, which may not be longer than the frame', ({ flags, head }) => {
    const [fits, exceeds] = [0, 1].map((more) => {
      const bytes = frame(HEADERS, END_HEADERS | flags, 1, head(more));
      return new Http2Requests().read(bytes, 0, bytes.length);
    });
    expect([fits, exceeds]).toEqual([HEADER + head(0).length, 'broken']);
  });

  test('goes on in frames of the same stream', () => {
    const { requests, ends } = readAll(
      frame(HEADERS, 0, 0x0102_0305, GET, A.slice(0, 3)),
      frame(CONTINUATION, 0, 0x0102_0305, A.slice(3, 5)),
      frame(CONTINUATION, END_HEADERS, 0x0102_0305, A.slice(5)),
    );
    expect(ends).not.toContain('broken');
    expect(textOf(requests)).toBe(':method=GET :scheme=http :path=/ :authority=a.test');
  });

  test('goes on whatever the reserved bit of a stream is (RFC 9113 §4.1)', () => {
    const { requests } = readAll(
      frame(HEADERS, 0, 1, GET),
      frame(CONTINUATION, END_HEADERS, 0x8000_0001, A),
    );
    expect(textOf(requests)).toContain('a.test');
  });

  test.each([
    { name: 'one of another stream', next: frame(CONTINUATION, END_HEADERS, 3, A) },
    { name: 'the beginning of another head', next: frame(HEADERS, END_HEADERS, 1, A) },
    { name: 'data', next: frame(DATA, 0, 1) },
  ])('is broken by a frame between: $name', ({ next }) => {
    const { ends } = readAll(frame(HEADERS, 0, 1, GET), next);
    expect(ends[1]).toBe('broken');
  });

  test('does not begin with a frame that continues one', () => {
    const { ends } = readAll(frame(CONTINUATION, END_HEADERS, 0, A), WHOLE);
    expect(ends[0]).toBe('broken');
    const { ends: after } = readAll(WHOLE, frame(CONTINUATION, END_HEADERS, 1, A));
    expect(after[1]).toBe('broken');
  });

  test('may have 65,536 bytes in all and no more', () => {
    const block = new Uint8Array(16_384).fill(0x20); // the size of the table, which is no field
    const start = [
      frame(HEADERS, 0, 1, block),
      ...Array.from({ length: 3 }, () => frame(CONTINUATION, 0, 1, block)),
    ];
    const { ends, requests } = readAll(...start, frame(CONTINUATION, END_HEADERS, 1));
    expect([ends[4], requests.fields]).toEqual([HEADER, []]);
    const { ends: more } = readAll(...start, frame(CONTINUATION, END_HEADERS, 1, hex`82`));
    expect(more[4]).toBe('broken');
  });

  test.each([
    { name: '20,000 empty frames', count: 20_000, more: hex`` },
    { name: '10,000 frames of one byte', count: 10_000, more: hex`20` },
  ])('is copied a few times, not once for each frame: $name', ({ count, more }) => {
    const requests = new Http2Requests();
    const copied = vi.spyOn(Uint8Array.prototype, 'set');
    const head = frame(HEADERS, 0, 1, new Uint8Array(16_384).fill(0x20));
    const next = frame(CONTINUATION, 0, 1, more);
    copied.mockClear();
    for (const bytes of [head, ...new Array<Uint8Array>(count).fill(next)]) {
      expect(requests.read(bytes, 0, bytes.length)).toBe(bytes.length);
      requests.commit();
    }
    const bytes = copied.mock.calls.reduce((sum, [{ length }]) => sum + length, 0);
    copied.mockRestore();
    expect(bytes).toBeLessThan(4 * 32_768);
  });

  test('is kept, though the segments that it came in are written over', () => {
    const requests = new Http2Requests();
    const bytes = frame(HEADERS, 0, 1, A.slice(0, 4));
    requests.read(bytes, 0, bytes.length);
    requests.commit();
    bytes.fill(0xee);
    const last = frame(CONTINUATION, END_HEADERS, 1, A.slice(4));
    requests.read(last, 0, last.length);
    expect(textOf(requests)).toBe(':authority=a.test');
  });
});

describe('what a frame says for later ones', () => {
  const remembers = frame(HEADERS, END_HEADERS, 1, field('x', plain('1'), 'remembered'));
  const refers = frame(HEADERS, END_HEADERS, 3, indexed(62));

  test('counts once it is committed', () => {
    const requests = new Http2Requests();
    requests.read(remembers, 0, remembers.length);
    expect(requests.read(refers, 0, refers.length)).toBe('broken');
    requests.read(remembers, 0, remembers.length);
    requests.commit();
    expect(requests.read(refers, 0, refers.length)).toBe(refers.length);
    expect(textOf(requests)).toBe('x=1');
  });

  test('is left as it was by a frame that is not whole or not read', () => {
    for (const between of [refers.slice(0, 9), frame(DATA, 0, 1)]) {
      const requests = new Http2Requests();
      requests.read(remembers, 0, remembers.length);
      requests.commit();
      requests.read(between, 0, between.length);
      requests.commit();
      expect(requests.read(refers, 0, refers.length)).toBe(refers.length);
    }
  });

  test('is known to another reader, if it is to count', () => {
    const requests = new Http2Requests();
    requests.read(remembers, 0, remembers.length);
    expect(requests.fork(true).read(refers, 0, refers.length)).toBe(refers.length);
    expect(requests.fork(false).read(refers, 0, refers.length)).toBe('broken');
  });
});

/** Reads frames one after the other, and what became of each. */
function readAll(...frames: readonly Uint8Array[]) {
  const requests = new Http2Requests();
  const ends = frames.map((bytes) => {
    const next = requests.read(bytes, 0, bytes.length);
    requests.commit();
    return next;
  });
  return { requests, ends };
}

function textOf({ fields = [] }: Http2Requests): string {
  return fields.map(({ name, value }) => `${name}=${Buffer.from(value)}`).join(' ');
}
