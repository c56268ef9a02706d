/**
 * Text of others without what would move a cursor or turn the writing round, and without what XML 1.0 has no place for
 * (production 2, `Char`).
 */
export function showable(text: string): string {
  return text.replace(UNSHOWABLE, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

// Control characters but for the end of a line, halves of surrogate pairs, marks of direction, and what is no character.
const UNSHOWABLE = /(?!\n)[\p{Cc}\p{Cs}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu;
