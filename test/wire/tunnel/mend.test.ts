import { describe, expect, test } from 'vitest';
import { PacketView } from '../../../src/wire/packet.ts';
import { Wrapping } from '../../../src/wire/tunnel/layers.ts';
import { mendWrapping, turnWrapping } from '../../../src/wire/tunnel/mend.ts';
import { Conversation } from '../../support/conversation.ts';
import { hasRightUdpChecksums, udpFrame } from '../../support/datagrams.ts';
import { concat, hex, internetChecksum } from '../../support/packets.ts';
import { ethernet, ipOf, ipv4, TUNNELS, TUNNELS_OF_IPV6 } from '../../support/tunnels.ts';

const ENDS_6 = { client: '2001:0:102:304::1', server: '2001:db8::80' };
const ALL = [
  ...TUNNELS.map((tunnel) => ({ ...tunnel, version: 4, ends: {} })),
  ...TUNNELS_OF_IPV6.map((tunnel) => ({ ...tunnel, version: 6, ends: ENDS_6 })),
];
const VXLAN = hex`08 00 00 00 00 00 2a 00`;
const BY = 5;
const OPEN = { tcpHeader: 'strict', extensionHeaders: 'walk', tunnels: 'open' } as const;

describe.each(ALL)('the headers around IPv$version in $name', ({ name, wrap, ends }) => {
  const short = frameWith('GET /', ends);
  const long = frameWith('GET /a/longer/path/of/an/odd/length', ends);

  test('say the length of another packet, as if that had been wrapped', () => {
    for (const [from, to] of [
      [short, long],
      [long, short],
    ] as const) {
      const want = wrap(to);
      const { ipAt } = read(want);
      const mended = mendedTo(wrap(from), ipOf(to));
      const isSummed = name.startsWith('GRE with checksum');
      if (isSummed) want.set(mended.slice(38, 40), 38); // the tunnel was made without a right one
      expect(mended.slice(0, ipAt)).toEqual(want.slice(0, ipAt));
      expect(read(mended)).toMatchObject({ isTcp: true, malformed: undefined });
      if (isSummed) expect(internetChecksum(mended.slice(34))).toBe(0);
    }
  });

  test('are those of the way back once they are turned, and turned again as they were', () => {
    const wrapped = wrap(short);
    const { wrapping, ipAt } = read(wrapped);
    const turned = concat(new Uint8Array(BY), wrapped);
    turnWrapping(turned, wrapping, BY);
    const outer = wrapped[12] === 0x08 ? [26, 30, 4] : [22, 38, 16];
    const [src, dst, length] = outer as [number, number, number];
    if (isIp(wrapped)) {
      const before = wrapped.slice(src, dst + length);
      const after = turned.slice(BY + src, BY + dst + length);
      expect(after).toEqual(concat(before.slice(length), before.slice(0, length)));
    } else
      expect(turned.slice(0, BY + 14)).toEqual(concat(new Uint8Array(BY), wrapped.slice(0, 14)));
    expect(turned.slice(BY + ipAt)).toEqual(wrapped.slice(ipAt));
    turnWrapping(turned, wrapping, BY);
    expect(turned.slice(BY)).toEqual(wrapped);
  });
});

test('the addresses of an Ethernet frame in a tunnel change places once it is turned', () => {
  const inner = frameWith('GET /', {});
  inner.set(hex`02 00 00 00 00 01 02 00 00 00 00 02`);
  const ends = { src: '192.0.2.1', dst: '192.0.2.2', srcPort: 50_000, dstPort: 4789 };
  const frame = udpFrame({ ...ends, payload: concat(VXLAN, inner) });
  turnWrapping(frame, read(frame).wrapping, 0);
  expect(frame.slice(50, 62)).toEqual(hex`02 00 00 00 00 02 02 00 00 00 00 01`);
});

describe('the ports of a tunnel that is turned', () => {
  const turnedPorts = (srcPort: number, dstPort: number, payload: Uint8Array): number[] => {
    const frame = udpFrame({ src: '192.0.2.1', dst: '192.0.2.2', srcPort, dstPort, payload });
    const { wrapping, tunnel } = read(frame);
    expect(tunnel).toBeDefined();
    turnWrapping(frame, wrapping, 0);
    return [34, 36].map((at) => ((frame[at] as number) << 8) | (frame[at + 1] as number));
  };
  const frame = frameWith('GET /', {});

  test('stay where the source port is a number that spreads flows', () => {
    expect(turnedPorts(50_000, 4789, concat(VXLAN, frame))).toEqual([50_000, 4789]);
    const geneve = concat(hex`00 00 65 58 00 00 2a 00`, frame);
    expect(turnedPorts(50_000, 6081, geneve)).toEqual([50_000, 6081]);
  });

  test('change places where both ends have their own', () => {
    const l2tp = concat(hex`00 02 00 07 00 08 ff 03 00 21`, ipOf(frame));
    expect(turnedPorts(1701, 50_000, l2tp)).toEqual([50_000, 1701]);
    expect(turnedPorts(50_000, 1701, l2tp)).toEqual([1701, 50_000]);
    expect(turnedPorts(1701, 1701, l2tp)).toEqual([1701, 1701]);
  });
});

