import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  buildPacket,
  copyPacket,
  type Packet,
  parseAsSent,
  parsePacket,
  type TcpHeader,
} from '../../src/evasion/packet.ts';
import { udpFrame } from '../support/datagrams.ts';
import { timestamps } from '../support/linux-end.ts';
import { edit, hasRightChecksums, tcpFrame } from '../support/packets.ts';

const ENDS = { srcPort: 40_000, dstPort: 443 };
const V4 = { src: '10.0.0.1', dst: '198.18.0.80', ...ENDS };
const V6 = { src: '2001:db8::1', dst: '2001:db8::80', ...ENDS };

test('whatever TCP segment, built from its fields it is the same, byte for byte', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(V4, V6),
      fc.nat({ max: 0xffff_ffff }),
      fc.nat({ max: 0xffff_ffff }),
      fc.constantFrom('S', 'SA', 'A', 'PA', 'FPA', 'R', 'PAU'),
      fc.constantFrom(timestamps(1, 2), Uint8Array.of(2, 4, 5, 180), Uint8Array.of(1, 1, 1, 0)),
      fc.uint8Array({ maxLength: 64 }),
      fc.integer({ min: 1, max: 255 }),
      (ends, seq, ack, flags, tcpOptions, payload, ttl) => {
        const frame = tcpFrame({ ...ends, seq, ack, flags, tcpOptions, payload, ttl });
        const packet = parsePacket(frame);
        expect(packet && buildPacket(packet)).toEqual(frame);
      },
    ),
  );
});

test('whatever the bytes, they are a packet or none, and reading them never fails', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => {
      const packet = parsePacket(bytes);
      if (packet !== undefined) buildPacket(packet);
      const sent = parseAsSent(bytes);
      if (sent !== undefined) buildPacket(sent);
    }),
  );
});

test('datagrams and IP options are kept', () => {
  for (const frame of [
    udpFrame({ ...V4, payload: Uint8Array.of(1, 2, 3) }),
    udpFrame({ ...V6, payload: new Uint8Array(0) }),
    tcpFrame({ ...V4, seq: 1, ack: 2, flags: 'A', ipOptions: Uint8Array.of(1, 1, 1, 0) }),
  ]) {
    const packet = parsePacket(frame);
    expect(packet && buildPacket(packet)).toEqual(frame);
  }
});

test('what is no IP, or not what it claims, is nobody’s to change', () => {
  const frame = tcpFrame({ ...V4, seq: 1, ack: 2, flags: 'A' });
  expect(parsePacket(edit(frame, 12, 8, 6))).toBeUndefined();
  expect(parsePacket(frame.slice(0, 30))).toBeUndefined();
  expect(parsePacket(edit(frame, 46, 0))).toBeUndefined();
});

test('lies are kept where they are asked for, and only they', () => {
  for (const ends of [V4, V6]) {
    const frame = tcpFrame({ ...ends, seq: 1, ack: 2, flags: 'PA', payload: new Uint8Array(40) });
    const packet = parsePacket(frame) as Packet;
    const tcp = packet.tcp as TcpHeader;
    expect(parseAsSent(frame)).toEqual(packet);
    const wrong = buildPacket({ ...packet, tcp: { ...tcp, checksum: 0x1234 } });
    expect(parseAsSent(wrong)).toEqual({ ...packet, tcp: { ...tcp, checksum: 0x1234 } });
    expect(parsePacket(wrong)).toEqual(packet);
    const short = buildPacket({ ...packet, ip: { ...packet.ip, totalLength: 44 } });
    const told = ends === V4 ? 4 : 24;
    expect(parseAsSent(short)?.ip.totalLength).toBe(44);
    expect(parseAsSent(short)?.tcp?.checksum).toBeUndefined();
    expect(parseAsSent(short)?.payload).toEqual(new Uint8Array(told));
    expect(parsePacket(short)?.ip.totalLength).toBeUndefined();
  }
  const wrongIp = edit(tcpFrame({ ...V4, seq: 1, ack: 2, flags: 'A' }), 24, 1, 2);
  expect(parseAsSent(wrongIp)?.ip.checksum).toBe(0x0102);
});

test('what Ethernet pads a short frame with is no lie about its length', () => {
  const frame = tcpFrame({ ...V4, seq: 1, ack: 2, flags: 'A' });
  const padded = Uint8Array.from([...frame, ...new Uint8Array(60 - frame.length)]);
  expect(parseAsSent(padded)).toEqual(parseAsSent(frame));
  expect(parseAsSent(padded)?.ip.totalLength).toBeUndefined();
});

test('two hop-by-hop headers are read as they were sent, and are nobody’s to change', () => {
  const packet = parsePacket(tcpFrame({ ...V6, seq: 1, ack: 2, flags: 'A' })) as Packet;
  const header = (next: number): number[] => [next, 0, 1, 4, 0, 0, 0, 0];
  packet.ip.extensions = { type: 0, bytes: Uint8Array.from([...header(0), ...header(6)]) };
  expect(parsePacket(buildPacket(packet))).toBeUndefined();
  expect(parseAsSent(buildPacket(packet))).toEqual(packet);
});

test('a copy is changed without the other, and checksums follow what is changed', () => {
  const frame = tcpFrame({ ...V4, seq: 1, ack: 2, flags: 'PA', payload: Uint8Array.of(7) });
  const packet = parsePacket(frame);
  if (packet?.tcp === undefined) throw new Error('no TCP');
  const copy = copyPacket(packet);
  if (copy.tcp !== undefined) copy.tcp.seq = 77;
  copy.ip.ttl = 3;
  expect(buildPacket(packet)).toEqual(frame);
  expect(hasRightChecksums(buildPacket(copy))).toBe(true);
  copy.ip.checksum = 0x1234;
  expect(hasRightChecksums(buildPacket(copy))).toBe(false);
});
