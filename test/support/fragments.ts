import { concat, edit, internetChecksum } from './packets.ts';

/** Of the IP packet in a frame without VLAN tags, IP options or extension headers: parts between these places of its payload. */
export function fragments(frame: Uint8Array, places: readonly number[], id = 0x1234): Uint8Array[] {
  const headersLength = frame[12] === 0x08 ? 34 : 54;
  const cuts = [0, ...places, frame.length - headersLength];
  return cuts.slice(1).map((end, i) => {
    const at = cuts[i] as number;
    return fragment(frame, { at, end, id });
  });
}

export interface Part {
  readonly at: number;
  readonly end: number;
  readonly id?: number;
  /** Without it, the last part says that it is the last. */
  readonly hasMore?: boolean;
}

/** One part of a packet's payload; `at` is a multiple of 8. */
export function fragment(frame: Uint8Array, part: Part): Uint8Array {
  return frame[12] === 0x08 ? ipv4Fragment(frame, part) : ipv6Fragment(frame, part);
}

function ipv4Fragment(frame: Uint8Array, { at, end, id = 0x1234, hasMore }: Part): Uint8Array {
  const headers = frame.slice(0, 34);
  const more = hasMore ?? 34 + end < frame.length;
  headers.set(words(20 + end - at, id, (more ? 0x2000 : 0) | (at / 8)), 16);
  headers.set(words(0), 24);
  headers.set(words(internetChecksum(headers.slice(14))), 24);
  return concat(headers, frame.slice(34 + at, 34 + end));
}

/** RFC 8200 §4.5: the fragment header is the only one. */
function ipv6Fragment(frame: Uint8Array, { at, end, id = 0x1234, hasMore }: Part): Uint8Array {
  const headers = frame.slice(0, 54);
  const more = hasMore ?? 54 + end < frame.length;
  const next = frame[20] as number;
  headers.set(words(8 + end - at), 18);
  headers[20] = 44;
  const fragmentHeader = concat(Uint8Array.of(next, 0), words(at | (more ? 1 : 0), 0, id));
  return concat(headers, fragmentHeader, frame.slice(54 + at, 54 + end));
}

/** A packet without any, with IPv6 extension headers of these types before its payload; each has eight bytes, most of it padding. */
export function withExtensionHeaders(frame: Uint8Array, types: readonly number[]): Uint8Array {
  const head = edit(frame.slice(0, 54), 18, ...words(frame.length - 54 + 8 * types.length));
  head[20] = types[0] as number;
  const headers = types.map((_, i) => {
    const next = types[i + 1] ?? (frame[20] as number);
    return concat(Uint8Array.of(next, 0, 1, 4), new Uint8Array(4));
  });
  return concat(head, ...headers, frame.slice(54));
}

function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >>> 8) & 0xff, value & 0xff]));
}

/** The same in parts of `size` bytes, a multiple of 8, but for the last. */
export function fragmentsOfSize(frame: Uint8Array, id: number, size: number): Uint8Array[] {
  const length = frame.length - (frame[12] === 0x08 ? 34 : 54);
  const places = Array.from({ length: Math.ceil(length / size) - 1 }, (_, i) => (i + 1) * size);
  return fragments(frame, places, id);
}
