import { counted } from '../base/counted.ts';
import type { LabStatus } from '../testbed/lab-status.ts';

/** What a lab could not do as it should, a sentence each, with what to do about it; empty if all went well. */
export function labTrouble(status: LabStatus | undefined): string[] {
  if (status === undefined) return [];
  return [
    ...status.unwritten.map((line) => `${line}; make room, or name a folder elsewhere with --out`),
    ...countersTrouble(status.counters ?? {}),
  ];
}

/** Of what the middlebox counted. */
export function countersTrouble(counters: Readonly<Record<string, number>>): string[] {
  return Object.entries(TROUBLES).flatMap(([name, tell]) => {
    const count = counters[name] ?? 0;
    return count > 0 ? [tell(count)] : [];
  });
}

const TROUBLES: Readonly<Record<string, (count: number) => string>> = {
  missed: (count) =>
    `${frames(count)} came faster than the box could take them, and the kernel dropped them: send less at once, or run less beside the lab`,
  oversized: (count) =>
    `${frames(count)} too long for an MTU of 1500 did not get through: if you added or changed interfaces, give them this MTU and switch off their offloads (ethtool -K IF tso off gso off)`,
  overflowed: (count) =>
    `${frames(count)} did not fit on a link that was full, and were dropped: send less at once, or shorten the links' round trip times`,
  captureFailed: () =>
    'the capture ended before the packets did: make room, or name a folder elsewhere with --out',
  restarts: (count) =>
    `the box ended and was started again (${counted(count, 'time')}): it forgot the flows of before, see middlebox-died in events.jsonl`,
};

function frames(count: number): string {
  return counted(count, 'frame');
}
