import { expect, test } from 'vitest';
import { countersTrouble, labTrouble } from '../../src/report/lab-trouble.ts';

test('a lab that could do all tells nothing, whatever it counted', () => {
  expect(countersTrouble({ packets: 7, lost: 3, missed: 0, oversized: 0, overflowed: 0 })).toEqual(
    [],
  );
  expect(labTrouble(undefined)).toEqual([]);
  expect(labTrouble({ unwritten: [] })).toEqual([]);
});

test('frames missed, oversized and overflowed are told with their numbers and with what to do', () => {
  const told = countersTrouble({ missed: 12, oversized: 1, overflowed: 3 });
  expect(told).toEqual([
    expect.stringMatching(/^12 frames came faster .*: send less at once/),
    expect.stringMatching(
      /^1 frame too long for an MTU of 1500 .*: if you added .* interfaces, give them/,
    ),
    expect.stringMatching(/^3 frames did not fit on a link .*: send less at once/),
  ]);
});

test('files that could not be written are told, and a capture that ended early', () => {
  const told = labTrouble({
    unwritten: ['/out/events.jsonl cannot be written: ENOSPC'],
    counters: { captureFailed: 1, restarts: 2 },
  });
  expect(told).toEqual([
    '/out/events.jsonl cannot be written: ENOSPC; make room, or name a folder elsewhere with --out',
    expect.stringMatching(/^the capture ended before the packets did: make room/),
    expect.stringMatching(/^the box ended and was started again \(2 times\)/),
  ]);
});
