import { CST, Lexer } from 'yaml';
import { counted } from '../base/counted.ts';

/** A place in a text, as an offset, and what is wrong there. */
export interface YamlMistake {
  readonly offset: number;
  readonly message: string;
}

/**
 * Why a text cannot be read: it has a character that no YAML has, or it is too much. What YAML makes of a megabyte of brackets,
 * anchors or errors takes a gigabyte. The text is only cut into tokens for that, one after the other, and none is kept.
 */
export function beyondBounds(text: string): YamlMistake | undefined {
  if (text.length > MAX_LENGTH) {
    const message = `the file has ${counted(text.length, 'character')}; expected at most ${MAX_LENGTH}`;
    return { offset: 0, message };
  }
  const unfit = text.search(UNFIT);
  if (unfit >= 0) return { offset: unfit, message: text[unfit] === '\0' ? NUL : LONE_CR };
  const depth = new Depth();
  let offset = 0;
  let count = 0;
  let kind: string | null = null;
  for (const token of new Lexer().lex(text)) {
    // Behind the mark of a scalar stands its text, whatever that looks like.
    kind = kind === 'scalar' ? null : CST.tokenType(token);
    if (++count > MOST_TOKENS) {
      const message = `found more than ${MOST_TOKENS} words and signs; expected fewer: put long lists of names into a file, as \`list\``;
      return { offset, message };
    }
    if (depth.after(kind, token) > MOST_LEVELS) {
      return { offset, message: `found more than ${MOST_LEVELS} levels, each within another` };
    }
    if (!isMark(kind)) offset += token.length;
  }
  return undefined;
}

/** How many lists and mappings a token is in, or a few more. */
class Depth {
  #brackets = 0;
  /** Of the line: dashes and question marks, each of which can begin a list or mapping. */
  #signs = 0;
  readonly #indents: number[] = [];
  #isLineStart = true;

  after(kind: string | null, token: string): number {
    if (kind === 'newline') {
      this.#isLineStart = true;
      this.#signs = 0;
    } else if (kind === 'flow-seq-start' || kind === 'flow-map-start') this.#brackets++;
    else if (kind === 'flow-seq-end' || kind === 'flow-map-end') this.#brackets--;
    else if (kind === 'seq-item-ind' || kind === 'explicit-key-ind') this.#signs++;
    if (this.#isLineStart && kind !== 'newline' && !isMark(kind)) {
      this.#isLineStart = false;
      this.#indent(kind === 'space' ? token.length : 0);
    }
    return this.#brackets + this.#signs + this.#indents.length;
  }

  #indent(width: number): void {
    while ((this.#indents.at(-1) ?? -1) >= width) this.#indents.pop();
    this.#indents.push(width);
  }
}

/** A token that stands for no text: the lexer's marks of documents, flow and scalars. */
function isMark(kind: string | null): boolean {
  return kind === 'doc-mode' || kind === 'flow-error-end' || kind === 'scalar';
}

/** YAML has no place for a NUL, and readers differ on whether a CR alone ends a line. */
const UNFIT = /\0|\r(?!\n)/;
const NUL = 'found the character NUL; take it out';
const LONE_CR = 'found a line that ends in CR alone; end lines in LF or CRLF';
const MAX_LENGTH = 1024 * 1024;
const MOST_TOKENS = 200_000;
const MOST_LEVELS = 100;
