import { i32 } from '../base/bytes.ts';
import type { PacketView } from '../wire/packet.ts';
import { mixed, tupleHash } from './tuple-hash.ts';

/**
 * Slots, which are numbers below `capacity` (until it grows), by the five-tuples of packets; both directions of a flow have one. It is a hash table
 * over typed arrays, so that neither looking up nor adding allocates anything.
 */
export class TupleIndex {
  /** Whether the packet of the last `add`, or successful `find`, goes the way of the one that was added. */
  isForward = true;
  readonly #salt: number;
  #buckets = EMPTY;
  #mask = 0;
  /** Per slot: initiator's and responder's address (four words each), ports, protocol and IP version. */
  #keys = EMPTY;
  readonly #probe = new Int32Array(KEY_WORDS);
  #nextInBucket = EMPTY;

  /** A `salt` that nobody can guess keeps senders from putting all flows in one bucket. */
  constructor(capacity: number, salt: number) {
    this.#salt = salt | 0;
    this.#makeRoom(capacity);
  }

  /** How many slots there may be. */
  get capacity(): number {
    return this.#nextInBucket.length;
  }

  /** Makes room for more slots when each that there may be is taken. */
  grow(capacity: number): void {
    const keys = this.#keys;
    const count = this.capacity;
    this.#makeRoom(capacity);
    this.#keys.set(keys);
    for (let slot = 0; slot < count; slot++) {
      this.#probe.set(keys.subarray(slot * KEY_WORDS, (slot + 1) * KEY_WORDS));
      this.#link(slot);
    }
  }

  #makeRoom(capacity: number): void {
    const bucketCount = 1 << Math.max(4, Math.ceil(Math.log2(capacity)));
    this.#mask = bucketCount - 1;
    this.#buckets = new Int32Array(bucketCount).fill(NO_SLOT);
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#nextInBucket = new Int32Array(capacity);
  }

  /** The slot of this packet, which is TCP or UDP; `NO_SLOT` if it has none. Sets `isForward`. */
  find(packet: PacketView): number {
    this.#readKey(packet);
    let slot = this.#buckets[this.#bucket()] as number;
    for (; slot !== NO_SLOT; slot = this.#nextInBucket[slot] as number) {
      const way = this.#compare(slot);
      if (way === DIFFERENT) continue;
      this.isForward = way === SAME_WAY;
      return slot;
    }
    return NO_SLOT;
  }

  /** Gives the packet's five-tuple, which must have no slot, this one. */
  add(packet: PacketView, slot: number): void {
    this.#readKey(packet);
    this.#keys.set(this.#probe, slot * KEY_WORDS);
    this.#link(slot);
    this.isForward = true;
  }

  #link(slot: number): void {
    const bucket = this.#bucket();
    this.#nextInBucket[slot] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = slot;
  }

  remove(slot: number): void {
    for (let i = 0; i < KEY_WORDS; i++) this.#probe[i] = this.#keys[slot * KEY_WORDS + i] as number;
    const bucket = this.#bucket();
    const next = this.#nextInBucket[slot] as number;
    if (this.#buckets[bucket] === slot) {
      this.#buckets[bucket] = next;
      return;
    }
    let before = this.#buckets[bucket] as number;
    while (this.#nextInBucket[before] !== slot) before = this.#nextInBucket[before] as number;
    this.#nextInBucket[before] = next;
  }

  /** From now on, the other way is the one that counts as forward. */
  reverse(slot: number): void {
    const at = slot * KEY_WORDS;
    const ports = this.#keys[at + 8] as number;
    this.#probe.set(this.#keys.subarray(at, at + 8));
    this.#keys.copyWithin(at, at + 4, at + 8);
    this.#keys.set(this.#probe.subarray(0, 4), at + 4);
    this.#keys[at + 8] = (ports << 16) | (ports >>> 16);
  }

  /** A number in 32 bits that is the same for both directions of a flow and differs between flows. */
  hashOf(slot: number, seed: number): number {
    let hash = seed | 0;
    for (let i = 0; i < KEY_WORDS; i++) {
      hash = mixed(hash ^ (this.#keys[slot * KEY_WORDS + i] as number));
    }
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  /**
   * The first slot in `[from, end)` that is, or was last, of the packet's protocol and its two hosts, whatever the ports; `NO_SLOT` if
   * there is none.
   */
  nextBetween(packet: PacketView, from: number, end: number): number {
    this.#readKey(packet);
    for (let slot = from; slot < end; slot++) {
      const at = slot * KEY_WORDS;
      if (this.#keys[at + 9] !== this.#probe[9]) continue;
      if (this.#equal(at, 0, 4) || this.#equal(at, 4, 0)) return slot;
    }
    return NO_SLOT;
  }

  #readKey(packet: PacketView): void {
    const { bytes, srcAt, dstAt, ipVersion } = packet;
    const key = this.#probe;
    const words = ipVersion === 4 ? 1 : 4;
    for (let i = 0; i < 4; i++) {
      key[i] = i < words ? i32(bytes, srcAt + 4 * i) : 0;
      key[4 + i] = i < words ? i32(bytes, dstAt + 4 * i) : 0;
    }
    key[8] = i32(bytes, packet.transportAt);
    key[9] = (packet.protocol << 8) | ipVersion;
  }

  #bucket(): number {
    return tupleHash(this.#probe, this.#salt) & this.#mask;
  }

  #compare(slot: number): number {
    const at = slot * KEY_WORDS;
    const keys = this.#keys;
    const key = this.#probe;
    if (keys[at + 9] !== key[9]) return DIFFERENT;
    const ports = key[8] as number;
    if (keys[at + 8] === ports && this.#equal(at, 0, 4)) return SAME_WAY;
    const swapped = (ports << 16) | (ports >>> 16);
    return keys[at + 8] === swapped && this.#equal(at, 4, 0) ? OTHER_WAY : DIFFERENT;
  }

  #equal(at: number, srcWord: number, dstWord: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (this.#keys[at + i] !== this.#probe[srcWord + i]) return false;
      if (this.#keys[at + 4 + i] !== this.#probe[dstWord + i]) return false;
    }
    return true;
  }
}

const EMPTY = new Int32Array(0);
export const NO_SLOT = -1;
const KEY_WORDS = 10;
const DIFFERENT = 0;
const SAME_WAY = 1;
const OTHER_WAY = 2;
