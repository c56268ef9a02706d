import { u8 } from '../base/bytes.ts';
import type { PacketView } from '../wire/packet.ts';
import { SYN, seqDistance } from '../wire/tcp.ts';
import { RecencyMap } from './recency-map.ts';

/**
 * Remembers the last `WINDOW` bytes of the first `COMPARED` bytes of each direction of a TCP flow, by sequence number. So it can tell a
 * segment that says something else than an earlier one, in whatever order they come. `MOST` directions are remembered.
 */
export class SegmentVersions {
  readonly #known = new RecencyMap<Said>();

  /** Whether the segment has other bytes for sequence numbers that were seen before; it is remembered. */
  isOther(packet: PacketView): boolean {
    const { bytes, payloadAt, payloadEnd, flags } = packet;
    const isSyn = (flags & SYN) !== 0;
    if (payloadEnd === payloadAt && !isSyn) return false;
    const key = keyOf(packet);
    const seq = isSyn ? (packet.seq + 1) | 0 : packet.seq;
    const known = this.#known.use(key);
    // A SYN with another number begins another flow; one of a decoy makes what came before it forgotten, too.
    if (isSyn && known !== undefined && known.start !== seq) this.#known.delete(key);
    if (payloadEnd === payloadAt) return false;
    // A probe of a quiet connection may have a byte that means nothing (RFC 1122 §4.2.3.6); stacks send 0.
    if (payloadEnd - payloadAt === 1 && u8(bytes, payloadAt) === 0) return false;
    const said = this.#known.get(key) ?? this.#begin(key, seq);
    return said.take(seq, bytes, payloadAt, payloadEnd);
  }

  #begin(key: string, seq: number): Said {
    if (this.#known.size >= MOST) this.#known.deleteOldest();
    const said = new Said(seq);
    this.#known.set(key, said);
    return said;
  }
}

/** What one end said. */
class Said {
  readonly start: number;
  readonly #bytes = new Uint8Array(WINDOW);
  /** For each byte, the time around the window that it is from; 0 where there is none. */
  readonly #rounds = new Uint8Array(WINDOW);

  constructor(start: number) {
    this.start = start;
  }

  take(seq: number, bytes: Uint8Array, at: number, end: number): boolean {
    let isOther = false;
    const first = seqDistance(this.start, seq);
    const last = Math.min(end - at, COMPARED - first);
    for (let i = Math.max(0, -first); i < last; i++) {
      const place = (first + i) % WINDOW;
      const round = 1 + (first + i - place) / WINDOW;
      const byte = u8(bytes, at + i);
      if (this.#rounds[place] === round && this.#bytes[place] !== byte) isOther = true;
      this.#rounds[place] = round;
      this.#bytes[place] = byte;
    }
    return isOther;
  }
}

/** The sender's end, then the receiver's. */
function keyOf({ bytes, srcAt, dstAt, ipVersion, srcPort, dstPort }: PacketView): string {
  const length = ipVersion === 4 ? 4 : 16;
  const src = bytes.subarray(srcAt, srcAt + length).join('.');
  return `${src}:${srcPort} ${bytes.subarray(dstAt, dstAt + length).join('.')}:${dstPort}`;
}

const WINDOW = 4096;
const COMPARED = 16 * WINDOW;
const MOST = 4096;
