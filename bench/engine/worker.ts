import { readFileSync } from 'node:fs';
import { type Capture, captureOf } from './capture.ts';
import { CASES, type Take } from './cases.ts';

/*
 * One case in a process of its own, so that no other has shaped what V8 compiles: plays the capture over and over, and
 * prints what a packet cost.
 */

export interface Timing {
  readonly nsPerPacket: number;
  /** Of a whole round through the capture, in bytes of the heap. */
  readonly heapPerPacket: number;
  readonly refused: number;
}

const [caseName, captureFile = '', listFile = '', seconds = '2'] = process.argv.slice(2);
const found = CASES.find(({ name }) => name === caseName);
if (found === undefined || gc === undefined) throw new Error('run by bench/engine.ts');
const capture = captureOf(readFileSync(captureFile));
const names =
  found.names === 0 ? new Uint8Array(0) : firstLines(readFileSync(listFile), found.names);
const take = found.open(names);
let clock = 0;
for (let warmUp = 0; warmUp < 3; warmUp++) play(take, capture);
gc();
const heapBefore = process.memoryUsage().heapUsed;
const refused = play(take, capture);
const heapAfter = process.memoryUsage().heapUsed;
const packets = capture.places.length / 2;
const times: number[] = [];
for (const until = performance.now() + 1000 * Number(seconds); performance.now() < until; ) {
  const startedAt = performance.now();
  play(take, capture);
  times.push(performance.now() - startedAt);
}
times.sort((a, b) => a - b);
const timing: Timing = {
  nsPerPacket: (1e6 * (times[times.length >>> 1] as number)) / packets,
  heapPerPacket: (heapAfter - heapBefore) / packets,
  refused,
};
console.log(JSON.stringify(timing));

/** One time for 32 packets, as a data plane has one for a batch; how many packets were not let through. */
function play(take: Take, { bytes, places }: Capture): number {
  let refused = 0;
  for (let i = 0; i < places.length; i += 2) {
    if ((i & 63) === 0) clock += 0.32;
    if (!take(bytes, places[i] as number, places[i + 1] as number, clock)) refused++;
  }
  return refused;
}

function firstLines(bytes: Uint8Array, count: number): Uint8Array {
  let at = 0;
  for (let line = 0; line < count && at >= 0; line++) at = bytes.indexOf(0x0a, at) + 1;
  return bytes.subarray(0, at);
}
