import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ChokepointError } from '../base/errors.ts';
import { readOwn } from '../files/own-file.ts';
import { SUMMARY_FILE } from './lab-config.ts';

/** What `explain` says of the row that made a flow. */
const RunRow = z.object({
  claim: z.string(),
  from: z.string(),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  request: z.object({ probe: z.string(), url: z.string() }),
});

const Rows = z.object({
  rows: z
    .array(
      RunRow.extend({
        flows: z.array(z.object({ box: z.string(), flow: z.int() })).optional(),
      }),
    )
    .default([]),
});

export type RunRow = z.output<typeof RunRow>;

/** Finds the row of a run by a flow's number; nothing in a folder whose run has not come to its end. */
export function readRunRows(
  folder: string,
  box: string | undefined,
): (flow: number) => RunRow | undefined {
  const file = join(folder, SUMMARY_FILE);
  const byFlow = new Map<number, RunRow>();
  if (existsSync(file)) {
    for (const { flows = [], ...row } of rowsIn(file)) {
      for (const one of flows) if (box === undefined || one.box === box) byFlow.set(one.flow, row);
    }
  }
  return (flow) => byFlow.get(flow);
}

function rowsIn(file: string): z.output<typeof Rows>['rows'] {
  try {
    return Rows.parse(JSON.parse(readOwn(file).toString())).rows;
  } catch (error) {
    throw new ChokepointError('USAGE', `${file}: expected the summary of a run`, {
      cause: error,
      hint: 'run the scenario again',
    });
  }
}
