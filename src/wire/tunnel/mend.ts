import { putU16, u16 } from '../../base/bytes.ts';
import { checksum, pseudoHeaderSum } from '../checksum.ts';
import type { Wrapping } from './layers.ts';

/**
 * Makes the headers around the innermost packet say how long a frame is, whose wrapping lies at these places after `by` was added,
 * and computes their checksums anew; innermost first, since outer checksums are over what is inside.
 */
export function mendWrapping(frame: Uint8Array, wrapping: Wrapping, by: number): void {
  for (let i = wrapping.count - 1; i >= 0; i--) mendHeader(frame, wrapping, i, by);
}

function mendHeader(frame: Uint8Array, wrapping: Wrapping, i: number, by: number): void {
  const at = wrapping.at(i) + by;
  const rest = frame.length - at;
  switch (wrapping.kind(i)) {
    case 'ethernet':
      return;
    case 'ipv4': {
      putU16(frame, at + 2, rest);
      putU16(frame, at + 10, 0);
      const headerLength = ((frame[at] ?? 0) & 0x0f) * 4;
      putU16(frame, at + 10, checksum(frame, at, at + headerLength));
      return;
    }
    case 'ipv6':
      putU16(frame, at + 4, rest - 40);
      return;
    case 'udp':
      mendUdp(frame, at, wrapping.at(i - 1) + by);
      return;
    case 'length-after':
      putU16(frame, at, rest - 2);
      return;
    case 'gtp':
      putU16(frame, at + 2, rest - 8);
      return;
    case 'l2tp':
      putU16(frame, at, rest + 2);
      return;
    case 'gre-checksum':
      putU16(frame, at + 4, 0);
      putU16(frame, at + 4, checksum(frame, at, frame.length));
      return;
    case 'pptp':
      putU16(frame, at + 4, rest - ((u16(frame, at) & 0x80) !== 0 ? 16 : 12));
      return;
  }
}

/** A checksum of 0 says that there is none, as tunnels may have it. */
function mendUdp(frame: Uint8Array, at: number, ipAt: number): void {
  const length = frame.length - at;
  putU16(frame, at + 4, length);
  if (u16(frame, at + 6) === 0) return;
  putU16(frame, at + 6, 0);
  const isIpv4 = (frame[ipAt] ?? 0) >>> 4 === 4;
  const addresses = isIpv4 ? { at: ipAt + 12, end: ipAt + 20 } : { at: ipAt + 8, end: ipAt + 40 };
  const partial = pseudoHeaderSum(frame, addresses, 17, length);
  putU16(frame, at + 6, checksum(frame, at, frame.length, partial) || 0xffff);
}

/** Turns the ways of the headers around a packet: their addresses and ports change places. */
export function turnWrapping(frame: Uint8Array, wrapping: Wrapping, by: number): void {
  for (let i = 0; i < wrapping.count; i++) {
    const at = wrapping.at(i) + by;
    const kind = wrapping.kind(i);
    if (kind === 'ethernet') swap(frame, at, 6);
    else if (kind === 'ipv4') swap(frame, at + 12, 4);
    else if (kind === 'ipv6') swap(frame, at + 8, 16);
    // The port that names the tunnel is where both ends send to.
    else if (kind === 'udp' && u16(frame, at) !== u16(frame, at + 2) && isSymmetric(frame, at)) {
      swap(frame, at, 2);
    }
  }
}

/** VXLAN, its extension and Geneve take the source port for a number that spreads flows (RFC 7348 §5, RFC 8926 §3.3). */
function isSymmetric(frame: Uint8Array, at: number): boolean {
  return !ONE_WAY_PORTS.includes(u16(frame, at + 2));
}

function swap(frame: Uint8Array, at: number, length: number): void {
  for (let i = at; i < at + length; i++) {
    const byte = frame[i] as number;
    frame[i] = frame[i + length] as number;
    frame[i + length] = byte;
  }
}

const ONE_WAY_PORTS: readonly number[] = [4341, 4754, 4789, 4790, 6081, 6635, 8472];
