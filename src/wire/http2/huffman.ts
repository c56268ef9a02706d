import { u8 } from '../../base/bytes.ts';

/** Decodes a Huffman-coded string of HPACK; undefined where its code or padding is wrong (RFC 7541 §5.2). */
export function decodeHuffman(bytes: Uint8Array, at: number, end: number): Uint8Array | undefined {
  const decoded = new Uint8Array(Math.floor(((end - at) * 8) / SHORTEST));
  let length = 0;
  let code = 0;
  let bits = 0;
  for (let i = 8 * at; i < 8 * end; i++) {
    code = (code << 1) | ((u8(bytes, i >>> 3) >>> (7 - (i & 7))) & 1);
    bits++;
    const place = code - (FIRST[bits] as number);
    if (place >= (COUNTS[bits] as number)) {
      if (bits === LONGEST) return undefined;
      continue;
    }
    const symbol = SYMBOLS[(STARTS[bits] as number) + place] as number;
    if (symbol === END_OF_STRING) return undefined;
    decoded[length++] = symbol;
    code = 0;
    bits = 0;
  }
  const isPadding = bits < 8 && code === 2 ** bits - 1;
  return isPadding ? decoded.subarray(0, length) : undefined;
}

/** Bits of the code of each byte, and of the end of a string, as digits to base 36 (RFC 7541, Appendix B). */
const LENGTHS =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6' +
  'f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu';
const SHORTEST = 5;
const LONGEST = 30;
const END_OF_STRING = 256;
const BITS = Array.from(LENGTHS, (digit) => Number.parseInt(digit, 36));
/** In the order of their codes: codes of one length follow one another as their bytes do. */
const SYMBOLS = [...BITS.keys()].sort((a, b) => Number(BITS[a]) - Number(BITS[b]) || a - b);
/* For each length: how many codes have it, where their symbols start, and the first of the codes. */
const COUNTS = Array.from(
  { length: LONGEST + 1 },
  (_, bits) => BITS.filter((n) => n === bits).length,
);
const STARTS = COUNTS.map((_, bits) => BITS.filter((n) => n < bits).length);
const FIRST = COUNTS.map((_, bits) =>
  COUNTS.slice(0, bits).reduce((code, count, shorter) => code + count * 2 ** (bits - shorter), 0),
);
