/** Where the first byte is that is part of no character in UTF-8; `undefined` if there is none. */
export function foreignByteAt(bytes: Uint8Array): number | undefined {
  // Foreign bytes decode to U+FFFD, which encodes to other bytes. The first of these may be the same.
  const text = DECODER.decode(bytes);
  if (!text.includes('\ufffd')) return undefined;
  const again = ENCODER.encode(text);
  const at = again.findIndex((byte, i) => byte !== bytes[i]);
  return at < 0 ? undefined : at - REPLACEMENT.indexOf(again[at] as number);
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
/** U+FFFD. */
const REPLACEMENT = [0xef, 0xbf, 0xbd];
