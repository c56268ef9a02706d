/** The one of `known` that a slip of the keyboard makes `text` of, if there is one: a third of its letters at most is wrong. */
export function nearest(text: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.floor(text.length / 3) + 1;
  for (const one of known) {
    const distance = distanceOf(text, one);
    if (distance >= least) continue;
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
