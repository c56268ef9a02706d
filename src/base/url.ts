/**
 * The URL that a text is; `undefined` if it is none. `URL.canParse` of Node 20 cannot be used. After some thousand calls it refuses
 * texts with letters such as ü, for its fast call takes Latin-1 for UTF-8.
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
