import type { Problem } from './problem.ts';
import type { Scenario } from './schema.ts';

/** The paths of all values that are no lists or mappings; empty ones count. */
export function leafPaths(value: unknown, path: Problem['path'] = []): Problem['path'][] {
  if (typeof value !== 'object' || value === null) return [path];
  const items = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  if (items.length === 0) return [path];
  return items.flatMap(([key, item]) => leafPaths(item, [...path, key]));
}

/** `rules[0].action` or `rules.0.action`, in its parts. */
function partsOf(field: string): readonly string[] {
  return field.replace(/\[(\d+|\*)\]/g, '.$1').split('.');
}

/** Whether `rules.*.action`, in its parts, covers `rules.0.action.ttl`. */
function covers(parts: readonly string[], path: Problem['path']): boolean {
  return (
    parts.length <= path.length &&
    parts.every((part, i) => part === '*' || part === String(path[i]))
  );
}

/** Tells whether one of these fields covers a path. */
export function coverageOf(fields: readonly string[]): (path: Problem['path']) => boolean {
  const all = fields.map(partsOf);
  const plain = new Set(all.map(keyOf));
  const starred = all.filter((parts) => parts.includes('*'));
  return (path) =>
    prefixesOf(path).some((key) => plain.has(key)) || starred.some((parts) => covers(parts, path));
}

/** Tells whether a field covers one of these paths. */
export function coveredIn(paths: readonly Problem['path'][]): (field: string) => boolean {
  const known = new Set(paths.flatMap(prefixesOf));
  return (field) => {
    const parts = partsOf(field);
    return parts.includes('*')
      ? paths.some((path) => covers(parts, path))
      : known.has(keyOf(parts));
  };
}

/** The keys of a path and of all that it is within. */
function prefixesOf(path: Problem['path']): string[] {
  return path.map((_, i) => keyOf(path.slice(0, i + 1)));
}

function keyOf(path: Problem['path']): string {
  return path.map(String).join('\0');
}

/** All values that a field of `evidence` is about. */
export function valuesOf(scenario: Scenario, field: string): unknown[] {
  const parts = partsOf(field);
  return leafPaths(scenario)
    .filter((path) => covers(parts, path))
    .map((path) =>
      path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], scenario),
    );
}
