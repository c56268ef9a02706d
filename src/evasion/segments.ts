import { FIN, PSH } from '../wire/tcp.ts';
import { concat, copyPacket, type Packet } from './packet.ts';

/** The segments of a packet that is cut at these places of its payload, in order. */
export function cut(packet: Packet, ...places: readonly number[]): Packet[] {
  const { length } = packet.payload;
  const inside = [...new Set(places)].filter((at) => at > 0 && at < length).sort((a, b) => a - b);
  const starts = [0, ...inside];
  return starts.map((from, i) => {
    const to = starts[i + 1] ?? length;
    return part(packet, from, packet.payload.slice(from, to), to === length);
  });
}

/** A segment of the packet's stream, from so many bytes behind (or before) the packet's own first. */
export function part(packet: Packet, from: number, payload: Uint8Array, isLast = true): Packet {
  const copy = copyPacket(packet);
  copy.payload = payload;
  if (copy.tcp === undefined) return copy;
  copy.tcp.seq = (copy.tcp.seq + from) >>> 0;
  // Every part is pushed, as tools that split with a write each have it; FIN stays with the last.
  copy.tcp.flags = isLast ? copy.tcp.flags : (copy.tcp.flags | PSH) & ~FIN;
  return copy;
}

/** The same segment with more before its payload, which lie left of what the receiver still takes. */
export function behindGarbage(packet: Packet, length: number): Packet {
  return part(packet, -length, concat(new Uint8Array(length), packet.payload));
}
