/**
 * Words in lines of at most `width` columns, as long as none is longer itself; the first line begins with `first`, those below
 * it with `rest`.
 */
export function wrap(text: string, width: number, first = '', rest = first): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** On several lines, cut wherever it has to be. */
export function folded(text: string, width: number): string {
  return text.match(new RegExp(`.{1,${Math.max(width, 1)}}`, 'gsu'))?.join('\n') ?? '';
}
