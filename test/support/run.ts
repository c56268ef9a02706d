import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConnectionRecord, LabEvent, RowResult } from 'chokepoint';
import { execa } from 'execa';
import { type Captured, readCapture, withFolder } from './lab.ts';

/** A scenario that was run by the program itself, and what its run folder holds. */
export interface Run {
  readonly run: { readonly exitCode: number | undefined; readonly rows: readonly RowResult[] };
  readonly events: readonly LabEvent[];
  readonly connections: readonly ConnectionRecord[];
  /** Of each box, what came in and what went out. */
  readonly wire: readonly Captured[];
}

/** `use` may look at the run folder before it is removed. */
export function runOf(
  scenario: string,
  use: (out: string) => Promise<void> = async () => undefined,
): Promise<Run> {
  return withFolder(async (out) => {
    const given = [PROGRAM, 'run', scenario, '--json', '--out', out];
    const { exitCode, stdout, stderr } = await execa('node', given, { reject: false });
    if (stdout === '') throw new Error(`run ${scenario}: exit status ${exitCode}: ${stderr}`);
    const { rows } = JSON.parse(stdout) as { rows: RowResult[] };
    const lines = <T>(name: string): T[] =>
      readFileSync(join(out, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as T);
    await use(out);
    return {
      run: { exitCode, rows },
      events: lines<LabEvent>('events.jsonl'),
      connections: lines<ConnectionRecord>('origin.jsonl'),
      wire: await readCapture(join(out, 'wire.pcapng')),
    };
  });
}

/** Rows that were not as expected, and why. */
export function wrongRows({ run }: Run): readonly object[] {
  return run.rows
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ claim, from, request, outcome, mismatches }) => ({
      ...{ claim, from, url: request.url, outcome, mismatches },
    }));
}

export const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
