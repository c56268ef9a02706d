import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Defragmenter, type FragmentOverlap } from '../../src/flow/defragmenter.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { udpFrame } from '../support/datagrams.ts';
import { fragment, fragments, type Part, withExtensionHeaders } from '../support/fragments.ts';
import { concat, edit, hex, placed, type Segment, tcpFrame } from '../support/packets.ts';

const SEGMENT: Segment = {
  src: '10.0.0.1',
  dst: '198.18.0.80',
  srcPort: 40_000,
  dstPort: 80,
  seq: 1,
  ack: 2,
  flags: 'PA',
  payload: Uint8Array.from({ length: 100 }, (_, i) => i + 1),
};
const V4 = tcpFrame(SEGMENT);
const V6 = tcpFrame({ ...SEGMENT, src: '2001:db8::1', dst: '2001:db8::80' });
const VERSIONS = [
  { name: 'IPv4', frame: V4, headers: 34 },
  { name: 'IPv6', frame: V6, headers: 54 },
];
const POLICIES: readonly FragmentOverlap[] = ['first', 'last', 'linux'];
/** Of the packets above, without IP header. */
const LENGTH = 120;
const TIMEOUT = 30_000;

test('a datagram that is whole says how many fragments it came in', () => {
  const defragmenter = new Defragmenter('linux');
  for (const part of fragments(V4, [40, 80])) take(defragmenter, part);
  expect(defragmenter.parts).toBe(3);
});

describe.each(VERSIONS)('a datagram of $name', ({ frame, headers }) => {
  test('comes out as the packet that was cut, whatever the cuts, the order, and what came twice', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 6 }).map((eights) => {
      return [...new Set(eights)].sort((a, b) => a - b).map((eight) => 8 * eight);
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...POLICIES),
        cuts.filter((places) => places.length > 0),
        fc.infiniteStream(fc.nat(1000)),
        (policy, places, numbers) => {
          const parts = fragments(frame, places);
          const again = parts.slice(0, numbers.next().value % parts.length);
          const order = [...parts, ...again]
            .map((part) => ({ part, rank: numbers.next().value }))
            .sort((a, b) => a.rank - b.rank);
          const defragmenter = new Defragmenter(policy);
          const seen = new Set<Uint8Array>();
          for (const { part } of order) {
            const isLast = !seen.has(part) && seen.size === parts.length - 1;
            seen.add(part);
            expect(take(defragmenter, part)).toBe(isLast);
            if (isLast) break;
          }
          expectSame(defragmenter, frame, headers);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is known by its addresses and identification', () => {
    const defragmenter = new Defragmenter('first');
    take(defragmenter, fragment(frame, { at: 0, end: 40, id: 1 }));
    expect(take(defragmenter, fragment(frame, { at: 40, end: LENGTH, id: 2 }))).toBe(false);
    const other = edit(fragment(frame, { at: 40, end: LENGTH, id: 1 }), headers - 1, 0xee);
    expect(take(defragmenter, other)).toBe(false);
    expect(take(defragmenter, fragment(frame, { at: 40, end: LENGTH, id: 1 }))).toBe(true);
  });

  test('waits 30 s for its fragments, and not a moment longer', () => {
    for (const [late, isWhole] of [
      [TIMEOUT, true],
      [TIMEOUT + 0.5, false],
    ] as const) {
      const defragmenter = new Defragmenter('linux');
      take(defragmenter, fragment(frame, { at: 0, end: 40 }), 0);
      expect(take(defragmenter, fragment(frame, { at: 40, end: LENGTH }), late)).toBe(isWhole);
    }
  });

  test('makes room for the 65th', () => {
    const defragmenter = new Defragmenter('linux');
    const first = (id: number): Uint8Array => fragment(frame, { at: 0, end: 40, id });
    const rest = (id: number): Uint8Array => fragment(frame, { at: 40, end: LENGTH, id });
    for (let id = 0; id <= 64; id++) take(defragmenter, first(id));
    expect(take(defragmenter, rest(64))).toBe(true);
    expect(take(defragmenter, rest(1))).toBe(true);
    expect(take(defragmenter, rest(0))).toBe(false);
  });

  test('that is not whole is counted by its fragments: while it waits, and once it was given up', () => {
    const defragmenter = new Defragmenter('linux');
    const take = (part: Uint8Array, now: number): number => {
      defragmenter.take(new PacketView().decode(part, 0, part.length), now);
      return defragmenter.unassembled;
    };
    const [one, two, three] = fragments(frame, [40, 80]) as [Uint8Array, Uint8Array, Uint8Array];
    expect([take(one, 0), take(two, 0), take(three, 0)]).toEqual([1, 2, 0]);
    expect([take(one, 1), take(three, 1)]).toEqual([0, 0]); // all of it has come
    const late = 3 * TIMEOUT;
    expect([take(one, late), take(two, late), take(one, 2 * late)]).toEqual([1, 2, 3]);
  });

  test('is found again and again', () => {
    const defragmenter = new Defragmenter('linux');
    for (let i = 0; i < 3; i++) {
      expect(fragments(frame, [40]).map((part) => take(defragmenter, part))).toEqual([false, true]);
      expectSame(defragmenter, frame, headers);
    }
  });

  test('in VLAN tags keeps them', () => {
    const tagged = (part: Uint8Array): Uint8Array =>
      concat(part.slice(0, 12), hex`81 00 00 64`, part.slice(12));
    const defragmenter = new Defragmenter('first');
    const wholes = fragments(frame, [64]).map((part) => take(defragmenter, tagged(part)));
    expect(wholes).toEqual([false, true]);
    expectSame(defragmenter, tagged(frame), headers + 4);
  });
});

