import { cutText, textWidth } from './text-width.ts';

/**
 * Words in lines of at most `width` columns, as long as none is longer itself; the first line begins with `first`, those below
 * it with `rest`.
 */
export function wrap(text: string, width: number, first = '', rest = first): string {
  const lines: string[] = [];
  let line: string[] = [];
  let taken = 0;
  for (const word of text.split(/\s+/)) {
    const own = textWidth(word);
    if (line.length > 0 && taken + 1 + own > width) {
      lines.push(line.join(' '));
      line = [];
    }
    const start = lines.length === 0 ? first : rest;
    taken = line.length === 0 ? textWidth(start) + own : taken + 1 + own;
    line.push(line.length === 0 ? start + word : word);
  }
  return [...lines, line.join(' ')].join('\n');
}

/** On several lines, cut wherever it has to be. */
export function folded(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => cutText(line, width))
    .join('\n');
}
