import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildDatagram,
  buildSegment,
  splitPayload,
  type TcpFields,
  type Way,
} from '../../src/wire/build.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { FIN, PSH } from '../../src/wire/tcp.ts';
import { type Datagram, envelopeOf, hasRightUdpChecksums, udpFrame } from '../support/datagrams.ts';
import {
  addressBytes,
  ascii,
  concat,
  hasRightChecksums,
  hex,
  macOf,
  placed,
  type Segment,
  tcpFrame,
} from '../support/packets.ts';
import { TUNNELS } from '../support/tunnels.ts';

const FIELDS: TcpFields = {
  seq: 0x89ab_cdef,
  ack: 0x0123_4567,
  flags: 0x14,
  window: 0xfedc,
  ttl: 57,
  ipId: 0xbeef,
};
const PORTS = { srcPort: 40_000, dstPort: 443, seq: 1, ack: 2, flags: 'PA' };
const IPV4 = { ...PORTS, src: '10.0.0.1', dst: '198.18.0.80', payload: ascii('odd') };
const UDP_V4: Datagram = {
  src: '10.0.0.1',
  dst: '198.18.0.53',
  srcPort: 40_001,
  dstPort: 53,
  payload: ascii('query'),
};
const UDP_V6: Datagram = { ...UDP_V4, src: '2001:db8::1', dst: '2001:db8:1::53' };
/** As `udpFrame` sends. */
const LIKE_UDP_FRAME = { ttl: 64, ipId: 1, dontFragment: true };
const IPV6 = { ...PORTS, src: '2001:db8::1', dst: '2001:db8:1::80', payload: ascii('odd') };

describe.each([
  { name: 'IPv4', seen: IPV4, ipLength: 20 },
  { name: 'IPv4 with options', seen: { ...IPV4, ipOptions: hex`01 01 01 00` }, ipLength: 20 },
  { name: 'IPv6', seen: IPV6, ipLength: 40 },
  { name: 'TCP with options', seen: { ...IPV6, tcpOptions: hex`02 04 05 b4` }, ipLength: 40 },
])('a segment built from one of $name', ({ seen, ipLength }) => {
  test.each([
    { way: 'along' as const, src: seen.src, dst: seen.dst, srcPort: 40_000, dstPort: 443 },
    { way: 'back' as const, src: seen.dst, dst: seen.src, srcPort: 443, dstPort: 40_000 },
  ])('goes $way and holds the fields, nothing more', ({ way, src, dst, srcPort, dstPort }) => {
    const frame = build(seen, way, FIELDS);
    const built = new PacketView().decode(frame, 0, frame.length);
    const addresses = Uint8Array.from([...addressBytes(src), ...addressBytes(dst)]);
    expect(frame.slice(0, 12)).toEqual(Uint8Array.from([...macs(dst), ...macs(src)]));
    expect(frame.slice(built.srcAt, built.srcAt + addresses.length)).toEqual(addresses);
    expect([built.srcPort, built.dstPort]).toEqual([srcPort, dstPort]);
    expect([built.seq >>> 0, built.ack >>> 0, built.flags]).toEqual([
      0x89ab_cdef, 0x0123_4567, 0x14,
    ]);
    expect([built.malformed, built.payloadLength]).toEqual([undefined, 0]);
    expect(frame).toHaveLength(14 + ipLength + 20);
  });

  test('has the window, TTL and identification asked for', () => {
    const frame = build(seen, 'back', FIELDS);
    const tcpAt = 14 + ipLength;
    expect(frame.slice(tcpAt + 14, tcpAt + 16)).toEqual(hex`fe dc`);
    expect(frame[ipLength === 20 ? 22 : 21]).toBe(57);
    if (ipLength === 20) expect(frame.slice(18, 20)).toEqual(hex`be ef`);
  });
});

test('a built segment has right checksums, whatever its fields', () => {
  const u32 = fc.nat(2 ** 32 - 1);
  const u16 = fc.nat(0xffff);
  const byte = fc.nat(0xff);
  const anyFields = fc.record({
    seq: u32,
    ack: u32,
    flags: byte,
    window: u16,
    ttl: byte,
    ipId: u16,
    dontFragment: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 300 }),
  });
  const anySeen = fc.constantFrom<Segment>(IPV4, IPV6);
  const anyWay = fc.constantFrom('along' as const, 'back' as const);
  fc.assert(
    fc.property(anySeen, u16, u16, anyWay, anyFields, (seen, srcPort, dstPort, way, fields) => {
      expect(hasRightChecksums(build({ ...seen, srcPort, dstPort }, way, fields))).toBe(true);
    }),
  );
});

