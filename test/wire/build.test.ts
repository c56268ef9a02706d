import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildSegment, type TcpFields } from '../../src/wire/build.ts';
import { PacketView } from '../../src/wire/packet.ts';
import {
  addressBytes,
  ascii,
  hasRightChecksums,
  hex,
  macOf,
  placed,
  type Segment,
  tcpFrame,
} from '../support/packets.ts';

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

function build(seen: Segment, way: 'along' | 'back', fields: TcpFields): Uint8Array {
  const { bytes, at, end } = placed(tcpFrame(seen));
  return buildSegment(new PacketView().decode(bytes, at, end), way, fields);
}

function macs(address: string): Uint8Array {
  return macOf(addressBytes(address));
}
