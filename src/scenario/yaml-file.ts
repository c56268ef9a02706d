import {
  type Document,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import type * as z from 'zod';
import { counted } from '../base/counted.ts';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { quoted, shorten } from '../base/showable.ts';
import { expected } from './expected.ts';
import { knownValue } from './known-values.ts';
import type { Problem } from './problem.ts';
import { beyondBounds, type YamlMistake } from './yaml-bounds.ts';
import { keepKeys } from './yaml-keys.ts';
import { firstAliasAt, mistakesOf } from './yaml-mistakes.ts';

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
  const issues = result.error.issues.filter((issue, i, all) => !isSaidBy(all[i + 1], issue));
  const problems = issues.flatMap((issue) => problemsOf(issue, value));
  return { value: undefined, problems };
}

/** A value from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseYaml<T>(
  text: string,
  file: string,
  read: (value: unknown) => Reading<T>,
  { hint, tellNotice }: { readonly hint: string; readonly tellNotice?: TellNotice | undefined },
): T {
  const known = knownValue(text);
  if (known !== undefined) {
    const { value, problems, notices = [] } = read(known);
    // Only the text itself tells places.
    if (value !== undefined && problems.length + notices.length === 0) return value;
  }
  const invalid = (lines: readonly string[]): ChokepointError => tellAll(lines, hint);
  const lines = new LineCounter();
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const told = ({ offset, message }: YamlMistake): string => `${place(offset)}: ${message}`;
  const beyond = beyondBounds(text);
  if (beyond !== undefined) {
    lines.lineStarts = lineStartsOf(text);
    throw invalid([told(beyond)]);
  }
  const document = parseDocument(text, {
    ...{ lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' },
  });
  keepKeys(document);
  const broken = mistakesOf(document, text);
  if (broken.length > 0) throw invalid(broken.slice(0, MOST_TOLD).map(told));
  const plain = toPlain(document);
  if ('wrong' in plain)
    throw invalid([told({ offset: firstAliasAt(document), message: plain.wrong })]);
  const { value, problems, notices = [] } = read(plain.value);
  const linesOf = (all: readonly Problem[]): string[] =>
    all
      .slice(0, MOST_TOLD)
      .map((one) => `${one.place ?? place(offsetOf(document, one))}: ${tell(one, document)}`);
  if (value === undefined || problems.length > 0) throw invalid(linesOf(problems));
  for (const notice of linesOf(notices)) tellNotice?.(notice);
  return value;
}

function toPlain(
  document: Document.Parsed,
): { readonly value: unknown } | { readonly wrong: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    if (!/alias/i.test(messageOf(error))) return { wrong: `not YAML: ${messageOf(error)}` };
    return { wrong: 'found aliases that stand for too much, each for many others; write it out' };
  }
}

function tellAll(lines: readonly string[], hint: string): ChokepointError {
  const different = [...new Set(lines)];
  const shown = different.slice(0, MOST_PROBLEMS);
  const rest = different.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more`);
  return new ChokepointError('SCENARIO_INVALID', shown, { hint });
}

function tell(problem: Problem, document: Document.Parsed): string {
  const { path, message, isUnquoted = false } = problem;
  if (path.length === 0 || message.startsWith('notice: ')) return message;
  const node = isUnquoted ? document.getIn(path, true) : undefined;
  const source = isScalar(node) ? node.source : undefined;
  const mended = source ? `: write it in quotes, "${source}"` : '';
  return `${formatPath(path)}: ${message}${mended}`;
}

function lineStartsOf(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
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
  if (/^found |; found /.test(issue.message)) {
    return [{ path: issue.path, message: issue.message }];
  }
  const value = valueAt(root, issue.path);
  const message = `${lowerFirst(issue.message)}; ${describe(value)}${insteadOf(issue, value)}`;
  return [{ path: issue.path, message, isUnquoted: isUnquoted(issue, value) }];
}

/** Whether the next issue says more of the same number than that it is beyond all whole numbers. */
function isSaidBy(next: z.core.$ZodIssue | undefined, issue: z.core.$ZodIssue): boolean {
  const isBeyondAll =
    (issue.code === 'too_big' && issue.maximum === Number.MAX_SAFE_INTEGER) ||
    (issue.code === 'too_small' && issue.minimum === Number.MIN_SAFE_INTEGER);
  return isBeyondAll && next?.code === issue.code && next.path.join('\0') === issue.path.join('\0');
}

function describe(value: unknown): string {
  if (value === undefined) return 'it is missing';
  if (value === null) return 'found nothing';
  if (Array.isArray(value)) return `found a list of ${value.length}`;
  if (typeof value === 'object')
    return `found a mapping of ${counted(Object.keys(value).length, 'key')}`;
  return `found ${shorten(typeof value === 'string' ? quoted(value) : String(value))}`;
}

/** Whether a text was wanted where YAML reads a number, a truth value or nothing. */
function isUnquoted(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (typeof value === 'string' || (typeof value === 'object' && value !== null)) return false;
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  if (issue.code === 'invalid_value') {
    return issue.values.some((one) => typeof one === 'string' && Number(one) === value);
  }
  if (issue.code !== 'invalid_union') return false;
  return issue.errors.some((branch) => branch.some((inner) => isUnquoted(inner, value)));
}

/** YAML 1.1 had other words for true and false. */
function insteadOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code !== 'invalid_type' || issue.expected !== 'boolean') return '';
  if (/^(yes|on|y)$/i.test(String(value))) return ': write true';
  return /^(no|off|n)$/i.test(String(value)) ? ': write false' : '';
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

const MOST_PROBLEMS = 20;
/** Of thousands of mistakes, nobody reads more. */
const MOST_TOLD = 1000;
