import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/policy/act/action.ts';
import { type PacketPattern, packet } from '../../../src/policy/match/packet.ts';
import { censor } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { hex } from '../../support/packets.ts';
import { Session } from '../../support/session.ts';
import { fateOf } from '../../support/verdicts.ts';

const DROP: Action = { do: 'drop' };
const PAYLOAD = hex`c3 00 00 00 01 08 aa bb cc dd`;

describe.each<{ name: string; pattern: PacketPattern; tcp: boolean; udp: boolean }>([
  { name: 'nothing', pattern: {}, tcp: true, udp: true },
  { name: 'TCP', pattern: { transport: 'tcp' }, tcp: true, udp: false },
  { name: 'UDP', pattern: { transport: 'udp' }, tcp: false, udp: true },
  ...[
    { name: 'at least its length', pattern: { minLength: 10 }, want: true },
    { name: 'at least a byte more', pattern: { minLength: 11 }, want: false },
    { name: 'at most its length', pattern: { maxLength: 10 }, want: true },
    { name: 'at most a byte less', pattern: { maxLength: 9 }, want: false },
    { name: 'its first byte', pattern: bytes([0, hex`c3`]), want: true },
    { name: 'another first byte', pattern: bytes([0, hex`c2`]), want: false },
    { name: 'bytes further on', pattern: bytes([1, hex`00 00 00 01`]), want: true },
    {
      name: 'bytes of which the last is another',
      pattern: bytes([1, hex`00 00 00 02`]),
      want: false,
    },
    { name: 'its last bytes', pattern: bytes([8, hex`cc dd`]), want: true },
    { name: 'bytes that go beyond it', pattern: bytes([9, hex`dd 00`]), want: false },
    { name: 'bits of a byte', pattern: bytes([0, hex`80`, hex`80`]), want: true },
    { name: 'bits that are not set', pattern: bytes([0, hex`00`, hex`80`]), want: false },
    {
      name: 'bits of the second byte alone',
      pattern: bytes([5, hex`00 aa`, hex`00 ff`]),
      want: true,
    },
    { name: 'two places', pattern: bytes([0, hex`c3`], [5, hex`08`]), want: true },
    {
      name: 'two places, of which one is another',
      pattern: bytes([0, hex`c3`], [5, hex`09`]),
      want: false,
    },
  ].map(({ name, pattern, want }) => ({ name, pattern, tcp: want, udp: want })),
])('a rule about a packet that has $name', ({ pattern, tcp, udp }) => {
  const rule = { name: 'packet', trigger: packet(pattern), action: DROP };

  test(`is set off by a segment: ${tcp}`, () => {
    const session = new Session(censor([rule])).handshake();
    expect(fateOf(session.send('client', PAYLOAD))).toBe(tcp ? 'drop' : 'accept');
  });

  test(`is set off by a datagram: ${udp}`, () => {
    const session = new DatagramSession(censor([rule]), { dstPort: 443 });
    expect(fateOf(session.send('client', PAYLOAD))).toBe(udp ? 'drop' : 'accept');
  });
});

test('a packet without payload sets off no rule about packets, and a decision says what it was', () => {
  const rule = { name: 'packet', trigger: packet({}), action: DROP };
  const engine = censor([rule]);
  const session = new Session(engine).handshake();
  expect(engine.counters.decisions).toBe(0);
  expect(session.send('client', PAYLOAD)).toMatchObject({
    decision: { why: 'packet=tcp, 10 bytes' },
  });
  const datagrams = new DatagramSession(censor([rule]), { dstPort: 443 });
  const verdict = datagrams.send('client', PAYLOAD);
  expect(verdict).toMatchObject({ decision: { why: 'packet=udp, 10 bytes' } });
});

function bytes(
  ...places: readonly (readonly [at: number, value: Uint8Array, mask?: Uint8Array])[]
): PacketPattern {
  return { bytes: places.map(([at, value, mask]) => ({ at, value, mask })) };
}
