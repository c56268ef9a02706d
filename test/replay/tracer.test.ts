import { expect, test } from 'vitest';
import { Tracer } from '../../src/replay/tracer.ts';
import { censor, nameRule, RESET } from '../support/censors.ts';
import { httpRequest, tcpFrame } from '../support/packets.ts';
import { Session } from '../support/session.ts';

/** As many flows as are kept apart. */
const MOST = 65_536;

test('of more flows than are kept apart, those that began first are forgotten first', () => {
  const tracer = new Tracer();
  for (let i = 0; i < MOST; i++) flowOf(tracer, i);
  expect([flowOf(tracer, 0), flowOf(tracer, 1)]).toEqual([1, 2]);
  for (let i = 0; i < 10; i++) flowOf(tracer, MOST + i); // 0 to 9 go
  expect(flowOf(tracer, 10)).toBe(11);
  expect(flowOf(tracer, 9)).toBe(MOST + 11); // and now 10 goes
  expect(flowOf(tracer, 10)).toBe(MOST + 12);
  expect(flowOf(tracer, MOST)).toBe(MOST + 1);
});

test('what is injected has the time at which it goes: after a delay, and behind what is held back', () => {
  const session = new Session(
    censor([
      nameRule('http.host', 'slow.test', { do: 'delay', way: 'to-server', by: 200 }),
      nameRule('http.host', 'blocked.test', { ...RESET, delay: 50 }),
    ]),
  ).handshake();
  session.send('client', httpRequest({ host: 'slow.test' }), { now: 10 });
  const verdict = session.send('client', httpRequest({ host: 'blocked.test' }), { now: 20 });
  const tracer = new Tracer();
  const ends = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
  const bytes = tcpFrame({ ...ends, seq: 1, ack: 0, flags: 'S' });
  const judged = { index: 0, bytes, at: 0, end: bytes.length, ignored: undefined, read: [] };
  tracer.trace({ ...judged, time: 0, verdict: { kind: 'accept' } }, () => undefined);
  const times: Record<string, number> = {};
  tracer.trace({ ...judged, time: 20, verdict }, (event) => {
    if (event.event === 'injection') times[event.to] = event.time_s;
  });
  // The one to the server waits with the request in whose place it is.
  expect(times).toEqual({ client: expect.closeTo(0.07), server: expect.closeTo(0.22) });
});

/** The number of the flow of client `i`, after a packet of it. */
function flowOf(tracer: Tracer, i: number): number | null {
  FRAME[27] = i >> 16;
  FRAME[28] = i >> 8;
  FRAME[29] = i;
  const judged = { index: i, time: 0, bytes: FRAME, at: 0, end: FRAME.length, read: [] };
  let number: number | null = null;
  tracer.trace({ ...judged, ignored: undefined, verdict: { kind: 'accept' } }, (event) => {
    if (event.event === 'packet') number = event.flow;
  });
  return number;
}

const FRAME = tcpFrame({
  src: '10.0.0.0',
  dst: '198.18.0.80',
  srcPort: 1,
  dstPort: 80,
  seq: 1,
  ack: 0,
  flags: 'S',
});
