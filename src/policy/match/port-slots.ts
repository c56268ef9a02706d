import type { AddressEntry } from './address-entry.ts';

/*
 * Ports of both protocols in one row of numbers, so that a range of them says all an entry asks for: those of TCP, then
 * those of UDP, then one for whatever has no ports.
 */

export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

export function slotOf(port: number, protocol: number): number {
  if (protocol === TCP) return port;
  return protocol === UDP ? UDP_SLOT + port : OTHER_SLOT;
}

export function slotsOf({ firstPort, lastPort, protocol }: AddressEntry): SlotRange[] {
  const tcp = { first: firstPort, last: lastPort };
  const udp = { first: UDP_SLOT + firstPort, last: UDP_SLOT + lastPort };
  if (protocol !== undefined) return [protocol === 'tcp' ? tcp : udp];
  const isAnyPort = firstPort === 0 && lastPort === 0xffff;
  return isAnyPort ? [{ first: 0, last: OTHER_SLOT }] : [tcp, udp];
}

/** The same slots in ranges that rise and do not touch. */
export function merged(ranges: readonly SlotRange[]): readonly SlotRange[] {
  if (ranges.length === 1) return ranges;
  const result: SlotRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = result.at(-1);
    if (before === undefined || range.first > before.last + 1) result.push(range);
    else result[result.length - 1] = { ...before, last: Math.max(before.last, range.last) };
  }
  return result;
}

const TCP = 6;
const UDP = 17;
const UDP_SLOT = 0x10000;
const OTHER_SLOT = 0x20000;
