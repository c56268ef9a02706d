import type { Problem } from './problem.ts';
import type { Scenario } from './schema.ts';

/** The paths of all values that are no lists or mappings; empty ones count. */
export function leafPaths(value: unknown, path: Problem['path'] = []): Problem['path'][] {
  if (typeof value !== 'object' || value === null) return [path];
  const items = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  if (items.length === 0) return [path];
  return items.flatMap(([key, item]) => leafPaths(item, [...path, key]));
}

/** Whether `rules.*.action` covers `rules.0.action.ttl`. */
export function covers(field: string, path: Problem['path']): boolean {
  const parts = field.split('.');
  return (
    parts.length <= path.length &&
    parts.every((part, i) => part === '*' || part === String(path[i]))
  );
}

/** All values that a field of `evidence` is about. */
export function valuesOf(scenario: Scenario, field: string): unknown[] {
  return leafPaths(scenario)
    .filter((path) => covers(field, path))
    .map((path) =>
      path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], scenario),
    );
}
