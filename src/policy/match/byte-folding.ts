import { lower } from '../../base/bytes.ts';

/** What each byte is taken for when two of them are compared. */
export function foldingOf(caseSensitive: boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (caseSensitive ? byte : lower(byte)));
}
