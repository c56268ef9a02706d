import { tokensOf } from './json-tokens.ts';

/** Where the value at a path begins in a JSON text; where a part of the path is missing, the place of what lacks it. */
export function offsetOfPath(text: string, path: readonly PropertyKey[]): number {
  let at = firstFrom(text, 0);
  for (const part of path) {
    const next = offsetIn(text, at, part);
    if (next === undefined) break;
    at = next;
  }
  return at;
}

/** Where the value of a key or the item of a number begins in the object or list that begins at `at`. */
function offsetIn(text: string, at: number, part: PropertyKey): number | undefined {
  const isList = text[at] === '[';
  let depth = 0;
  let index = -1;
  for (const { at: found, end, sign, key } of tokensOf(text, at)) {
    if (sign === '{' || sign === '[') depth++;
    else if (sign === '}' || sign === ']') depth--;
    if (depth === 0) return undefined;
    if (depth > 1) continue;
    const begins = found === at || sign === ',';
    if (begins) index++;
    const isIt = isList ? begins && index === part : key === part;
    if (isIt) return firstFrom(text, end);
  }
  return undefined;
}

function firstFrom(text: string, from: number): number {
  return from + Math.max(0, text.slice(from).search(/\S/));
}
