import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checksum,
  ipChecksumHolds,
  pseudoHeaderSum,
  tcpChecksumHolds,
  udpChecksumHolds,
} from '../../src/wire/checksum.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { envelopeOf, udpFrame } from '../support/datagrams.ts';
import { growthPerCall } from '../support/growth.ts';
import {
  ascii,
  concat,
  edit,
  hex,
  internetChecksum,
  placed,
  tcpFrame,
} from '../support/packets.ts';

const IPV4_HEADER = hex`
  45 00 00 73 00 00 40 00 40 11 00 00   # checksum field still zero
  c0 a8 00 01 c0 a8 00 c7               # 192.168.0.1 > 192.168.0.199
`;

test.each([
  { name: 'the example of RFC 1071 §3', bytes: hex`00 01 f2 03 f4 f5 f6 f7`, want: 0x220d },
  { name: 'an IPv4 header', bytes: IPV4_HEADER, want: 0xb861 },
  { name: 'an odd count, padded with a zero', bytes: hex`00 01 f2`, want: 0x0dfe },
  { name: 'no bytes', bytes: hex``, want: 0xffff },
  { name: 'all ones', bytes: hex`ff ff ff ff`, want: 0 },
])('the checksum of $name is known', ({ bytes, want }) => {
  const { bytes: ring, at, end } = placed(bytes);
  expect(checksum(ring, at, end)).toBe(want);
});

test('the checksum is the complement of the sum modulo 2^16 - 1, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1600 }), (packet) => {
      const { bytes, at, end } = placed(packet);
      expect(checksum(bytes, at, end)).toBe(internetChecksum(packet));
    }),
  );
});

test('a partial sum counts like the bytes that it sums', () => {
  const addresses = hex`ff fe ff fd ff fc ff fb`;
  const tcp = hex`30 39 01 bb ff ff ff ff 00 00 00 00 50 02 ff ff 00 00 00 00`;
  const { bytes, at, end } = placed(addresses);
  const partial = pseudoHeaderSum(bytes, { at, end }, 6, tcp.length);
  const whole = concat(addresses, hex`00 06 00 14`, tcp);
  expect(checksum(tcp, 0, tcp.length, partial)).toBe(internetChecksum(whole));
});

const ENDS = { srcPort: 40_001, dstPort: 53, payload: ascii('an odd one') };
const V4 = { src: '10.0.0.1', dst: '198.18.0.53' };
const V6 = { src: '2001:db8::1', dst: '2001:db8:1::53' };
const TCP = { ...ENDS, seq: 1, ack: 2, flags: 'PA' };

describe.each([
  { name: 'IPv4', frame: tcpFrame({ ...TCP, ...V4 }), tcpAt: 34 },
  {
    name: 'IPv4 with options',
    frame: tcpFrame({ ...TCP, ...V4, ipOptions: hex`94 04 00 00` }),
    tcpAt: 38,
  },
  { name: 'IPv6', frame: tcpFrame({ ...TCP, ...V6 }), tcpAt: 54 },
])('of a TCP segment over $name', ({ name, frame, tcpAt }) => {
  test('the checksums hold', () => {
    expect(holds(frame, tcpAt)).toEqual({ ip: true, tcp: true });
  });

  test('the TCP checksum does not hold when any of its bits has changed', () => {
    for (let at = tcpAt; at < frame.length; at++) {
      const changed = edit(frame, at, (frame[at] as number) ^ (1 << (at % 8)));
      expect({ at, ...holds(changed, tcpAt) }).toEqual({ at, ip: true, tcp: false });
    }
  });

  test('no checksum holds when an address has changed, but IPv6 has only that of TCP', () => {
    const changed = edit(frame, name === 'IPv6' ? 30 : 28, 0x77);
    expect(holds(changed, tcpAt)).toEqual({ ip: name === 'IPv6', tcp: false });
  });
});

test('bytes that follow the IP packet do not count', () => {
  const frame = tcpFrame({ ...TCP, ...V4 });
  expect(holds(concat(frame, hex`12 34 56`), 34)).toEqual({ ip: true, tcp: true });
});

describe.each([
  { name: 'IPv4', frame: udpFrame({ ...ENDS, ...V4 }), udpAt: 34, zeroHolds: true },
  { name: 'IPv6', frame: udpFrame({ ...ENDS, ...V6 }), udpAt: 54, zeroHolds: false },
])('of a UDP datagram over $name', ({ frame, udpAt, zeroHolds }) => {
  const length = frame.length - udpAt;

  test.each([
    { name: 'the right one holds', changed: frame, want: true },
    {
      name: 'a wrong one does not',
      changed: edit(frame, udpAt + 8, 0xff),
      want: false,
    },
    { name: 'zero is none', changed: edit(frame, udpAt + 6, 0, 0), want: zeroHolds },
    {
      name: 'a length past the packet is wrong',
      changed: edit(frame, udpAt + 4, 0, length + 1),
      want: false,
    },
    {
      name: 'a length below the header is wrong',
      changed: edit(frame, udpAt + 4, 0, 7),
      want: false,
    },
  ])('$name', ({ changed, want }) => {
    expect(udpHolds(changed, udpAt, changed.length)).toBe(want);
  });

  test('a datagram shorter than the IP packet is summed to its own end', () => {
    const longer = concat(frame, hex`de ad be ef`);
    expect(udpHolds(longer, udpAt, longer.length)).toBe(true);
  });

  test('bytes behind the packet are not summed, though they would make it right', () => {
    expect(udpHolds(frame, udpAt, frame.length - 1)).toBe(false);
  });

  test('seven bytes are none', () => {
    expect(udpHolds(frame, udpAt, udpAt + 7)).toBe(false);
  });
});

test.each([{ length: 65_535 }, { length: 130_000 }])(
  'the checksum of $length ones does not overflow',
  ({ length }) => {
    const packet = new Uint8Array(length).fill(0xff);
    const partial = 20 * 0xffff;
    expect(checksum(packet, 0, packet.length, partial)).toBe(internetChecksum(packet));
  },
);

test('the checksum of bytes that are a part of a buffer is that of these bytes', () => {
  const buffer = Uint8Array.from({ length: 512 }, (_, i) => (i * 37) & 0xff);
  const part = buffer.subarray(101, 501);
  expect(checksum(part, 3, 400)).toBe(internetChecksum(part.slice(3, 400)));
});

test('checking a checksum allocates nothing', () => {
  const payload = new Uint8Array(1460).fill(0x5a);
  const { bytes, at, end } = placed(tcpFrame({ ...TCP, ...V6, payload }));
  const packet = new PacketView().decode(bytes, at, end);
  const growth = growthPerCall(() =>
    ipChecksumHolds(packet) && tcpChecksumHolds(packet, packet.transportAt) ? 1 : 0,
  );
  expect(growth).toBeLessThan(8);
});

function holds(frame: Uint8Array, tcpAt: number): { ip: boolean; tcp: boolean } {
  const { bytes, at, end } = placed(frame);
  const packet = new PacketView().decode(bytes, at, end);
  return { ip: ipChecksumHolds(packet), tcp: tcpChecksumHolds(packet, at + tcpAt) };
}

function udpHolds(frame: Uint8Array, udpAt: number, ipEnd: number): boolean {
  const { bytes, at } = placed(frame);
  const packet = { ...envelopeOf(bytes, at), ipEnd: at + ipEnd };
  return udpChecksumHolds(packet, at + udpAt);
}
