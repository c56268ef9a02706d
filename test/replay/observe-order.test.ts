import { expect, test } from 'vitest';
import type { Captured } from '../support/capture.ts';
import { observedIn } from '../support/observing.ts';
import { tcpFrame } from '../support/packets.ts';

/** As many flows as are open at a time. */
const MOST = 65_536;
const MINUTE = 60_000;

test('flows are told once they were idle for 124 minutes, the one idle longest first', () => {
  const packets = [
    packetOf(1, 0),
    packetOf(2, MINUTE),
    packetOf(3, 2 * MINUTE),
    packetOf(1, 3 * MINUTE),
    packetOf(4, 126.5 * MINUTE), // 2 and 3 are over
    packetOf(2, 127 * MINUTE), // 1 is not yet
    packetOf(1, 127 * MINUTE),
    packetOf(5, 300 * MINUTE), // all are
    packetOf(6, 600 * MINUTE),
  ];
  expect(clients(packets)).toEqual([2, 3, 4, 2, 1, 5, 6]);
});

test('where more are open than can be, the one idle longest is told', () => {
  const packets = Array.from({ length: MOST }, (_, i) => packetOf(i, 0));
  packets.push(packetOf(0, 1), packetOf(2, 1));
  packets.push(packetOf(MOST, 2), packetOf(MOST + 1, 2), packetOf(3, 3), packetOf(MOST + 2, 4));
  packets.push(packetOf(1, 5)); // told before, and begun anew
  expect(clients(packets).slice(0, 6)).toEqual([1, 3, 4, 5, 6, 7]);
});

function clients(packets: readonly Captured[]): number[] {
  return observedIn(packets).map(({ src }) => {
    const [, high = 0, middle = 0, low = 0] = src.split('.').map(Number);
    return (high << 16) | (middle << 8) | low;
  });
}

/** Of client `i`; the time is in milliseconds. */
function packetOf(i: number, time: number): Captured {
  const bytes = FRAME.slice();
  bytes.set([i >> 16, i >> 8, i], 27);
  return { bytes, ticks: BigInt(time) * 1000n };
}

const FRAME = tcpFrame({
  src: '10.0.0.0',
  dst: '198.18.0.80',
  srcPort: 1,
  dstPort: 80,
  seq: 1,
  ack: 0,
  flags: 'S',
});
