import { quoted, shorten } from '../base/showable.ts';
import type { Problem } from './problem.ts';

/** Notices of values that a trigger has twice, wherever in it the list is; letter case counts in expressions alone. */
export function doublesInTrigger(trigger: unknown, path: Problem['path']): Problem[] {
  if (typeof trigger !== 'object' || trigger === null) return [];
  return Object.entries(trigger).flatMap(([key, value]): Problem[] => {
    const own = [...path, Array.isArray(trigger) ? Number(key) : key];
    return LISTS.has(key) && Array.isArray(value)
      ? doublesIn(value, own, key === 'patterns')
      : doublesInTrigger(value, own);
  });
}

function doublesIn(
  values: readonly unknown[],
  path: Problem['path'],
  caseSensitive: boolean,
): Problem[] {
  const first = new Map<string, number>();
  return values.flatMap((value, i): Problem[] => {
    const text = String(value);
    const same = caseSensitive ? text : text.toLowerCase();
    const before = first.get(same);
    first.set(same, before ?? i);
    if (before === undefined) return [];
    const message = `notice: ${shorten(quoted(text))} is in this list already, as number ${before + 1}`;
    return [{ path: [...path, i], message }];
  });
}

const LISTS: ReadonlySet<string> = new Set([
  ...['domains', 'keywords', 'hex', 'patterns', 'addresses'],
]);
