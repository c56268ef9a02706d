import { ChokepointError } from '../../base/errors.ts';
import { loadAny, scenariosOf } from '../../scenario/library.ts';
import type { AnyFile } from '../../scenario/parse.ts';
import { printJson, printLines, tell } from '../terminal.ts';

/** Reads every file before it fails, so that one run shows all mistakes. */
export function check(names: readonly string[], options: { readonly json?: boolean }): void {
  const results = names.flatMap(scenariosOf).map((file) => ({ file, ...read(file) }));
  const wrong = results.filter(({ problems }) => problems.length > 0);
  if (options.json) printJson(results);
  else {
    for (const { file, kind, id, problems, notices } of results) {
      tell(...problems, ...notices);
      if (problems.length > 0) continue;
      printLines(kind === 'censor' ? `censor ${file} is valid` : `${file}: ${kind} ${id} is valid`);
    }
  }
  if (wrong.length > 0) process.exitCode = 2;
}

interface Reading {
  /** Left out if the file has mistakes. */
  readonly kind?: AnyFile['kind'];
  /** Of a scenario or a tool. */
  readonly id?: string;
  readonly problems: readonly string[];
  /** What may be a slip; the file is valid all the same. */
  readonly notices: readonly string[];
}

function read(file: string): Reading {
  const notices: string[] = [];
  try {
    const { kind, value } = loadAny(file, (notice) => notices.push(notice));
    return { kind, ...('id' in value && { id: value.id }), problems: [], notices };
  } catch (error) {
    if (!(error instanceof ChokepointError)) throw error;
    // Without a file there is no place, and only the hint says what there is.
    const isNowhere = error.code === 'SCENARIO_UNKNOWN';
    const message = isNowhere ? `${error.message}; ${error.hint}` : error.message;
    return { problems: message.split('\n'), notices };
  }
}
