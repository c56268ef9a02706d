import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionRecord, Decision, LabEvent, RowResult } from 'chokepoint';
import { execa } from 'execa';
import { expect } from 'vitest';
import { PROGRAM } from './cli.ts';
import { type Captured, readCapture, withFolder } from './lab.ts';

/** What `run --json` prints, as far as it is asserted. */
interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly tookMs: number;
  readonly rows: readonly RowResult[];
}

/** A scenario that was run by the program itself, and what its run folder holds but for the capture. */
interface RunOutcome {
  readonly exitCode: number | undefined;
  readonly summary: Summary;
  /** On standard error. */
  readonly said: string;
  readonly events: readonly LabEvent[];
  readonly connections: readonly ConnectionRecord[];
  /** As they came, whatever they are. */
  readonly measurements: readonly object[];
}

export interface Run extends RunOutcome {
  /** Of each box, what came in and what went out. */
  readonly wire: readonly Captured[];
}

export type DecisionEvent = Extract<LabEvent, { event: 'decision' }>;

/** `use` may look at the run folder before it is removed. */
export async function runOf(
  scenario: string,
  use: (out: string) => Promise<void> | void = () => undefined,
  options: readonly string[] = [],
): Promise<Run> {
  let wire: readonly Captured[] = [];
  const outcome = await outcomeOf(
    scenario,
    async (out) => {
      await use(out);
      wire = await readCapture(join(out, 'wire.pcapng'));
    },
    options,
  );
  return { ...outcome, wire };
}

/** As `runOf`, without the capture: tshark takes as long to read one as a lab to start. */
export function outcomeOf(
  scenario: string,
  use: (out: string) => Promise<void> | void,
  options: readonly string[] = [],
): Promise<RunOutcome> {
  return withFolder(async (out) => {
    const given = [PROGRAM, 'run', scenario, '--json', '--out', out, ...options];
    const run = await execa('node', given, { reject: false, timeout: RUN_LIMIT });
    const { exitCode, stdout, stderr } = run;
    if (run.timedOut) throw new Error(`run ${scenario} was not done in time: ${stderr}`);
    if (stdout === '') throw new Error(`run ${scenario}: exit status ${exitCode}: ${stderr}`);
    const lines = <T>(name: string): T[] =>
      readFileSync(join(out, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as T);
    await use(out);
    return {
      exitCode,
      said: stderr,
      summary: JSON.parse(stdout) as Summary,
      events: lines<LabEvent>('events.jsonl'),
      connections: lines<ConnectionRecord>('origin.jsonl'),
      measurements: lines<object>('measurements.jsonl'),
    };
  });
}

/** What boxes decided, in the order of the log. */
export function decisionsOf({ events }: Pick<Run, 'events'>) {
  return events.flatMap((event) => (event.event === 'decision' ? event : []));
}

/** Packets of one connection, both ways, at every point where they were captured. */
function packetsOf(
  { wire }: Run,
  { client, server }: Pick<Decision['flow'], 'client' | 'server'>,
): Captured[] {
  return wire.filter(
    ({ src, dst }) => (src === client && dst === server) || (src === server && dst === client),
  );
}

/** Those of the connection that a rule was set off in: a client may use its port again, with other sequence numbers. */
export function packetsAround(seen: Run, { flow, trigger }: DecisionEvent): Captured[] {
  const { seq = 0 } = trigger;
  return packetsOf(seen, flow).filter(({ src, seq: said, ack, isReset }) => {
    if (isReset && ack === 0) return true; // a RST need not acknowledge anything
    return Math.abs(((src === flow.client ? said : ack) - seq) | 0) < 2 ** 16;
  });
}

/**
 * Fails unless the capture has this of a connection that a box silenced at the client's first payload: that payload, sent again and
 * again, on the client's side of the box alone; no other payload from either end; and no RST.
 */
export function expectSilence(seen: Run, decision: DecisionEvent): void {
  const { box, flow, trigger } = decision;
  const packets = packetsAround(seen, decision);
  expect(packets.filter(({ isReset }) => isReset)).toEqual([]);
  const left = packets.some(({ interfaceName }) => interfaceName === 'left')
    ? 'left'
    : `${box}-left`;
  const payloads = packets.filter(({ payloadLength }) => payloadLength > 0);
  expect(
    new Set(payloads.map(({ interfaceName, src, seq }) => `${interfaceName} ${src} ${seq}`)),
  ).toEqual(new Set([`${left} ${flow.client} ${trigger.seq}`]));
  expect(payloads.length).toBeGreaterThan(2);
}

/**
 * RSTs that boxes made: on the receiver's side alone. Those of servers pass through; their kernels send some themselves, when a
 * segment was so long on its way that it meets a connection which is over.
 */
export function resetsOfBoxes({ wire }: Run): readonly Captured[] {
  const resets = wire.filter(({ isReset }) => isReset);
  const keyOf = ({ src, dst, seq, ack }: Captured): string => [src, dst, seq, ack].join(' ');
  const [left, right] = ['left', 'right'].map((side) => {
    const own = resets.filter(({ interfaceName }) => interfaceName.endsWith(side));
    return new Map(own.map((packet) => [keyOf(packet), packet]));
  }) as [Map<string, Captured>, Map<string, Captured>];
  const isOfServer = ({ src }: Captured): boolean => /:(80|443)$/.test(src);
  return [
    ...[...left].flatMap(([key, one]) => (isOfServer(one) && !right.has(key) ? one : [])),
    ...[...right].flatMap(([key, one]) => (!isOfServer(one) && !left.has(key) ? one : [])),
  ];
}

/** Rows that were not as expected, and why. */
export function wrongRows({ summary }: RunOutcome): readonly object[] {
  return summary.rows
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ claim, from, request, outcome, mismatches }) => ({
      ...{ claim, from, url: request.url, outcome, mismatches },
    }));
}

/** In ms. Less than a test has, so that what a run waited for is told. */
const RUN_LIMIT = 1_000_000;
