import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SegmentVersions } from '../../src/replay/segment-versions.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { ascii, tcpFrame } from '../support/packets.ts';

const WINDOW = 4096;
/** Less than the widest window, so that each segment continues the stream that the one before has brought here. */
const STEP = 2 ** 29;
const WRAP = 2 ** 32;

test.each([
  { name: 'begins at 1', start: 1 },
  { name: 'begins just before the numbers begin anew', start: WRAP - 3 },
])('a stream of more than 8 GiB has no second version: it $name', ({ start }) => {
  const versions = new SegmentVersions(7);
  expect(isOther(versions, start, ascii('the first bytes'))).toBe(false);
  for (let sent = STEP; sent <= 2 * WRAP + STEP; sent += STEP) {
    expect(isOther(versions, start + sent, ascii(`what is said at ${sent}`)), `${sent}`).toBe(
      false,
    );
  }
});

test('past 4 GiB, the other direction may be told apart as before', () => {
  const versions = new SegmentVersions(7);
  for (let sent = 0; sent <= WRAP; sent += STEP) isOther(versions, 1 + sent, ascii('a download'));
  const answer = (text: string): boolean => isOther(versions, 9, ascii(text), true);
  expect([answer('one answer'), answer('one answer'), answer('an other..')]).toEqual([
    false,
    false,
    true,
  ]);
});

test('a second version of the first bytes is told across the place where numbers begin anew', () => {
  const versions = new SegmentVersions(7);
  const start = WRAP - 3;
  expect(isOther(versions, start, ascii('hello world'))).toBe(false);
  expect(isOther(versions, start + 6, ascii('World'))).toBe(true);
});

test('says what a list of all bytes within the window says, whatever is missing', () => {
  const segment = fc.record({
    place: fc.nat(3 * WINDOW),
    length: fc.integer({ min: 2, max: 1400 }),
    fill: fc.constantFrom(1, 2),
  });
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 30 }), fc.constantFrom(1, WRAP - 99), (all, seq) => {
      const versions = new SegmentVersions(7);
      const known = new KnownBytes();
      isOther(versions, seq, ascii('..'));
      known.take(0, ascii('..'));
      for (const { place, length, fill } of all) {
        const payload = new Uint8Array(length).fill(fill);
        expect(isOther(versions, seq + place, payload)).toBe(known.take(place, payload));
      }
    }),
    { numRuns: 25 },
  );
});

class KnownBytes {
  readonly #bytes = new Map<number, number>();
  #reach = 0;

  take(place: number, payload: Uint8Array): boolean {
    let isOther = false;
    const [from, reach] = [Math.max(place, this.#reach - WINDOW), this.#reach];
    for (let i = from; i < place + payload.length; i++) {
      const byte = payload[i - place] as number;
      if (i < reach && this.#bytes.has(i) && this.#bytes.get(i) !== byte) isOther = true;
      this.#bytes.set(i, byte);
    }
    this.#reach = Math.max(reach, place + payload.length);
    return isOther;
  }
}

function isOther(
  versions: SegmentVersions,
  seq: number,
  payload: Uint8Array,
  isBack = false,
): boolean {
  const [src, dst] = isBack ? ['10.0.0.2', '10.0.0.1'] : ['10.0.0.1', '10.0.0.2'];
  const [srcPort, dstPort] = isBack ? [80, 999] : [999, 80];
  const ends = { src, dst, srcPort, dstPort };
  const frame = tcpFrame({ ...ends, seq: seq % WRAP, ack: 1, flags: 'A', payload });
  return versions.isOther(new PacketView().decode(frame, 0, frame.length));
}
