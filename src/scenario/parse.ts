import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ChokepointError } from '../base/errors.ts';
import { crossCheck, type Problem } from './cross-check.ts';
import { type Scenario, ScenarioFile } from './schema.ts';

/** Reads a scenario from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseScenario(text: string, file: string): Scenario {
  if (text.length > MAX_LENGTH) {
    throw invalid([
      `${file}:1:1: the file has ${text.length} characters; expected at most ${MAX_LENGTH}`,
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw invalid(
      document.errors.map((error) => `${place(error.pos[0])}: not YAML: ${error.message}`),
    );
  }
  const value = toPlain(document, place);
  const result = ScenarioFile.safeParse(value);
  const problems = result.success
    ? crossCheck(result.data)
    : result.error.issues.flatMap((issue) => problemsOf(issue, value));
  if (problems.length > 0) {
    throw invalid(
      problems.map((problem) => `${place(offsetOf(document, problem.path))}: ${tell(problem)}`),
    );
  }
  return result.data as Scenario;
}

function toPlain(
  document: ReturnType<typeof parseDocument>,
  place: (at: number) => string,
): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid([`${place(0)}: not YAML: ${(error as Error).message}`]);
  }
}

function invalid(lines: readonly string[]): ChokepointError {
  const shown = lines.slice(0, MOST_PROBLEMS);
  const rest = lines.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more`);
  return new ChokepointError('SCENARIO_INVALID', shown.join('\n'), {
    hint: 'the fields and their values are in scenarios/schema.json; `chokepoint check FILE` reads it again',
  });
}

function tell({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** `rules[0].action.to` */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }));
  }
  const found = valueAt(root, issue.path);
  const text = found === undefined ? 'missing' : `found ${shorten(JSON.stringify(found))}`;
  return [{ path: issue.path, message: `${lowerFirst(issue.message)}; ${text}` }];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** The offset of the node at `path`, or of the nearest thing around it that exists; for a key, the key itself. */
function offsetOf(
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) continue;
      const value = depth === path.length && isPair(pair) ? (pair.value as Node | null) : null;
      return value?.range?.[0] ?? (pair.key as Node).range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, depth), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const MAX_LENGTH = 1024 * 1024;
const MOST_PROBLEMS = 20;
