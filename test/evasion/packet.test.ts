import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPacket, copyPacket, parsePacket } from '../../src/evasion/packet.ts';
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
