/** The end of what a program said before it ended, on one line and without stack frames; empty if it said nothing. */
export function lastWords(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !NOISE.test(line))
    .slice(-MOST_LINES)
    .join('; ')
    .slice(-MOST_LENGTH);
}

/** Frames of a stack, the version that Node ends one with, and its marks under a line of source. */
const NOISE = /^(at |Node\.js v|node:|\^+$|throw |\}$)/;
const MOST_LINES = 3;
const MOST_LENGTH = 600;
