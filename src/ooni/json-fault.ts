/** Where a text stops being JSON (RFC 8259), what is there, and what could be. */
export interface JsonFault {
  readonly offset: number;
  readonly found: string;
  readonly expected: string;
}

/** The first fault of a text that `JSON.parse` refused. Nesting of any depth takes no stack. */
export function findJsonFault(text: string): JsonFault {
  const closers: string[] = [];
  let state: State = 'value';
  let at = 0;
  for (;;) {
    at = skip(BLANKS, text, at);
    const next = text[at];
    const token = next !== undefined && WANTS[state](next, closers.at(-1)) ? read(text, at) : at;
    if (next === undefined || token === at)
      return fault(text, at, tellWanted(state, closers.at(-1)));
    if (typeof token !== 'number') return token;
    state = follow(state, next, closers);
    at = token;
  }
}

type State = 'value' | 'first-item' | 'first-key' | 'key' | 'colon' | 'rest' | 'end';

const isValue = (next: string): boolean => /[{["\-\dtfn]/.test(next);

/** Which characters may begin what comes next. */
const WANTS: Readonly<Record<State, (next: string, closer: string | undefined) => boolean>> = {
  value: isValue,
  'first-item': (next) => next === ']' || isValue(next),
  'first-key': (next) => next === '}' || next === '"',
  key: (next) => next === '"',
  colon: (next) => next === ':',
  rest: (next, closer) => next === ',' || next === closer,
  end: () => false,
};

function tellWanted(state: State, closer: string | undefined): string {
  if (state === 'rest') return `"," or "${closer}"`;
  return WANTED[state];
}

const WANTED = {
  value: 'a value',
  'first-item': 'a value or "]"',
  'first-key': 'a key in quotes or "}"',
  key: 'a key in quotes',
  colon: '":"',
  end: 'nothing more',
};

/** The state after a token that began with `next`. */
function follow(state: State, next: string, closers: string[]): State {
  if (next === '{' || next === '[') {
    closers.push(next === '{' ? '}' : ']');
    return next === '{' ? 'first-key' : 'first-item';
  }
  if (next === '}' || next === ']') closers.pop();
  else if (next === ',') return closers.at(-1) === '}' ? 'key' : 'value';
  else if (next === ':') return 'value';
  else if (state === 'key' || state === 'first-key') return 'colon';
  return closers.length > 0 ? 'rest' : 'end';
}

/** The offset behind the token that begins at `at`, or what is wrong in it. */
function read(text: string, at: number): number | JsonFault {
  const next = text[at] as string;
  if (PUNCTUATION.includes(next)) return at + 1;
  if (next === '"') return readString(text, at);
  const end = skip(next === '-' || /\d/.test(next) ? NUMBER : WORD, text, at);
  return end > at ? end : fault(text, at, 'a value');
}

function readString(text: string, at: number): number | JsonFault {
  for (let i = at + 1; i < text.length; ) {
    const next = text[i] as string;
    if (next === '"') return i + 1;
    if (next < ' ') return fault(text, i, 'the end of the text, or the character as an escape');
    const end = next === '\\' ? skip(ESCAPE, text, i) : i + 1;
    if (end === i) return fault(text, i, 'an escape such as \\n or \\u00e9');
    i = end;
  }
  return fault(text, text.length, "a text's end");
}

function fault(text: string, offset: number, expected: string): JsonFault {
  const rest = text.slice(offset, offset + SHOWN);
  return { offset, found: rest === '' ? 'the end' : JSON.stringify(rest), expected };
}

/** Behind what the expression, which is sticky, matches at `at`. */
function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}

const PUNCTUATION = '{}[]:,';
const BLANKS = /[ \t\r\n]+/y;
const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.+-])/y;
const WORD = /(true|false|null)(?!\w)/y;
const ESCAPE = /\\(["\\/bfnrt]|u[\da-fA-F]{4})/y;
const SHOWN = 16;
