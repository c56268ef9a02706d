import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CryptoStream } from '../../../src/wire/quic/crypto-stream.ts';
import { ascii, concat, edit, hex, placed } from '../../support/packets.ts';
import {
  ackFrame,
  closeFrame,
  cryptoFrame,
  cryptoFrames,
  PING,
  padding,
  varint,
} from '../../support/quic.ts';

const MESSAGE = ascii('0123456789abcdefghijklmnopqrstuvwxyz');
const LIMIT = 1000;

describe('frames beside CRYPTO are passed over', () => {
  const [first, second] = cryptoFrames(MESSAGE, 10) as [Uint8Array, Uint8Array];
  test.each([
    { name: 'PADDING', frame: padding(500) },
    { name: 'PING', frame: PING },
    { name: 'ACK', frame: ackFrame(3) },
    {
      name: 'ACK of many ranges',
      frame: ackFrame(70_000, [
        [1, 2],
        [300, 70_000],
      ]),
    },
    { name: 'ACK with ECN counts', frame: ackFrame(9, [[1, 2]], [1, 20_000, 3]) },
    { name: 'CONNECTION_CLOSE', frame: closeFrame('no reason') },
    { name: 'CRYPTO without bytes', frame: cryptoFrame(5, hex``) },
  ])('$name', ({ frame }) => {
    expect(streamOf(concat(frame, first, frame, second, frame))).toEqual(MESSAGE);
  });
});

describe('the walk ends, and what came before it counts', () => {
  const [first, second] = cryptoFrames(MESSAGE, 10) as [Uint8Array, Uint8Array];
  test.each([
    { name: 'at a STREAM frame', frame: hex`08 00 00` },
    { name: 'at a CONNECTION_CLOSE of the application', frame: hex`1d 00 00` },
    { name: 'at a type that takes two bytes', frame: hex`40 01` },
    {
      name: 'at an ACK of more ranges than there are bytes',
      frame: hex`02 05 00 ff ff ff ff ff ff ff ff`,
    },
    { name: 'at a reason that runs past the end', frame: hex`1c 00 00 7f ff` },
    { name: 'at a CRYPTO frame that runs past the end', frame: hex`06 0a 7f ff` },
    { name: 'at a CRYPTO frame of 2^62 - 1 bytes', frame: hex`06 0a ff ff ff ff ff ff ff ff` },
  ])('$name', ({ frame }) => {
    expect(streamOf(concat(first, frame, second))).toEqual(MESSAGE.slice(0, 10));
  });

  test('at any frame that is cut short', () => {
    const whole = [
      ackFrame(9, [[1, 2]], [1, 20_000, 3]),
      closeFrame('no'),
      cryptoFrame(10, MESSAGE),
    ];
    for (const frame of whole) {
      for (let cut = 1; cut < frame.length; cut++) {
        expect(streamOf(concat(first, frame.slice(0, cut)))).toEqual(MESSAGE.slice(0, 10));
      }
    }
  });
});

test('frames of one packet may come in any order', () => {
  const [a, b, c, d] = cryptoFrames(MESSAGE, 3, 9, 30) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  expect(streamOf(concat(d, PING, b, padding(7), a, c))).toEqual(MESSAGE);
});

