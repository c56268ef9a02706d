import {
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type * as z from 'zod';
import { ChokepointError } from '../base/errors.ts';
import { expected } from './expected.ts';
import type { Problem } from './problem.ts';
import { quoted, shorten } from './quoted.ts';

/** What was read of a file, or what is wrong with it. */
export interface Reading<T> {
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
  /** What may be a slip, and is no mistake. */
  readonly notices?: readonly Problem[];
}

/** Takes what may be a slip in a file that was read, a line each, as `file:line:col: notice: …`. */
export type TellNotice = (text: string) => void;

/** A value by its schema, and what is wrong where it does not fit. */
export function readWith<T>(schema: z.ZodType<T>, value: unknown): Reading<T> {
  const result = schema.safeParse(value, { error: expected });
  if (result.success) return { value: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, value));
  return { value: undefined, problems };
}

/** A value from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseYaml<T>(
  text: string,
  file: string,
  read: (value: unknown) => Reading<T>,
  { hint, tellNotice }: { readonly hint: string; readonly tellNotice?: TellNotice | undefined },
): T {
  const invalid = (lines: readonly string[]): ChokepointError => tellAll(lines, hint);
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
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    throw invalid(broken.map((error) => `${place(error.pos[0])}: ${tellBroken(error, text)}`));
  }
  const plain = toPlain(document);
  if ('wrong' in plain) throw invalid([`${place(0)}: not YAML: ${plain.wrong}`]);
  const { value, problems, notices = [] } = read(plain.value);
  const linesOf = (all: readonly Problem[]): string[] =>
    all.map((one) => `${one.place ?? place(offsetOf(document, one))}: ${tell(one)}`);
  if (value === undefined || problems.length > 0) throw invalid(linesOf(problems));
  for (const notice of linesOf(notices)) tellNotice?.(notice);
  return value;
}

function toPlain(
  document: ReturnType<typeof parseDocument>,
): { readonly value: unknown } | { readonly wrong: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

function tellAll(lines: readonly string[], hint: string): ChokepointError {
  const different = [...new Set(lines)];
  const shown = different.slice(0, MOST_PROBLEMS);
  const rest = different.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more`);
  return new ChokepointError('SCENARIO_INVALID', shown, { hint });
}

function tellBroken(error: YAMLError, text: string): string {
  if (error.code === 'MULTIPLE_DOCS') return 'found a second document; expected one';
  if (error.code !== 'DUPLICATE_KEY') return `not YAML: ${lowerFirst(error.message)}`;
  const key = /^[^:\s]*/.exec(text.slice(error.pos[0]))?.[0];
  return `${key}: duplicated key; expected it once`;
}

function tell({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** `rules[0].action.to` */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${keyOf(key)}`))
    .join('');
}

/** As it stands, unless that would be long, or more than a word. */
function keyOf(key: PropertyKey): string {
  const text = String(key);
  return /^[ -~]{1,60}$/.test(text) ? text : shorten(quoted(text));
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: issue.message,
      of: 'key',
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((inner) => inner.every(({ path }) => path.length > 0));
    if (branch !== undefined && branch.length > 0) {
      return branch.flatMap((inner) =>
        problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, root),
      );
    }
  }
  if (issue.code === 'invalid_key')
    return [{ path: issue.path, message: issue.message, of: 'key' }];
  if (issue.message.startsWith('found ')) return [{ path: issue.path, message: issue.message }];
  const found = describe(valueAt(root, issue.path));
  return [{ path: issue.path, message: `${lowerFirst(issue.message)}; ${found}` }];
}

function describe(value: unknown): string {
  if (value === undefined) return 'it is missing';
  if (value === null) return 'found nothing';
  if (Array.isArray(value)) return `found a list of ${value.length}`;
  if (typeof value === 'object') return `found a mapping of ${Object.keys(value).length} keys`;
  return `found ${shorten(typeof value === 'string' ? quoted(value) : String(value))}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** The offset of the value at `path`, of its key if that is the problem, or of the nearest thing around it that exists. */
function offsetOf(document: ReturnType<typeof parseDocument>, { path, of }: Problem): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) continue;
      const isValue = depth === path.length && of !== 'key';
      const value = isValue && isPair(pair) ? (pair.value as Node | null) : null;
      return value?.range?.[0] ?? (pair.key as Node).range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, depth), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const MAX_LENGTH = 1024 * 1024;
const MOST_PROBLEMS = 20;
