/** A sign of a JSON text (a bound of an object or list, a comma), a key, or another text. */
export interface JsonToken {
  readonly at: number;
  /** Behind it; of a key, behind its colon. */
  readonly end: number;
  readonly sign: string;
  /** Only of a key. */
  readonly key: string | undefined;
}

/** The tokens of a JSON text from `from` on. Texts of any length take no stack, as an expression for them would. */
export function* tokensOf(text: string, from: number): Generator<JsonToken> {
  const signs = /[{}[\],"]/g;
  signs.lastIndex = from;
  for (let found = signs.exec(text); found !== null; found = signs.exec(text)) {
    const [sign] = found;
    const at = found.index;
    let key: string | undefined;
    if (sign === '"') {
      const last = endOfText(text, at);
      COLON.lastIndex = last + 1;
      const isKey = COLON.test(text);
      if (isKey) key = JSON.parse(text.slice(at, last + 1)) as string;
      signs.lastIndex = isKey ? COLON.lastIndex : last + 1;
    }
    yield { at, end: signs.lastIndex, sign, key };
  }
}

/** Where the quote is that ends the text whose first quote is at `at`. */
export function endOfText(text: string, at: number): number {
  for (let i = at + 1; ; i++) {
    const unit = text.charCodeAt(i);
    if (unit === BACKSLASH) i++;
    else if (unit === QUOTE || i >= text.length) return i;
  }
}

const COLON = /\s*:/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
