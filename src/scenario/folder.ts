import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Ids of the scenarios that come with Chokepoint: `az-2017`, or `FOLDER/NAME` of those in a folder. They stay the same while a program runs. */
export function scenarioIds(): readonly string[] {
  ids ??= readdirSync(SCENARIOS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
  return ids;
}

let ids: readonly string[] | undefined;

/** The folder lies beside `src`, and beside `dist`. */
export const SCENARIOS = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../scenarios' : '../../../scenarios',
    import.meta.url,
  ),
);
