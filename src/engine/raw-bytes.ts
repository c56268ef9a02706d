import { u8 } from '../base/bytes.ts';
import type { ByteStream } from '../flow/byte-stream.ts';

/** What is remembered of one direction of a flow in which raw bytes are looked for. */
export class RawBytes {
  /** Bytes of a message body still to come, in which no message begins. */
  bodyLeft = 0;
  readonly #tail = new Uint8Array(LONGEST_NEEDLE);
  #length = 0;
  #end = -1;

  /**
   * Puts what is new in the stream's window into the scratch, with as much before it as a needle may reach back. Gives the
   * stream offset of its first byte.
   */
  join(stream: ByteStream, scratch: Scratch): number {
    const seen = Math.min(Math.max(0, stream.scanned - stream.offset), stream.end - stream.at);
    const from = stream.offset + seen;
    const before = from === this.#end ? this.#length : 0;
    scratch.reserve(before + stream.end - stream.at - seen);
    scratch.end = 0;
    scratch.add(this.#tail, 0, before);
    scratch.add(stream.bytes, stream.at + seen, stream.end);
    return from - before;
  }

  /** What was joined has been looked at; after a hit, nothing may reach back into it. */
  keep(stream: ByteStream, { bytes, end }: Scratch, isHit = false): void {
    this.#length = isHit ? 0 : Math.min(end, LONGEST_NEEDLE);
    for (let i = 0; i < this.#length; i++) this.#tail[i] = u8(bytes, end - this.#length + i);
    this.#end = stream.offset + stream.end - stream.at;
    stream.scanned = this.#end;
  }
}

/** Bytes that are looked at together; one for all flows. */
export class Scratch {
  bytes: Uint8Array = new Uint8Array(4096);
  end = 0;

  reserve(length: number): void {
    if (this.bytes.length < length) this.bytes = new Uint8Array(2 * length);
  }

  /** Byte by byte: `set` needs a slice, which is an object for each segment. */
  add(source: Uint8Array, at: number, end: number): void {
    for (let i = at; i < end; i++) this.bytes[this.end++] = u8(source, i);
  }
}

/** Bytes that a keyword may have, and so how far back it may reach into an earlier segment. */
export const LONGEST_NEEDLE = 256;
/** Bytes of memory of a `RawBytes`, about. */
export const RAW_BYTES_COST = LONGEST_NEEDLE + 192;
