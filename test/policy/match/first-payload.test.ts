import { expect, test } from 'vitest';
import { fullyEncrypted } from '../../../src/policy/match/first-payload.ts';
import { Observation } from '../../../src/policy/observation.ts';
import { censor, RESET } from '../../support/censors.ts';
import { udpFrame } from '../../support/datagrams.ts';
import { ascii, hex, tcpFrame } from '../../support/packets.ts';
import { Session } from '../../support/session.ts';

const ENDS = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 443 };
/** Half of its bits are set, and few of its bytes print. */
const RANDOM = hex`
  da dd 03 49 13 c5 2d a7 5f d9 f0 5d c7 68 03 91 71 34 80 8e fe d9 7e f8 88 4f 21 51
  b7 12 f6 0f ed 63 4f 60 9f 13 20 33 a1 5b 77 ed 3c ca a2 d2 0f 5b`;

test.each([
  { name: 'random bytes over TCP are', frame: segment(RANDOM), want: true },
  { name: 'a request is not', frame: segment(ascii('GET / HTTP/1.1\r\n')), want: false },
  { name: 'nor random bytes over UDP', frame: udpFrame({ ...ENDS, payload: RANDOM }), want: false },
])('taken for fully encrypted: $name', ({ frame, want }) => {
  const seen = new Observation();
  const { payloadAt, payloadEnd } = seen.packet.decode(frame, 0, frame.length);
  seen.of('first-payload', frame, payloadAt, payloadEnd);
  expect(fullyEncrypted().matches(seen)).toBe(want);
});

test.each([
  { from: 'client', want: 'inject' },
  { from: 'server', want: 'accept' },
] as const)('the first payload of a $from: $want', ({ from, want }) => {
  const rule = { name: 'random', trigger: fullyEncrypted(), action: RESET };
  const session = new Session(censor([rule])).handshake();
  expect(session.send(from, RANDOM).kind).toBe(want);
});

function segment(payload: Uint8Array): Uint8Array {
  return tcpFrame({ ...ENDS, seq: 1, ack: 1, flags: 'PA', payload });
}
