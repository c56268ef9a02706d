/* Where a file of YAML or JSON has texts that somebody may have chosen. */

/** The place of a text, or of a key. */
export interface Place {
  readonly path: readonly PropertyKey[];
  readonly isKey: boolean;
}

/** Every text of a value and every key, in their order. */
export function placesOf(value: unknown, path: Place['path'] = []): Place[] {
  if (typeof value === 'string') return [{ path, isKey: false }];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, i) => placesOf(item, [...path, i]));
  return Object.entries(value).flatMap(([key, item]) => [
    { path: [...path, key], isKey: true },
    ...placesOf(item, [...path, key]),
  ]);
}

/** A copy with another text at that place. */
export function withText(value: unknown, { path, isKey }: Place, text: string): object {
  const copy = structuredClone(value) as Record<PropertyKey, unknown>;
  const parent = path
    .slice(0, -1)
    .reduce<Record<PropertyKey, unknown>>((at, key) => at[key] as typeof copy, copy);
  const last = path.at(-1) as string;
  if (isKey && !Array.isArray(parent)) {
    parent[text] = parent[last];
    delete parent[last];
  } else parent[last] = text;
  return copy;
}

/** Indices of texts with lines, a shell's signs, quotes, a configuration's signs, paths, and flags. */
const FEW = [0, 3, 6, 10, 13, 17];

/** The texts that a test tries: a few in the suite, all with `HOSTILE=all`, as `make fuzz` sets it. */
export function chosen(texts: readonly string[]): (readonly [string, string])[] {
  const isWide = process.env['HOSTILE'] === 'all';
  return texts
    .filter((_, i) => isWide || FEW.includes(i))
    .map((text) => [JSON.stringify(text).slice(0, 40), text]);
}
