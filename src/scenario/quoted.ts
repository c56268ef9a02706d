/** A text of a file for a message: as JSON, and each character that cannot be seen by its code. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** As much of a text as a message has room for. */
export function shorten(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text;
}

const MOST_SHOWN = 60;
/** Blanks other than the space, control characters, marks of direction, halves of pairs, and what is no character. */
const UNSEEN = /[^\P{Z} ]|\p{C}/gu;
