import { expect, test } from 'vitest';
import { Tracer } from '../../src/replay/tracer.ts';
import { tcpFrame } from '../support/packets.ts';

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
