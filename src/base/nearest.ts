/** The one of `known` that `text` is most like; undefined if more than a third of its letters would have to change. */
export function nearest(text: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const one of known) {
    const distance = distanceOf(text, one);
    if (distance >= least || 3 * distance > Math.max(text.length, one.length)) continue;
    best = one;
    least = distance;
  }
  return best;
}

/** How many letters must be put in, taken out or changed to make one of the other (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = from[i - 1] === to[j - 1] ? 0 : 1;
      row.push(
        Math.min(
          (row[j - 1] as number) + 1,
          (before[j] as number) + 1,
          (before[j - 1] as number) + change,
        ),
      );
    }
    before = row;
  }
  return before[to.length] as number;
}