test('a signed sequence number is built like the unsigned one', () => {
  const signed = { ...FIELDS, seq: FIELDS.seq | 0 };
  expect(build(IPV4, 'along', signed)).toEqual(build(IPV4, 'along', FIELDS));
});

test('options lie between the header and the payload, and count for the data offset', () => {
  const options = hex`01 01 08 0a 00 00 00 01 00 00 00 02`;
  const segment = build(IPV4, 'along', { ...FIELDS, options, payload: ascii('x') });
  const built = new PacketView().decode(segment, 0, segment.length);
  expect(segment.slice(built.transportAt + 20, built.tcpOptionsEnd)).toEqual(options);
  expect([built.malformed, built.payloadLength]).toEqual([undefined, 1]);
  expect(hasRightChecksums(segment)).toBe(true);
});

test('a payload goes as it is', () => {
  const payload = ascii('HTTP/1.1 403 Forbidden\r\n\r\n');
  const frame = build(IPV6, 'back', { ...FIELDS, payload });
  const built = new PacketView().decode(frame, 0, frame.length);
  expect(frame.slice(built.payloadAt, built.ipEnd)).toEqual(payload);
  expect(built.ipEnd).toBe(frame.length);
});

test.each([
  { dontFragment: true, want: hex`40 00` },
  { dontFragment: false, want: hex`00 00` },
])('DF is as asked for: $dontFragment', ({ dontFragment, want }) => {
  const frame = build(IPV4, 'along', { ...FIELDS, dontFragment });
  expect(frame.slice(20, 22)).toEqual(want);
  expect(hasRightChecksums(frame)).toBe(true);
});

describe('VLAN tags stay', () => {
  const tags = hex`81 00 a0 64  81 00 00 07`;
  const tagged = (frame: Uint8Array) => concat(frame.slice(0, 12), tags, frame.slice(12));
  const untagged = (frame: Uint8Array) => concat(frame.slice(0, 12), frame.slice(20));

  test.each([
    { name: 'a segment', seen: tcpFrame(IPV4), way: 'along' as const },
    { name: 'a segment', seen: tcpFrame(IPV6), way: 'back' as const },
  ])('on $name that goes $way', ({ seen, way }) => {
    const { bytes, at } = placed(tagged(seen));
    const frame = buildSegment(envelopeOf(bytes, at, tags.length), way, FIELDS);
    expect(frame.slice(12, 20)).toEqual(tags);
    expect(untagged(frame)).toEqual(buildSegment(envelopeOf(seen, 0), way, FIELDS));
  });

  test('on a datagram', () => {
    const seen = udpFrame(UDP_V4);
    const { bytes, at } = placed(tagged(seen));
    const payload = ascii('answer');
    const frame = buildDatagram(envelopeOf(bytes, at, tags.length), 'back', payload, FIELDS);
    expect(frame.slice(12, 20)).toEqual(tags);
    expect(untagged(frame)).toEqual(buildDatagram(envelopeOf(seen, 0), 'back', payload, FIELDS));
  });
});

