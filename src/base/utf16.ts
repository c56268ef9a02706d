/** True for a text in UTF-16: it has a mark, or most characters at its beginning have a 0 at one side. */
export function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const beginning = [...bytes.subarray(0, 64)];
  const zeros = [0, 1].map(
    (side) => beginning.filter((byte, i) => byte === 0 && i % 2 === side).length,
  );
  return Math.min(...zeros) === 0 && 2 * Math.max(...zeros) > beginning.length >> 1;
}

export const FOUND_UTF16 =
  'expected text in UTF-8; found UTF-16: convert the file with `iconv -f UTF-16 -t UTF-8`';
