import { u8 } from '../../base/bytes.ts';

/*
 * What the Great Firewall took for fully encrypted from November 2021 to March 2023: the first payload of a connection
 * that none of five rules exempts (Wu et al., How the Great Firewall of China Detects and Blocks Fully Encrypted
 * Traffic, USENIX Security 2023, §4, Algorithm 1, and `detect.py` in its artifact).
 */

/** The first rule, Ex1 to Ex5, that exempts the payload; 0 if none does, and it is blocked. An empty one is exempt. */
export function exemptionOf(bytes: Uint8Array, at: number, end: number): 0 | 1 | 2 | 3 | 4 | 5 {
  let ones = 0;
  let printableCount = 0;
  let run = 0;
  let longestRun = 0;
  let firstRun = 0;
  for (let i = at; i < end; i++) {
    const byte = u8(bytes, i);
    ones += u8(ONES, byte);
    run = byte >= 0x20 && byte <= 0x7e ? run + 1 : 0;
    if (run > 0) printableCount++;
    if (run > longestRun) longestRun = run;
    if (run === i + 1 - at) firstRun = run;
  }
  const length = end - at;
  if (10 * ones <= 34 * length || 10 * ones >= 46 * length) return 1; // bits per byte: 3.4 and 4.6
  if (firstRun >= 6) return 2;
  if (2 * printableCount > length) return 3;
  if (longestRun > 20) return 4;
  return isTls(bytes, at, end) || isHttp(bytes, at, end) ? 5 : 0;
}

export function isFullyEncrypted(bytes: Uint8Array, at: number, end: number): boolean {
  return exemptionOf(bytes, at, end) === 0;
}

/** `[\x16-\x17]\x03[\x00-\x09]` (§4.3): content type and version of a record. */
function isTls(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 3) return false;
  const type = u8(bytes, at);
  return (
    (type === 0x16 || type === 0x17) && u8(bytes, at + 1) === 0x03 && u8(bytes, at + 2) <= 0x09
  );
}

/** The methods that are too short for Ex2, and a space (§4.3). */
function isHttp(bytes: Uint8Array, at: number, end: number): boolean {
  for (const method of METHODS) if (beginsWith(bytes, at, end, method)) return true;
  return false;
}

function beginsWith(bytes: Uint8Array, at: number, end: number, method: Uint8Array): boolean {
  if (end - at < method.length) return false;
  for (let i = 0; i < method.length; i++) if (u8(bytes, at + i) !== u8(method, i)) return false;
  return true;
}

const METHODS = ['GET ', 'PUT ', 'POST ', 'HEAD '].map((method) =>
  new TextEncoder().encode(method),
);
/** How many bits of each byte are set. */
const ONES = new Uint8Array(256);
for (let byte = 1; byte < 256; byte++) ONES[byte] = (byte & 1) + u8(ONES, byte >>> 1);
