import { i32 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import type { PacketView } from '../wire/packet.ts';
import { type Direction, Flow } from './flow.ts';
import type { TcbKnobs } from './knobs.ts';
import { mixed, tupleHash } from './tuple-hash.ts';

export type FlowTableOptions = Pick<
  TcbKnobs,
  'capacity' | 'idleTimeout' | 'halfOpenTimeout' | 'eviction'
>;

/**
 * Flows by five-tuple, both directions under one entry. A hash table over typed arrays: looking up a packet allocates
 * nothing. Flows that were only begun, and the others, each have a list in order of age and a timeout; when room is
 * needed, the eviction policy says which goes.
 */
export class FlowTable {
  /** How the packet of the last successful `find` or `open` runs in its flow. */
  direction: Direction = 'to-server';
  readonly #options: FlowTableOptions;
  readonly #salt: number;
  readonly #buckets: Int32Array;
  readonly #mask: number;
  /** Per slot: initiator's and responder's address (four words each), ports, IP version. */
  readonly #keys: Int32Array;
  readonly #probe = new Int32Array(KEY_WORDS);
  readonly #nextInBucket: Int32Array;
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #lastSeen: Float64Array;
  /** Which list a slot is in: OPEN or HALF_OPEN. */
  readonly #list: Uint8Array;
  readonly #oldest = new Int32Array(2).fill(NONE);
  readonly #newest = new Int32Array(2).fill(NONE);
  readonly #flows: Flow[] = [];
  readonly #free: number[] = [];
  #count = 0;

  constructor(options: FlowTableOptions, salt = 0) {
    const { capacity } = options;
    this.#options = options;
    this.#salt = salt | 0;
    const bucketCount = 1 << Math.max(4, Math.ceil(Math.log2(capacity)));
    this.#mask = bucketCount - 1;
    this.#buckets = new Int32Array(bucketCount).fill(NONE);
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#nextInBucket = new Int32Array(capacity);
    this.#older = new Int32Array(capacity);
    this.#newer = new Int32Array(capacity);
    this.#lastSeen = new Float64Array(capacity);
    this.#list = new Uint8Array(capacity);
  }

  get size(): number {
    return this.#count;
  }

  /** The flow of this TCP packet, if it is known and has not been idle too long. Sets `direction`. */
  find(packet: PacketView, now: Millis): Flow | undefined {
    this.#readKey(packet);
    for (let slot = this.#head(); slot !== NONE; slot = this.#nextInBucket[slot] as number) {
      const way = this.#compare(slot);
      if (way === DIFFERENT) continue;
      const flow = this.#flows[slot] as Flow;
      if (this.#isOver(slot, now)) {
        this.remove(flow);
        return undefined;
      }
      this.direction = way === SAME_WAY ? 'to-server' : 'to-client';
      this.#touch(slot, now);
      return flow;
    }
    return undefined;
  }

  /**
   * A new flow whose initiator is the packet's sender; it is half-open until `establish`. Undefined when the table is full
   * and the policy is to keep what it has. The five-tuple must not be in the table.
   */
  open(packet: PacketView, now: Millis): Flow | undefined {
    this.#expire(HALF_OPEN, now);
    this.#expire(OPEN, now);
    if (this.#count === this.#options.capacity && !this.#evict()) return undefined;
    const slot = this.#free.pop() ?? this.#flows.length;
    const flow = this.#flows[slot] ?? new Flow(slot);
    this.#flows[slot] = flow;
    this.#readKey(packet);
    this.#keys.set(this.#probe, slot * KEY_WORDS);
    const bucket = this.#bucket();
    this.#nextInBucket[slot] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = slot;
    this.#count++;
    this.#list[slot] = HALF_OPEN;
    this.#link(slot, now);
    this.direction = 'to-server';
    return flow;
  }

  /** The flow's other end has answered, or it carries data: from now on it counts as open. */
  establish({ slot }: Flow): void {
    if (this.#list[slot] === OPEN) return;
    this.#unlink(slot);
    this.#list[slot] = OPEN;
    this.#link(slot, this.#lastSeen[slot] as number);
  }

  /** A number that is the same for both directions of a flow and differs between flows, in 32 bits. */
  hashOf({ slot }: Flow, seed: number): number {
    let hash = seed | 0;
    for (let i = 0; i < KEY_WORDS; i++) {
      hash = mixed(hash ^ (this.#keys[slot * KEY_WORDS + i] as number));
    }
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  /** Who began the flow was its other end. */
  reverse(flow: Flow): void {
    const at = flow.slot * KEY_WORDS;
    const ports = this.#keys[at + 8] as number;
    this.#probe.set(this.#keys.subarray(at, at + 8));
    this.#keys.copyWithin(at, at + 4, at + 8);
    this.#keys.set(this.#probe.subarray(0, 4), at + 4);
    this.#keys[at + 8] = (ports << 16) | (ports >>> 16);
    flow.reverse();
    this.direction = this.direction === 'to-server' ? 'to-client' : 'to-server';
  }

  remove(flow: Flow): void {
    const { slot } = flow;
    for (let i = 0; i < KEY_WORDS; i++) this.#probe[i] = this.#keys[slot * KEY_WORDS + i] as number;
    this.#unchain(slot);
    this.#unlink(slot);
    this.#free.push(slot);
    this.#count--;
    flow.reset();
  }

  /** Forgets every session of the packet's protocol between its two hosts, whatever the ports. Looks at the whole table. */
  forgetBetween(packet: PacketView): void {
    this.#readKey(packet);
    for (let slot = 0; slot < this.#flows.length; slot++) {
      const at = slot * KEY_WORDS;
      if (this.#keys[at + 9] !== this.#probe[9]) continue;
      if (this.#equal(at, 0, 4) || this.#equal(at, 4, 0)) (this.#flows[slot] as Flow).forget();
    }
  }

  #isOver(slot: number, now: Millis): boolean {
    const { idleTimeout, halfOpenTimeout } = this.#options;
    const timeout = this.#list[slot] === OPEN ? idleTimeout : halfOpenTimeout;
    return now - (this.#lastSeen[slot] as number) > timeout;
  }

  /** A few at a time, so that no packet pays for all the flows that are over. */
  #expire(list: number, now: Millis): void {
    for (let count = 0; count < MOST_EXPIRED; count++) {
      const oldest = this.#oldest[list] as number;
      if (oldest === NONE || !this.#isOver(oldest, now)) return;
      this.remove(this.#flows[oldest] as Flow);
    }
  }

  /** Makes room for one flow, if the policy allows. */
  #evict(): boolean {
    const { eviction } = this.#options;
    if (eviction === 'newest') return false;
    const [open, halfOpen] = [this.#oldest[OPEN] as number, this.#oldest[HALF_OPEN] as number];
    let slot = halfOpen === NONE ? open : halfOpen;
    if (eviction === 'oldest' && open !== NONE && halfOpen !== NONE) {
      const isOlder = (this.#lastSeen[open] as number) <= (this.#lastSeen[halfOpen] as number);
      slot = isOlder ? open : halfOpen;
    }
    this.remove(this.#flows[slot] as Flow);
    return true;
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

  #head(): number {
    return this.#buckets[this.#bucket()] as number;
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

  #unchain(slot: number): void {
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

  #touch(slot: number, now: Millis): void {
    if (this.#newest[this.#list[slot] as number] === slot) {
      this.#lastSeen[slot] = now;
      return;
    }
    this.#unlink(slot);
    this.#link(slot, now);
  }

  #link(slot: number, now: Millis): void {
    const list = this.#list[slot] as number;
    const newest = this.#newest[list] as number;
    this.#lastSeen[slot] = now;
    this.#older[slot] = newest;
    this.#newer[slot] = NONE;
    if (newest === NONE) this.#oldest[list] = slot;
    else this.#newer[newest] = slot;
    this.#newest[list] = slot;
  }

  #unlink(slot: number): void {
    const list = this.#list[slot] as number;
    const older = this.#older[slot] as number;
    const newer = this.#newer[slot] as number;
    if (older === NONE) this.#oldest[list] = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest[list] = older;
    else this.#older[newer] = older;
    this.#older[slot] = NONE;
    this.#newer[slot] = NONE;
  }
}

const OPEN = 0;
const HALF_OPEN = 1;
const NONE = -1;
const MOST_EXPIRED = 16;
const KEY_WORDS = 10;
const DIFFERENT = 0;
const SAME_WAY = 1;
const OTHER_WAY = 2;
