import { parseAddress } from '../base/address.ts';
import { u8 } from '../base/bytes.ts';

/** Addresses that have their first bits in common. */
export interface Network {
  readonly first: Uint8Array;
  readonly prefixLength: number;
}

/** `198.18.0.0/15`, `2001:db8::/32`; `undefined` if it is none. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const first = parseAddress(address);
  if (first === undefined || more.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
  const prefixLength = Number(length);
  return prefixLength <= 8 * first.length ? { first, prefixLength } : undefined;
}

export function isWithin(address: Uint8Array, { first, prefixLength }: Network): boolean {
  if (address.length !== first.length) return false;
  const whole = prefixLength >>> 3;
  for (let at = 0; at < whole; at++) if (u8(address, at) !== u8(first, at)) return false;
  const rest = prefixLength & 7;
  return rest === 0 || (u8(address, whole) ^ u8(first, whole)) >>> (8 - rest) === 0;
}
