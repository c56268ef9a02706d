import type * as z from 'zod';
import { counted } from '../base/counted.ts';
import { quoted } from '../base/showable.ts';

/** What is wrong with a value, a line each: `test_keys.queries[0].answers: expected …; found …`. */
export function tellProblems(error: z.ZodError, value: unknown): readonly ShapeProblem[] {
  const problems = error.issues.slice(0, MOST_PROBLEMS).map(({ path, message }): ShapeProblem => {
    const place = path.length === 0 ? '' : `${formatPath(path)}: `;
    return { path, message: `${place}${message}; found ${describe(valueAt(value, path))}` };
  });
  const rest = error.issues.length - problems.length;
  return rest > 0 ? [...problems, { path: [], message: 'and more' }] : problems;
}

/** What a value is wrong in, and where. */
export interface ShapeProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The words of a schema for what it expected: the `error` of its parameters. */
export function expected(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}`;
    case 'invalid_union': {
      const branches = issue.errors.map(([first]) => first?.message.replace(/^expected /, ''));
      return `expected ${[...new Set(branches)].join(' or ')}`;
    }
    default:
      return undefined;
  }
}

/** A value of a file in a few words. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    return `an object of ${counted(Object.keys(value).length, 'key')}`;
  }
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

/** `test_keys.queries[0].answers`; a key that is no word stands in quotes. */
function formatPath(path: readonly PropertyKey[]): string {
  const text = path.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^\w+$/.test(String(key)) ? `.${String(key)}` : `[${quoted(String(key))}]`;
  });
  return text.join('').replace(/^\./, '');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }, root);
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  boolean: 'true or false',
  null: 'null',
};
const MOST_PROBLEMS = 5;
const MOST_SHOWN = 60;
