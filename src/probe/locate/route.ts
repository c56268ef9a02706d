import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { parseAddress } from '../../base/address.ts';
import { i32, i32LE } from '../../base/bytes.ts';

/**
 * The interface by which the kernel sends to an IPv4 address; undefined if it has no route. Not by `networkInterfaces` of Node,
 * which leaves out those whose other end came up a moment ago.
 */
export function interfaceTowards(target: string): string | undefined {
  return interfaceIn(readFileSync('/proc/self/net/route', 'latin1'), target, endianness());
}

/** In the table as /proc shows it, whose addresses are in the machine's order of bytes. */
export function interfaceIn(table: string, target: string, order: 'LE' | 'BE'): string | undefined {
  const bytes = parseAddress(target) as Uint8Array;
  const address = order === 'LE' ? i32LE(bytes, 0) : i32(bytes, 0);
  const fitting = table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [name = '', destination = '', , flags = '', , , , mask = ''] = line.trim().split(/\s+/);
      const [to, bits] = [destination, mask].map((text) => Number.parseInt(text, 16) | 0);
      const isUp = (Number.parseInt(flags, 16) & ROUTE_UP) !== 0;
      return isUp && (address & (bits ?? 0)) === to ? [{ name, length: ones(bits ?? 0) }] : [];
    });
  return fitting.sort((a, b) => b.length - a.length)[0]?.name;
}

function ones(bits: number): number {
  return (bits >>> 0).toString(2).replaceAll('0', '').length;
}

const ROUTE_UP = 1;
