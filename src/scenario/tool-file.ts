import { dirname, resolve } from 'node:path';
import type * as z from 'zod';
import { nearest } from '../base/nearest.ts';
import { mistaken } from './file-kind.ts';
import type { Problem } from './problem.ts';
import { readText } from './read-text.ts';
import type { Scenario } from './schema.ts';
import { PLACEHOLDERS, type Placeholder, ToolFile } from './tool-schema.ts';
import { TorSchema } from './tor-schema.ts';
import { parseYaml, type Reading, readWith } from './yaml-file.ts';

/** A circumvention tool, as its file has it. */
export type Tool = z.output<typeof ToolFile> & {
  /** The folder of that file, absolute. */
  readonly here: string;
};

export function loadToolFile(file: string): Tool {
  return parseTool(readText(file, HINT), file);
}

/** Reads a tool from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseTool(text: string, file: string): Tool {
  return parseYaml(text, file, (value) => readTool(value, file), { hint: HINT });
}

/** A text of a tool's file with what its placeholders stand for. `${name}` is the shell's, and `{ name }` nobody's. */
export function fillIn(text: string, values: Readonly<Record<Placeholder, string>>): string {
  return text.replace(PLACEHOLDER, (found, name: Placeholder) =>
    Object.hasOwn(values, name) ? values[name] : found,
  );
}

/** A scenario whose lab has what these tools need. */
export function scenarioFor(tools: readonly Tool[], scenario: Scenario): Scenario {
  const needsTor = tools.some(({ needs }) => needs === 'tor-network');
  return needsTor ? { ...scenario, tor: scenario.tor ?? TorSchema.parse({}) } : scenario;
}

/** A tool from the plain value of its file. */
export function readTool(plain: unknown, file: string): Reading<Tool> {
  const other = mistaken(plain, 'tool');
  if (other.length > 0) return { value: undefined, problems: other };
  const { value, problems } = readWith(ToolFile, plain);
  if (value === undefined) return { value, problems };
  const wrong = [
    ...textsOf(value, []).flatMap((one) => wrongPlaceholders(one, value)),
    ...leadsNowhere(value),
  ];
  const here = dirname(resolve(file));
  return { value: wrong.length > 0 ? undefined : { ...value, here }, problems: wrong };
}

interface Text {
  readonly path: Problem['path'];
  readonly text: string;
}

function textsOf(value: unknown, path: Problem['path']): Text[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => textsOf(inner, [...path, key]));
}

function wrongPlaceholders({ path, text }: Text, { needs }: z.output<typeof ToolFile>): Problem[] {
  if (!TAKES_PLACEHOLDERS.has(String(path[0]))) return [];
  // An expression.
  if (path.at(-2) === 'ready' && path.at(-1) === 'says') return [];
  return [...text.matchAll(PLACEHOLDER)].flatMap(([found, name = '']): Problem[] => {
    if (!Object.hasOwn(PLACEHOLDERS, name)) {
      const known = Object.keys(PLACEHOLDERS);
      const near = nearest(name, known);
      const hint = near === undefined ? `one of ${known.join(', ')}` : `the nearest is "${near}"`;
      return [{ path, message: `found ${found}, which stands for nothing; ${hint}` }];
    }
    if (!name.startsWith('tor-') || needs === 'tor-network') return [];
    return [{ path, message: `found ${found}; write \`needs: tor-network\` beside \`id\`` }];
  });
}

function leadsNowhere({ through, server, client }: z.output<typeof ToolFile>): Problem[] {
  if (server !== undefined || client !== undefined) return [];
  return (['proxy', 'connect'] as const)
    .filter((key) => through[key] !== undefined)
    .map((key) => ({
      path: ['through', key],
      message: 'expected a `client` or a `server` that it leads to; found neither',
    }));
}

const PLACEHOLDER = /(?<!\$)\{([a-z][a-z0-9-]*)\}/g;
const TAKES_PLACEHOLDERS: ReadonlySet<string> = new Set(['files', 'server', 'client', 'through']);
const HINT = 'the fields of a tool are in scenarios/REFERENCE.md, under Circumvention tools';
