/** Whether a name is that domain or below it; both in the same case, without a dot at the end. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
