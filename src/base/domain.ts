/** Whether a name is that domain or below it; both in the same case, without a dot at the end. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** The entry of the domain that a name is in; of several such domains, the most specific one. */
export function closestTo<Entry extends { readonly name: string }>(
  name: string,
  entries: readonly Entry[],
): Entry | undefined {
  let closest: Entry | undefined;
  for (const one of entries) {
    if (!isWithin(name, one.name)) continue;
    if (closest === undefined || one.name.length > closest.name.length) closest = one;
  }
  return closest;
}
