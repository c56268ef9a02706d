import { u8, u16 } from './bytes.ts';

/** Text of the IPv4 (4 bytes) or IPv6 (16 bytes, RFC 5952) address at `at`. */
export function formatAddress(bytes: Uint8Array, at: number, version: 4 | 6): string {
  if (version === 4) {
    return `${u8(bytes, at)}.${u8(bytes, at + 1)}.${u8(bytes, at + 2)}.${u8(bytes, at + 3)}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => u16(bytes, at + 2 * i));
  const zeros = longestZeroRun(groups);
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return zeros.count < 2
    ? text(0, 8)
    : `${text(0, zeros.start)}::${text(zeros.start + zeros.count, 8)}`;
}

/** `[v6]:port` or `v4:port`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; count: number } {
  let best = { start: 0, count: 0 };
  for (let start = 0; start < groups.length; start++) {
    let count = 0;
    while (groups[start + count] === 0) count++;
    if (count > best.count) best = { start, count };
  }
  return best;
}
