import { endOfText, tokensOf } from './json-tokens.ts';

/** A key that an object has twice, or that readers of plain objects drop with its value. */
export interface WrongKey {
  /** Where it stands; where it stands for the second time, if it is there twice. */
  readonly offset: number;
  readonly key: string;
  readonly isTwice: boolean;
}

/**
 * The first key of a text that its object has already, or that is `__proto__`; `value` is what `JSON.parse` made of the text. Parsers
 * differ in which of two equal keys they take (RFC 8259 §4), so neither may count.
 */
export function findWrongKey(text: string, value: unknown): WrongKey | undefined {
  // Of keys that repeat, the value has only one.
  return colonsOf(text) === keysOf(value) ? undefined : search(text);
}

function search(text: string): WrongKey | undefined {
  const open: Set<string>[] = [];
  for (const { at, sign, key } of tokensOf(text, 0)) {
    if (sign === '{') open.push(new Set());
    else if (sign === '}') open.pop();
    else if (key !== undefined) {
      const keys = open.at(-1);
      const isTwice = keys?.has(key) ?? false;
      if (isTwice || key === PROTO) return { offset: at, key, isTwice };
      keys?.add(key);
    }
  }
  return undefined;
}

/** Colons outside of texts: there is one for each key. */
function colonsOf(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === COLON) count++;
    else if (unit === QUOTE) at = endOfText(text, at);
  }
  return count;
}

/** How many keys a value has, but for each `__proto__`. Nesting of any depth takes no stack. */
function keysOf(value: unknown): number {
  let count = 0;
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== 'object' || one === null) continue;
    const items = Object.values(one);
    if (!Array.isArray(one)) count += items.length - (Object.hasOwn(one, PROTO) ? 1 : 0);
    for (const item of items) left.push(item);
  }
  return count;
}

const PROTO = '__proto__';
const COLON = 0x3a;
const QUOTE = 0x22;
