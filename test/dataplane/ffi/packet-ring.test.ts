import { describe, expect, test, vi } from 'vitest';
import { putU16 } from '../../../src/base/bytes.ts';
import type { Arena } from '../../../src/dataplane/ffi/arena.ts';
import { PacketRing, RING_PAIR_LENGTH } from '../../../src/dataplane/ffi/packet-ring.ts';

/* A ring whose slots no kernel fills. */

vi.mock('../../../src/dataplane/ffi/libc.ts', async (original) => ({
  ...(await original<object>()),
  openSocket: () => -1,
  setSocketOption: () => undefined,
  interfaceIndex: () => 1,
  bind: () => undefined,
}));

const IPV4 = 0x0800;
const VLAN = 0x8100;
const PROVIDER = 0x88a8;

describe('a frame that comes is taken if it could be sent on, and counted if not:', () => {
  test.each([
    { name: '1514 bytes', length: 1514, isTaken: true },
    { name: '1515 bytes', length: 1515, isTaken: false },
    { name: '1518 bytes with a VLAN tag', length: 1518, within: VLAN, isTaken: true },
    { name: '1519 bytes with a VLAN tag', length: 1519, within: VLAN, isTaken: false },
    { name: '1514 bytes and a VLAN tag', length: 1514, tag: VLAN, isTaken: true },
    { name: '1515 bytes and a VLAN tag', length: 1515, tag: VLAN, isTaken: false },
    { name: '1510 bytes and a tag of a provider', length: 1510, tag: PROVIDER, isTaken: true },
    { name: '1511 bytes and a tag of a provider', length: 1511, tag: PROVIDER, isTaken: false },
    {
      name: '1511 bytes with a VLAN tag, and a tag of a provider',
      length: 1511,
      within: VLAN,
      tag: PROVIDER,
      isTaken: false,
    },
  ])('$name', ({ length, within = IPV4, tag = 0, isTaken }) => {
    const { ring, isWaiting } = ringWith({ length, within, tag }, 'sendable');
    expect(ring.take()).toBe(isTaken);
    expect([ring.oversized, isWaiting()]).toEqual(isTaken ? [0, true] : [1, false]);
    if (!isTaken) return;
    expect(ring.frameEnd - ring.frameAt).toBe(length + (tag === 0 ? 0 : 4));
    expect(ring.fits(ring.bytes, ring.frameAt, ring.frameEnd)).toBe(true);
  });
});

test('who sends nothing on takes any frame that came whole', () => {
  expect(ringWith({ length: 1900, within: IPV4, tag: 0 }, 'all').ring.take()).toBe(true);
  const { ring } = ringWith({ length: 1900, within: IPV4, tag: 0, captured: 1800 }, 'all');
  expect([ring.take(), ring.oversized]).toEqual([false, 1]);
});

interface Came {
  readonly length: number;
  /** The type that stands in the frame, and that of a tag which the kernel took out of it. */
  readonly within: number;
  readonly tag: number;
  readonly captured?: number;
}

/** struct tpacket2_hdr, then the frame. */
function ringWith({ length, within, tag, captured = length }: Came, takes: 'all' | 'sendable') {
  const bytes = new Uint8Array(RING_PAIR_LENGTH);
  const words = new Int32Array(bytes.buffer);
  const arena = { bytes, words, claimRing: () => 0 };
  words[0] = tag === 0 ? 1 : 0x51;
  words[1] = length;
  words[2] = captured;
  words[3] = FRAME_AT;
  words[6] = (tag << 16) | 100;
  putU16(bytes, FRAME_AT + 12, within);
  const ring = new PacketRing('eth0', arena as unknown as Arena, 'arriving', takes);
  return { ring, isWaiting: () => words[0] !== 0 };
}

const FRAME_AT = 82;
