/**
 * The URL that a text is; `undefined` if it is none. `URL.canParse` of Node 20 says of texts with letters such as ü that they are none,
 * as soon as it was called some thousand times (its fast call takes Latin-1 for UTF-8).
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
