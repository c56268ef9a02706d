import { mapRing, reserveMemory } from './libc.ts';

/**
 * One stretch of memory for everything a frame passes through: rings that the kernel shares, links, capture buffer.
 * So a frame moves by a copy inside one array, without a slice object per packet. Pages are used only once touched.
 */
export class Arena {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly #address: bigint;
  #used = 0;

  constructor(length: number) {
    const { address, memory } = reserveMemory(length);
    this.#address = address;
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
  }

  /** The start of `length` bytes that nobody else has been given; page-aligned. */
  claim(length: number): number {
    const at = this.#used;
    this.#used += Math.ceil(length / PAGE) * PAGE;
    if (this.#used > this.bytes.length)
      throw new RangeError(`arena of ${this.bytes.length} is full`);
    return at;
  }

  /** Maps the rings of a packet socket into the arena; where they start. */
  claimRing(fd: number, length: number): number {
    const at = this.claim(length);
    mapRing(fd, this.#address + BigInt(at), length);
    return at;
  }
}

/** The largest page size of the machines this runs on. */
const PAGE = 65_536;
