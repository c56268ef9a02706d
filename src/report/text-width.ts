import stringWidth from 'fast-string-width';

/** Columns that one line takes on a terminal: wide characters take two, combining marks and colours none. */
export function textWidth(line: string): number {
  return NARROW.test(line) ? line.length : stringWidth(line);
}

/** The same of the longest line of some texts. */
export function widest(texts: readonly string[]): number {
  let most = 0;
  for (const text of texts)
    for (const line of text.split('\n')) most = Math.max(most, textWidth(line));
  return most;
}

/** A line in pieces of at most `width` columns, cut between what is seen as one character; at least one piece. */
export function cutText(line: string, width: number): string[] {
  const most = Math.max(width, 1);
  if (NARROW.test(line)) return line.match(new RegExp(`.{1,${most}}`, 'g')) ?? [''];
  const pieces = [''];
  let taken = 0;
  characters ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of characters.segment(line)) {
    const own = stringWidth(segment);
    if (taken > 0 && taken + own > most) {
      pieces.push('');
      taken = 0;
    }
    pieces[pieces.length - 1] += segment;
    taken += own;
  }
  return pieces;
}

/** Filled with spaces up to a width. */
export function padded(line: string, width: number): string {
  return line + ' '.repeat(Math.max(width - textWidth(line), 0));
}

/** Characters of one column each: ASCII, Latin, dashes, quotation marks, arrows and boxes. */
const NARROW =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f\u2713\u2717]*$/;
/** Made when a text needs it: that takes some ms. */
let characters: Intl.Segmenter | undefined;
