import { quoted, shorten } from '../base/showable.ts';
import type { ModelSpec } from './model-schema.ts';

/** One thing wrong with a scenario file, and in which field. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Whether the key itself is wrong, not its value. */
  readonly of?: 'key';
  /** Whether a text was wanted, and quotes would make it one. */
  readonly isUnquoted?: boolean;
  /** Where it is, as file:line:col, if not in the scenario's own file. */
  readonly place?: string;
}

/** The same problems, with paths that begin further out. */
export function within(path: Problem['path'], problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
}

/** A name that refers to nothing, if it does: `kind` with its article, `known` what there is of it in this file. */
export function refer(
  path: Problem['path'],
  name: string,
  known: readonly string[],
  kind: string,
): Problem[] {
  if (known.includes(name)) return [];
  const message = `expected ${kind} of this file (${known.join(', ')}); found ${shorten(quoted(name))}`;
  return [{ path, message }];
}

/** Something wrong with a knob, which is named by its path in the profile. */
export interface KnobProblem {
  readonly knob: string;
  readonly message: string;
}

/** What a profile itself says of a knob; its preset's value is not in it. */
export function spelled(spec: ModelSpec, knob: string): unknown {
  let value: unknown = spec;
  for (const key of knob.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}
