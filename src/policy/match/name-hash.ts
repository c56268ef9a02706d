/*
 * The hash of a name is made from its last byte to its first, so that the hashes of all its suffixes come by the way.
 * Each byte goes in as a random number that follows from the seed, so who does not know the seed cannot make names
 * that collide, and under another seed they no longer do.
 */

/** The random number of each byte; the same for bytes that are folded into one. */
export function codesOf(fold: Uint8Array, seed: number): Int32Array {
  return Int32Array.from(fold, (byte) =>
    mix((Math.imul(seed, 0x9e3779b1) + Math.imul(byte + 1, 0x85ebca77)) | 0),
  );
}

/** One byte further towards the beginning of the name. */
export function step(hash: number, code: number): number {
  const product = Math.imul(hash ^ code, 0x01000193);
  return (product << 13) | (product >>> 19);
}

/** The finaliser of MurmurHash3: every bit that goes in reaches every bit of a table's index. */
export function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
