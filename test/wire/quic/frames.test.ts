import { describe, expect, test } from 'vitest';
import { skipFrame } from '../../../src/wire/quic/frames.ts';
import { concat, hex, placed } from '../../support/packets.ts';

const FRAMES = [
  { name: 'PADDING', frame: hex`00` },
  { name: 'PING', frame: hex`01` },
  { name: 'ACK', frame: hex`02 05 00 00 05` },
  { name: 'ACK of three ranges', frame: hex`02 40 09 03 02 01 01 01 00 00` },
  { name: 'ACK with ECN counts', frame: hex`03 05 00 00 05 01 02 40 03` },
  { name: 'ACK of two ranges with ECN counts', frame: hex`03 05 00 01 05 01 01 01 02 03` },
  { name: 'CONNECTION_CLOSE', frame: hex`1c 01 06 00` },
  { name: 'CONNECTION_CLOSE with a reason', frame: hex`1c 41 28 06 03 61 62 63` },
];

describe.each(FRAMES)('a frame $name of an Initial', ({ frame }) => {
  test('is passed over', () => {
    const { bytes, at } = placed(concat(frame, hex`01 01 01`));
    expect(skipFrame(bytes, at, at + frame.length + 3) - at).toBe(frame.length);
    expect(skipFrame(bytes, at, at + frame.length) - at).toBe(frame.length);
  });

  test('is not passed over where it is cut short, though bytes follow', () => {
    const { bytes, at } = placed(concat(frame, hex`01 01 01`));
    for (let length = 1; length < frame.length; length++) {
      expect([length, skipFrame(bytes, at, at + length)]).toEqual([length, -1]);
    }
  });
});

test.each([
  { name: 'CRYPTO', frame: hex`06 00 01 02` },
  { name: 'NEW_TOKEN', frame: hex`07 01 02 00` },
  { name: 'STREAM', frame: hex`08 01 02 00` },
  { name: 'CONNECTION_CLOSE of an application', frame: hex`1d 01 00 00` },
])('a frame $name is not passed over', ({ frame }) => {
  expect(skipFrame(frame, 0, frame.length)).toBe(-1);
});