describe('a datagram', () => {
  test.each([
    { name: 'IPv4', seen: UDP_V4 },
    { name: 'IPv6', seen: UDP_V6 },
  ])('that answers one over $name is the one that the other end would send', ({ seen }) => {
    const { src, dst, srcPort, dstPort } = seen;
    const payload = ascii('an answer');
    const frame = buildDatagram(envelopeOf(udpFrame(seen), 0), 'back', payload, LIKE_UDP_FRAME);
    const turned = { src: dst, dst: src, srcPort: dstPort, dstPort: srcPort, payload };
    expect(frame).toEqual(udpFrame(turned));
  });

  test('that goes along has the addresses and ports of the one that was seen', () => {
    const payload = ascii('other');
    const frame = buildDatagram(envelopeOf(udpFrame(UDP_V6), 0), 'along', payload, LIKE_UDP_FRAME);
    expect(frame).toEqual(udpFrame({ ...UDP_V6, payload }));
  });

  test('has the TTL, identification and DF asked for', () => {
    const seen = envelopeOf(udpFrame(UDP_V4), 0);
    const frame = buildDatagram(seen, 'back', hex``, { ttl: 57, ipId: 0xbeef });
    expect(frame.slice(18, 23)).toEqual(hex`be ef 00 00 39`);
  });

  test.each([
    { name: 'IPv4', seen: UDP_V4 },
    { name: 'IPv6', seen: UDP_V6 },
  ])('over $name whose checksum is zero says ffff', ({ seen }) => {
    const envelope = envelopeOf(udpFrame(seen), 0);
    const udpAt = seen === UDP_V4 ? 34 : 54;
    const first = buildDatagram(envelope, 'back', hex`00 00`, LIKE_UDP_FRAME);
    // What was the checksum becomes payload; then the sum of all words is ffff, and its complement zero.
    const payload = first.slice(udpAt + 6, udpAt + 8);
    const frame = buildDatagram(envelope, 'back', payload, LIKE_UDP_FRAME);
    expect(frame.slice(udpAt + 6, udpAt + 8)).toEqual(hex`ff ff`);
    expect(hasRightUdpChecksums(frame)).toBe(true);
  });

  test('has right checksums, whatever its payload', () => {
    const anySeen = fc.constantFrom<Datagram>(UDP_V4, UDP_V6);
    const anyWay = fc.constantFrom<Way>('along', 'back');
    const fields = fc.record({
      ttl: fc.nat(0xff),
      ipId: fc.nat(0xffff),
      dontFragment: fc.boolean(),
    });
    const anyPayload = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(anySeen, anyWay, anyPayload, fields, (seen, way, payload, ip) => {
        const { bytes, at } = placed(udpFrame(seen));
        const frame = buildDatagram(envelopeOf(bytes, at), way, payload, ip);
        expect(hasRightUdpChecksums(frame)).toBe(true);
        expect(frame.slice(frame.length - payload.length)).toEqual(payload);
      }),
    );
  });
});

describe('a payload is split', () => {
  const flags = 0x10 | PSH | FIN;
  const SEEN = envelopeOf(tcpFrame(IPV4), 0);
  test.each([
    { length: 0, lengths: [0] },
    { length: 1400, lengths: [1400] },
    { length: 1401, lengths: [1400, 1] },
    { length: 2800, lengths: [1400, 1400] },
    { length: 3000, lengths: [1400, 1400, 200] },
  ])('of $length bytes into $lengths', ({ length, lengths }) => {
    const payload = Uint8Array.from({ length }, (_, i) => i % 251);
    const parts = splitPayload(SEEN, { ...FIELDS, flags, seq: 0xffff_ff00, payload });
    expect(parts.map((part) => part.payload?.length)).toEqual(lengths);
    expect(concat(...parts.map((part) => part.payload ?? hex``))).toEqual(payload);
    expect(parts.map((part) => part.seq >>> 0)).toEqual(
      lengths.map((_, i) => (0xffff_ff00 + 1400 * i) % 2 ** 32),
    );
  });

  test('and only the last part pushes and ends the stream', () => {
    const parts = splitPayload(SEEN, { ...FIELDS, flags, payload: new Uint8Array(3000) });
    expect(parts.map((part) => part.flags)).toEqual([0x10, 0x10, flags]);
  });

  test.each(TUNNELS)('so that each frame fits an MTU of 1500, in $name', ({ wrap }) => {
    const seen = viewOf(wrap(tcpFrame(IPV4)));
    const parts = splitPayload(seen, { ...FIELDS, flags, payload: new Uint8Array(3000) });
    const lengths = parts.map((part) => buildSegment(seen, 'back', part).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1514);
  });

  test.each([
    { headers: 1000, lengths: [514, 486] },
    { headers: 1450, lengths: [...Array(15).fill(64), 40] },
    { headers: 1500, lengths: [...Array(15).fill(64), 40] },
  ])('behind headers of $headers bytes into 64 bytes at least', ({ headers, lengths }) => {
    const seen = { ...SEEN, ipAt: SEEN.frameAt + headers - 40 };
    const parts = splitPayload(seen, { ...FIELDS, flags, payload: new Uint8Array(1000) });
    expect(parts.map((part) => part.payload?.length)).toEqual(lengths);
  });

  test('and no payload is one segment', () => {
    expect(splitPayload(SEEN, { ...FIELDS, flags })).toMatchObject([{ flags, payload: hex`` }]);
  });
});

/** As a box sees it that opens tunnels. */
function viewOf(frame: Uint8Array): PacketView {
  const reading = { tcpHeader: 'strict', extensionHeaders: 'walk', tunnels: 'open' } as const;
  return new PacketView(reading).decode(frame, 0, frame.length);
}

function build(seen: Segment, way: Way, fields: TcpFields): Uint8Array {
  const { bytes, at, end } = placed(tcpFrame(seen));
  return buildSegment(new PacketView().decode(bytes, at, end), way, fields);
}

function macs(address: string): Uint8Array {
  return macOf(addressBytes(address));
}