describe('the checksum of a datagram around a packet', () => {
  test.each([
    { src: '192.0.2.1', dst: '192.0.2.2' },
    { src: '2001:db8::1', dst: '2001:db8::2' },
  ])('is right again from $src', (way) => {
    const [short, long] = [frameWith('x', {}), frameWith('some more than before', {})];
    const ports = { srcPort: 50_000, dstPort: 4789 };
    const wrapped = udpFrame({ ...way, ...ports, payload: concat(VXLAN, short) });
    const mended = mendedTo(wrapped, ipOf(long));
    expect(hasRightUdpChecksums(mended)).toBe(true);
    expect(mended).toEqual(udpFrame({ ...way, ...ports, payload: concat(VXLAN, long) }));
  });

  test('is never 0, which would say that there is none', () => {
    const way = { src: '192.0.2.1', dst: '192.0.2.2', srcPort: 50_000, dstPort: 4789 };
    const payload = concat(VXLAN, frameWith('of an even length.', {}), hex`00 00`);
    const frame = udpFrame({ ...way, payload });
    expect(payload.length % 2).toBe(0);
    frame.set(frame.slice(40, 42), frame.length - 2);
    const { wrapping } = read(frame);
    mendWrapping(frame, wrapping, 0);
    expect([...frame.slice(40, 42)]).toEqual([0xff, 0xff]);
  });

  test('stays away where there was none', () => {
    const { wrap } = TUNNELS.find(({ name }) => name === 'VXLAN') as (typeof TUNNELS)[number];
    const mended = mendedTo(wrap(frameWith('x', {})), ipOf(frameWith('more', {})));
    expect([...mended.slice(40, 42)]).toEqual([0, 0]);
  });
});

test('an IPv4 header with options around a packet has its checksum over all of it', () => {
  const plain = ipv4(4, ipOf(frameWith('x', {})));
  const header = concat(hex`47`, plain.slice(1, 20), hex`01 01 01 01 94 04 00 00`);
  header[3] = plain.length + 8;
  const frame = ethernet(0x0800, header, plain.slice(20));
  const { wrapping, isTcp } = read(concat(frame));
  expect(isTcp).toBe(true);
  mendWrapping(frame, wrapping, 0);
  expect(internetChecksum(frame.slice(14, 42))).toBe(0);
  expect((frame[16] as number) * 256 + (frame[17] as number)).toBe(frame.length - 14);
});

test('a wrapping holds so many headers, and no more', () => {
  const wrapping = new Wrapping();
  const added = Array.from({ length: 25 }, (_, i) => wrapping.add('udp', 100 + i));
  expect(added.lastIndexOf(true)).toBe(23);
  expect([wrapping.count, wrapping.kind(23), wrapping.at(23)]).toEqual([24, 'udp', 123]);
  const copy = wrapping.copy(100);
  expect([copy.count, copy.kind(0), copy.at(0), copy.at(23)]).toEqual([24, 'udp', 0, 23]);
  wrapping.cutTo(2);
  expect(wrapping.count).toBe(2);
  wrapping.clear();
  expect([wrapping.count, copy.count]).toEqual([0, 24]);
});

/** The frame with another packet in its headers, which are mended. */
function mendedTo(wrapped: Uint8Array, ip: Uint8Array): Uint8Array {
  const { wrapping, ipAt } = read(wrapped);
  const frame = concat(new Uint8Array(BY), wrapped.slice(0, ipAt), ip);
  mendWrapping(frame, wrapping, BY);
  return frame.slice(BY);
}

function frameWith(payload: string, ends: { client?: string; server?: string }): Uint8Array {
  return new Conversation(ends).handshake().client(payload).frames.at(-1) as Uint8Array;
}

function isIp(frame: Uint8Array): boolean {
  return (frame[12] === 0x08 && frame[13] === 0) || frame[12] === 0x86;
}

function read(frame: Uint8Array): PacketView {
  return new PacketView(OPEN).decode(frame, 0, frame.length);
}
