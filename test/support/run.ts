import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionRecord, LabEvent, RowResult } from 'chokepoint';
import { execa } from 'execa';
import { PROGRAM } from './cli.ts';
import { type Captured, readCapture, withFolder } from './lab.ts';

/** What `run --json` prints, as far as it is asserted. */
interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rows: readonly RowResult[];
}

/** A scenario that was run by the program itself, and what its run folder holds. */
export interface Run {
  readonly exitCode: number | undefined;
  readonly summary: Summary;
  /** On standard error. */
  readonly said: string;
  readonly events: readonly LabEvent[];
  readonly connections: readonly ConnectionRecord[];
  /** Of each box, what came in and what went out. */
  readonly wire: readonly Captured[];
}

/** `use` may look at the run folder before it is removed. */
export function runOf(
  scenario: string,
  use: (out: string) => Promise<void> | void = () => undefined,
): Promise<Run> {
  return withFolder(async (out) => {
    const given = [PROGRAM, 'run', scenario, '--json', '--out', out];
    const { exitCode, stdout, stderr } = await execa('node', given, { reject: false });
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
      wire: await readCapture(join(out, 'wire.pcapng')),
    };
  });
}

/** Rows that were not as expected, and why. */
export function wrongRows({ summary }: Run): readonly object[] {
  return summary.rows
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ claim, from, request, outcome, mismatches }) => ({
      ...{ claim, from, url: request.url, outcome, mismatches },
    }));
}
