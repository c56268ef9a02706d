import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PLAIN } from '../../src/policy/presets.ts';
import { CaptureClock } from '../../src/replay/capture-clock.ts';
import { dateText } from '../../src/replay/dates.ts';
import { explainFlow } from '../../src/replay/explain.ts';
import { flowsOf } from '../../src/replay/flow-packets.ts';
import { observe } from '../../src/replay/observe.ts';
import { replay } from '../../src/replay/replay.ts';
import type { TraceEvent } from '../../src/replay/trace-event.ts';
import { formatTraceEvent } from '../../src/report/trace.ts';
import { enhancedPacket, interfaceBlock, option, sectionHeader, u64 } from '../support/capture.ts';
import { az2017 } from '../support/censors.ts';
import { Conversation } from '../support/conversation.ts';
import { temporaryFile } from '../support/folder.ts';
import { concat, httpRequest } from '../support/packets.ts';

const { frames: FRAMES } = new Conversation()
  .handshake()
  .client(httpRequest({ host: 'meydan.tv' }));
const POLICY = az2017(PLAIN);

test('any resolution, offset and time of a pcapng file is read to the end', () => {
  const anyTicks = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 2n ** 64n - 1n, 2n ** 63n),
  );
  const shape = fc.record({
    resolution: fc.oneof(fc.constantFrom(0, 6, 9, 127, 128, 138, 255), fc.nat(255)),
    offset: fc.oneof(
      fc.constantFrom(0n, -(2n ** 63n), 2n ** 63n - 1n),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ),
    ticks: fc.array(anyTicks, { minLength: FRAMES.length, maxLength: FRAMES.length }),
  });
  fc.assert(
    fc.property(shape, ({ resolution, offset, ticks }) => {
      const options = [option(9, Uint8Array.of(resolution)), option(14, u64(offset))];
      const blocks = FRAMES.map((bytes, i) => enhancedPacket({ bytes, ticks: ticks[i] as bigint }));
      const file = temporaryFile(concat(sectionHeader(), interfaceBlock({ options }), ...blocks));
      expect(whatIsBlocked(file)).toBe('meydan.tv blocked blocked');
    }),
    { numRuns: 12 },
  );
});

/** As told by each of the programs that read captures; all that they print is made too. */
function whatIsBlocked(file: string): string {
  const annotate = temporaryFile(new Uint8Array());
  rmSync(annotate);
  const lines: string[] = [];
  const onEvent = (event: TraceEvent): void => {
    lines.push(formatTraceEvent(event), JSON.stringify(event));
  };
  const { dates, counters } = replay({ file, policy: POLICY, annotate, onEvent, at: 0 });
  lines.push(dateText(dates?.first as number), dateText(dates?.last as number));
  let host: string | null = null;
  observe(file, (flow) => {
    host = flow.host;
  });
  const [flow] = flowsOf(file).flows;
  if (flow === undefined) return 'no flow';
  const { outcome } = explainFlow(flow, { model: PLAIN, policyFor: () => POLICY, patience: 0 });
  return `${host} ${counters.decisions === 1 ? 'blocked' : 'passed'} ${outcome}`;
}

test('what no calendar holds, and what goes back, is counted', () => {
  const clock = new CaptureClock();
  const taken = [-1e30, 5000, 4500, 1000, 1e30].map((time) => clock.take(time));
  expect(taken).toEqual([-8.64e15, 5000, 5000, 5000, 8.64e15]);
  expect(clock.oddTimes).toEqual({ impossible: 2, backwards: 1 });
});