test('in IPv4 a fragment of another protocol belongs to another datagram (RFC 791 §3.2)', () => {
  const defragmenter = new Defragmenter('first');
  take(defragmenter, fragment(V4, { at: 0, end: 40, id: 1 }));
  const rest = fragment(V4, { at: 40, end: LENGTH, id: 1 });
  expect(take(defragmenter, edit(rest, 23, 17))).toBe(false);
  expect(take(defragmenter, rest)).toBe(true);
});

describe('fragments that overlap', () => {
  /** The bytes of a part, replaced. */
  const filled = (part: Part, value: number): Uint8Array => {
    const bytes = fragment(V4, part);
    return bytes.fill(value, 34);
  };
  const middle = { at: 40, end: 80 };

  test.each([
    { policy: 'first' as const, want: 1 },
    { policy: 'last' as const, want: 2 },
  ])('with $policy: that copy counts', ({ policy, want }) => {
    const defragmenter = new Defragmenter(policy);
    for (const [part, value] of [
      [{ at: 0, end: 40 }, 1],
      [middle, 1],
      [{ at: 24, end: 72 }, 2],
    ] as const) {
      expect(take(defragmenter, filled({ ...part, hasMore: true }, value))).toBe(false);
    }
    expect(take(defragmenter, filled({ at: 80, end: 120 }, 1))).toBe(true);
    const bytes = defragmenter.bytes.slice(34);
    const copies = [bytes[23], bytes[24], bytes[40], bytes[71], bytes[72]];
    expect(copies).toEqual([1, want, want, want, 1]);
  });

  test('the header that counts is that of the first copy, or of the last', () => {
    for (const [policy, ttl] of [
      ['first', 64],
      ['last', 9],
    ] as const) {
      const defragmenter = new Defragmenter(policy);
      const head = fragment(V4, { at: 0, end: 40 });
      take(defragmenter, head);
      take(defragmenter, edit(head, 22, 9));
      expect(take(defragmenter, fragment(V4, { at: 40, end: LENGTH }))).toBe(true);
      expect(defragmenter.bytes[22]).toBe(ttl);
    }
  });

  test.each(VERSIONS)(
    'end the datagram in Linux; it may come again ($name)',
    ({ frame, headers }) => {
      const defragmenter = new Defragmenter('linux');
      take(defragmenter, fragment(frame, { at: 0, end: 40 }));
      take(defragmenter, fragment(frame, { at: 32, end: 64 }));
      expect(take(defragmenter, fragment(frame, { at: 40, end: LENGTH }))).toBe(false);
      expect(take(defragmenter, fragment(frame, { at: 0, end: 40 }))).toBe(true);
      expectSame(defragmenter, frame, headers);
    },
  );

  test('are the same again if nothing of one is new: Linux passes over it', () => {
    const defragmenter = new Defragmenter('linux');
    take(defragmenter, fragment(V4, { at: 0, end: 64 }));
    take(defragmenter, filled({ at: 8, end: 40 }, 0xee));
    expect(take(defragmenter, fragment(V4, { at: 64, end: LENGTH }))).toBe(true);
    expectSame(defragmenter, V4, 34);
  });
});

describe.each(POLICIES)('a datagram that cannot be (%s)', (policy) => {
  test.each<{ name: string; parts: readonly Part[] }>([
    {
      name: 'goes on behind its end',
      parts: [
        { at: 80, end: 88, hasMore: false },
        { at: 88, end: 96, hasMore: true },
        { at: 0, end: 80 },
      ],
    },
    {
      name: 'ends before what has come',
      parts: [
        { at: 96, end: 104 },
        { at: 80, end: 88, hasMore: false },
        { at: 0, end: 80 },
      ],
    },
    {
      name: 'ends twice',
      parts: [
        { at: 80, end: 96, hasMore: false },
        { at: 80, end: 88, hasMore: false },
        { at: 0, end: 80 },
      ],
    },
    {
      name: 'has an empty fragment',
      parts: [
        { at: 0, end: 40 },
        { at: 40, end: 40 },
        { at: 40, end: 120 },
      ],
    },
  ])('since it $name is never whole', ({ parts }) => {
    for (const { frame } of VERSIONS) {
      const defragmenter = new Defragmenter(policy);
      expect(parts.map((part) => take(defragmenter, fragment(frame, part)))).not.toContain(true);
    }
  });

  test('since it has a hole is never whole, however much came behind', () => {
    const defragmenter = new Defragmenter(policy);
    const parts = [
      { at: 0, end: 80 },
      { at: 88, end: 96 },
      { at: 104, end: 120 },
    ];
    expect(parts.map((part) => take(defragmenter, fragment(V4, part)))).not.toContain(true);
  });

  test('since it is too long for its length field is never whole', () => {
    const far = (offset: number, hasMore: boolean, length: number): Uint8Array => {
      const part = fragment(tcpFrame({ ...SEGMENT, payload: new Uint8Array(length) }), {
        at: 0,
        end: length,
      });
      return edit(
        part,
        20,
        ...[((hasMore ? 0x2000 : 0) | (offset / 8)) >>> 8, (offset / 8) & 0xff],
      );
    };
    const defragmenter = new Defragmenter(policy);
    for (let at = 0; at < 64_000; at += 8000) {
      expect(take(defragmenter, far(at, true, 8000))).toBe(false);
    }
    // 65,515 bytes are the most there can be behind an IPv4 header without options.
    expect(take(defragmenter, far(64_000, false, 1516))).toBe(false);
    for (let at = 0; at < 64_000; at += 8000) take(defragmenter, far(at, true, 8000));
    expect(take(defragmenter, far(64_000, false, 1515))).toBe(true);
    expect(defragmenter.end).toBe(14 + 65_535);
  });
});

