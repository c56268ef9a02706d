/** The first few texts of a list, and how many more there are. */
export function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, MOST_TOLD).join(', ');
  const rest = texts.length - MOST_TOLD;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

const MOST_TOLD = 8;
