import { u8 } from '../../base/bytes.ts';
import { counted } from '../../base/counted.ts';
import type { Observation } from '../observation.ts';
import type { Matcher } from './matcher.ts';

/** What must hold of one segment or datagram as it came, all of it; what is not named does not matter. */
export interface PacketPattern {
  readonly transport?: 'tcp' | 'udp' | undefined;
  /** Bytes of payload; both are included. */
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly bytes?: readonly BytesAt[] | undefined;
}

/** Bytes at a place in the payload, as far as the mask has their bits; without one, all bits count. */
export interface BytesAt {
  readonly at: number;
  readonly value: Uint8Array;
  readonly mask?: Uint8Array | undefined;
}

/** A packet with payload by its length and by bytes at fixed places, whatever else the box puts together. */
export function packet(pattern: PacketPattern): Matcher {
  return {
    observes: 'packet',
    matches: (seen) => {
      if (!fits(seen, pattern)) return false;
      seen.text = `${seen.packet.isUdp ? 'udp' : 'tcp'}, ${counted(seen.packet.payloadLength, 'byte')}`;
      return true;
    },
  };
}

function fits({ packet: view }: Observation, pattern: PacketPattern): boolean {
  const { transport, minLength, maxLength, bytes } = pattern;
  const length = view.payloadLength;
  if (length === 0) return false;
  if (transport !== undefined && (transport === 'udp') !== view.isUdp) return false;
  if (minLength !== undefined && length < minLength) return false;
  if (maxLength !== undefined && length > maxLength) return false;
  if (bytes === undefined) return true;
  for (let i = 0; i < bytes.length; i++) {
    if (!has(view.bytes, view.payloadAt, length, bytes[i] as BytesAt)) return false;
  }
  return true;
}

function has(payload: Uint8Array, from: number, length: number, wanted: BytesAt): boolean {
  const { at, value, mask } = wanted;
  if (at + value.length > length) return false;
  for (let i = 0; i < value.length; i++) {
    const bits = mask === undefined ? 0xff : u8(mask, i);
    if (((u8(payload, from + at + i) ^ u8(value, i)) & bits) !== 0) return false;
  }
  return true;
}