describe('a fragment that is not a multiple of eight bytes long, and not the last', () => {
  test('is taken in IPv4 up to the last multiple, as Linux does', () => {
    const defragmenter = new Defragmenter('linux');
    take(defragmenter, fragment(V4, { at: 0, end: 45 }));
    expect(take(defragmenter, fragment(V4, { at: 40, end: LENGTH }))).toBe(true);
    expectSame(defragmenter, V4, 34);
  });

  test('is refused in IPv6, and the datagram can still come', () => {
    const defragmenter = new Defragmenter('linux');
    take(defragmenter, fragment(V6, { at: 0, end: 45 }));
    expect(take(defragmenter, fragment(V6, { at: 40, end: LENGTH }))).toBe(false);
    expect(take(defragmenter, fragment(V6, { at: 0, end: 40 }))).toBe(true);
    expectSame(defragmenter, V6, 54);
  });
});

describe('in IPv6', () => {
  test('what later fragments say follows them makes no difference (RFC 8200 §4.5)', () => {
    const defragmenter = new Defragmenter('linux');
    take(defragmenter, fragment(V6, { at: 0, end: 40 }));
    const later = edit(fragment(V6, { at: 40, end: LENGTH }), 54, 17);
    expect(take(defragmenter, later)).toBe(true);
    expectSame(defragmenter, V6, 54);
  });

  test.each([
    { name: 'hop-by-hop', types: [0] },
    { name: 'two', types: [0, 60] },
    { name: 'authentication', types: [51, 60] },
  ])('headers before the fragment header stay: $name', ({ types }) => {
    const want = withExtensionHeaders(V6, types);
    const defragmenter = new Defragmenter('linux');
    const wholes = fragments(V6, [40]).map((part) =>
      take(defragmenter, withExtensionHeaders(part, types)),
    );
    expect(wholes).toEqual([false, true]);
    expectSame(defragmenter, want, 54 + 8 * types.length);
  });
});

test('a UDP datagram comes out as it was', () => {
  const frame = udpFrame({ ...SEGMENT, payload: new Uint8Array(300).fill(7) });
  const defragmenter = new Defragmenter('linux');
  const wholes = fragments(frame, [104, 208]).map((part) => take(defragmenter, part));
  expect(wholes).toEqual([false, false, true]);
  const view = new PacketView().decode(defragmenter.bytes, 0, defragmenter.end);
  expect(view).toMatchObject({ isUdp: true, payloadLength: 300 });
});

/** As the engine does: from a ring in which the packet's bytes are gone afterwards. */
function take(defragmenter: Defragmenter, part: Uint8Array, now = 0): boolean {
  const { bytes, at, end } = placed(part);
  const packet = new PacketView({ tcpHeader: 'strict', extensionHeaders: 'walk' });
  packet.decode(bytes, at, end);
  expect(packet).toMatchObject({ isFragment: true });
  const isWhole = defragmenter.take(packet, now);
  bytes.fill(0xee);
  return isWhole;
}

/** But for the identification, the flags and the checksum of an IPv4 header, the packet that was cut. */
function expectSame(defragmenter: Defragmenter, frame: Uint8Array, headers: number): void {
  const { bytes, end } = defragmenter;
  const packet = new PacketView().decode(bytes, 0, end);
  const want = new PacketView().decode(frame, 0, frame.length);
  expect(packet).toMatchObject({ malformed: undefined, isFragment: false, isTcp: true });
  expect(bytes.slice(headers, end)).toEqual(frame.slice(headers));
  for (const field of [
    'srcPort',
    'dstPort',
    'seq',
    'ack',
    'flags',
    'ttl',
    'payloadLength',
  ] as const) {
    expect(packet[field]).toBe(want[field]);
  }
  expect(bytes.slice(0, packet.ipAt)).toEqual(frame.slice(0, want.ipAt));
  expect(packet.ipEnd).toBe(end);
}
