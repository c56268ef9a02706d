import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ChokepointError } from '../base/errors.ts';
import { writing } from '../base/writing.ts';
import { readOwn, writeNew } from '../files/own-file.ts';
import { SCENARIO_FILE, SUMMARY_FILE } from './lab-config.ts';

const Name = z.object({
  scenario: z.string(),
  scenarioFile: z.string().nullable(),
  censorFile: z.string().nullable().default(null),
  profile: z.string().nullable().default(null),
});

/** Whose censor a folder's capture went through. */
export interface CensorName {
  /** The scenario's id. */
  readonly scenario: string;
  /** Its file, absolute, if it does not come with Chokepoint. */
  readonly scenarioFile: string | null;
  /** The file of a censor alone, absolute, if the lab was made for one. */
  readonly censorFile?: string | null;
  /** The only profile, if there was one alone. */
  readonly profile?: string | null;
}

/** Writes it down when the lab begins, so that a folder tells even if its lab is still up, or was killed. */
export function writeCensorName(folder: string, name: CensorName): void {
  const file = join(folder, SCENARIO_FILE);
  writing(file, () => writeNew(file, `${JSON.stringify(name, undefined, 2)}\n`));
}

/** What a folder says of its censor, or the summary of an older run; undefined if no lab has written to it. */
export function readCensorName(folder: string): z.output<typeof Name> | undefined {
  const file = [SCENARIO_FILE, SUMMARY_FILE].map((name) => join(folder, name)).find(existsSync);
  if (file === undefined) return undefined;
  try {
    return Name.parse(JSON.parse(readOwn(file).toString()));
  } catch (error) {
    throw new ChokepointError('USAGE', `${file}: expected the names of a scenario and its files`, {
      cause: error,
      hint: 'name the censor with --scenario or --censor',
    });
  }
}