test('take tells whether there is more than before', () => {
  const [a, b, c] = cryptoFrames(MESSAGE, 3, 9) as [Uint8Array, Uint8Array, Uint8Array];
  const stream = new CryptoStream(LIMIT);
  expect([c, a, a, b, c, PING].map((frames) => take(stream, frames))).toEqual([
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
});

test('of a byte that comes twice the first copy counts, with a gap before it or without', () => {
  const stream = new CryptoStream(LIMIT);
  take(stream, cryptoFrame(4, ascii('EF')));
  take(stream, cryptoFrame(0, ascii('ab')));
  take(stream, cryptoFrame(0, ascii('12345678')));
  expect(prefix(stream)).toEqual(ascii('ab34EF78'));
});

test('bytes past the limit are not kept', () => {
  const stream = new CryptoStream(20);
  take(
    stream,
    concat(cryptoFrame(20, MESSAGE), cryptoFrame(19, ascii('J')), cryptoFrame(0, MESSAGE)),
  );
  expect(prefix(stream)).toEqual(ascii('0123456789abcdefghiJ'));
  expect(take(stream, cryptoFrame(20, MESSAGE))).toBe(false);
});

test('offsets up to 2^62 - 1 do no harm', () => {
  const huge = [2 ** 53 - 1, 2 ** 32, LIMIT, LIMIT - 1].map((offset) =>
    cryptoFrame(offset, ascii('x')),
  );
  const largest = concat(hex`06 ff ff ff ff ff ff ff ff`, varint(1), ascii('x'));
  expect(streamOf(concat(largest, ...huge, cryptoFrame(0, MESSAGE)))).toEqual(MESSAGE);
});

test('any number of gaps is filled, as servers fill them', () => {
  const stream = new CryptoStream(LIMIT);
  const even = Array.from({ length: 300 }, (_, i) => cryptoFrame(2 * i, ascii('e')));
  const odd = Array.from({ length: 300 }, (_, i) => cryptoFrame(2 * i + 1, ascii('o')));
  take(stream, concat(...even.toReversed()));
  expect(stream.end).toBe(1);
  take(stream, concat(...odd));
  expect(prefix(stream)).toEqual(ascii('eo'.repeat(300)));
});

test('frames that say something else at an offset contradict; the same again, and what is new, does not', () => {
  const stream = new CryptoStream(LIMIT);
  take(stream, concat(cryptoFrame(0, ascii('abc')), cryptoFrame(10, ascii('xyz'))));
  const contradicts = (...frames: Uint8Array[]): boolean => {
    const bytes = concat(...frames);
    return stream.contradicts(bytes, 0, bytes.length);
  };
  expect(contradicts(cryptoFrame(1, ascii('bcdefghijxyz12')))).toBe(false);
  expect(contradicts(cryptoFrame(500, ascii('new')), cryptoFrame(0, ascii('ab')))).toBe(false);
  expect(contradicts(cryptoFrame(500, ascii('new')), cryptoFrame(12, ascii('Z')))).toBe(true);
  expect(contradicts(cryptoFrame(2 ** 40, ascii('abc')))).toBe(false);
});

test('any frames in any order give what a table of first copies gives', () => {
  const anyFrame = fc.record({
    offset: fc.nat(120),
    contents: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 30 }), (frames) => {
      const stream = new CryptoStream(100);
      const table = new Map<number, number>();
      for (const { offset, contents } of frames) {
        take(stream, cryptoFrame(offset, contents));
        contents.forEach((byte, i) => {
          const at = offset + i;
          if (at < 100 && !table.has(at)) table.set(at, byte);
        });
        expect(prefix(stream)).toEqual(contiguous(table));
      }
    }),
    { numRuns: 500 },
  );
});

test('take never throws, and never reads past the end', () => {
  const anyFrames = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .tuple(fc.nat(2000), fc.uint8Array({ maxLength: 30 }))
        .map((frame) => cryptoFrame(...frame)),
      fc.constantFrom(PING, padding(3), ackFrame(9, [[1, 2]]), closeFrame('no')),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(anyFrames, fc.nat(), fc.nat(0xff), (frames, at, value) => {
      const bytes = concat(...frames);
      const changed = bytes.length === 0 ? bytes : edit(bytes, at % bytes.length, value);
      expect(streamOf(changed)).toEqual(streamOf(changed, 0));
    }),
    { numRuns: 2000 },
  );
});

/** What one packet's frames give, with `beyond` bytes behind them that belong to somebody else. */
function streamOf(frames: Uint8Array, beyond = 50): Uint8Array {
  const stream = new CryptoStream(LIMIT);
  const { bytes, at, end } = placed(frames, 7, beyond);
  stream.take(bytes, at, end);
  return prefix(stream);
}

function take(stream: CryptoStream, frames: Uint8Array): boolean {
  return stream.take(frames, 0, frames.length);
}

function prefix(stream: CryptoStream): Uint8Array {
  return stream.bytes.slice(stream.at, stream.end);
}

function contiguous(table: ReadonlyMap<number, number>): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; table.has(at); at++) bytes.push(table.get(at) as number);
  return Uint8Array.from(bytes);
}
