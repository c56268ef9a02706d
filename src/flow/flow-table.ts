import { i32 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import type { PacketView } from '../wire/packet.ts';
import { type Direction, Flow } from './flow.ts';

export interface FlowTableOptions {
  /** Flows kept at most; beyond it the one idle longest is forgotten. */
  readonly capacity: number;
  readonly idleTimeout: Millis;
}

/**
 * Flows by five-tuple, both directions under one entry. A hash table over typed arrays: looking up a packet allocates
 * nothing. The entry idle longest goes first, when it times out or when room is needed.
 */
export class FlowTable {
  /** How the packet of the last successful `find` or `open` runs in its flow. */
  direction: Direction = 'to-server';
  readonly #options: FlowTableOptions;
  readonly #buckets: Int32Array;
  readonly #mask: number;
  /** Per slot: initiator's and responder's address (four words each), ports, IP version. */
  readonly #keys: Int32Array;
  readonly #probe = new Int32Array(KEY_WORDS);
  readonly #nextInBucket: Int32Array;
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #lastSeen: Float64Array;
  readonly #flows: Flow[] = [];
  readonly #free: number[] = [];
  #oldest = NONE;
  #newest = NONE;
  #count = 0;

  constructor(options: FlowTableOptions) {
    const { capacity } = options;
    this.#options = options;
    const bucketCount = 1 << Math.max(4, Math.ceil(Math.log2(capacity)));
    this.#mask = bucketCount - 1;
    this.#buckets = new Int32Array(bucketCount).fill(NONE);
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#nextInBucket = new Int32Array(capacity);
    this.#older = new Int32Array(capacity);
    this.#newer = new Int32Array(capacity);
    this.#lastSeen = new Float64Array(capacity);
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
      if (now - (this.#lastSeen[slot] as number) > this.#options.idleTimeout) {
        this.remove(flow);
        return undefined;
      }
      this.direction = way === SAME_WAY ? 'to-server' : 'to-client';
      this.#touch(slot, now);
      return flow;
    }
    return undefined;
  }

  /** A new flow whose initiator is the packet's sender. The five-tuple must not be in the table. */
  open(packet: PacketView, now: Millis): Flow {
    this.#expire(now);
    if (this.#count === this.#options.capacity) this.remove(this.#flows[this.#oldest] as Flow);
    const slot = this.#free.pop() ?? this.#flows.length;
    const flow = this.#flows[slot] ?? new Flow(slot);
    this.#flows[slot] = flow;
    flow.reset();
    this.#readKey(packet);
    this.#keys.set(this.#probe, slot * KEY_WORDS);
    const bucket = this.#bucket();
    this.#nextInBucket[slot] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = slot;
    this.#count++;
    this.#link(slot, now);
    this.direction = 'to-server';
    return flow;
  }

  remove(flow: Flow): void {
    const { slot } = flow;
    this.#probe.set(this.#keys.subarray(slot * KEY_WORDS, (slot + 1) * KEY_WORDS));
    this.#unchain(slot);
    this.#unlink(slot);
    this.#free.push(slot);
    this.#count--;
    flow.reset();
  }

  #expire(now: Millis): void {
    while (
      this.#oldest !== NONE &&
      now - (this.#lastSeen[this.#oldest] as number) > this.#options.idleTimeout
    ) {
      this.remove(this.#flows[this.#oldest] as Flow);
    }
  }

  #readKey(packet: PacketView): void {
    const { bytes, srcAt, dstAt, ipVersion } = packet;
    const key = this.#probe;
    const words = ipVersion === 4 ? 1 : 4;
    for (let i = 0; i < 4; i++) {
      key[i] = i < words ? i32(bytes, srcAt + 4 * i) : 0;
      key[4 + i] = i < words ? i32(bytes, dstAt + 4 * i) : 0;
    }
    key[8] = i32(bytes, packet.tcpAt);
    key[9] = ipVersion;
  }

  /** The same for both directions of a flow. */
  #bucket(): number {
    const key = this.#probe;
    const ports = key[8] as number;
    let src = ports >>> 16;
    let dst = ports & 0xffff;
    for (let i = 0; i < 4; i++) {
      src = Math.imul(src ^ (key[i] as number), 0x85ebca6b) ^ (src >>> 13);
      dst = Math.imul(dst ^ (key[4 + i] as number), 0x85ebca6b) ^ (dst >>> 13);
    }
    const mixed = Math.imul((src + dst) | 0, 0xc2b2ae35 | 0);
    return (mixed ^ (mixed >>> 16)) & this.#mask;
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
    if (this.#newest === slot) {
      this.#lastSeen[slot] = now;
      return;
    }
    this.#unlink(slot);
    this.#link(slot, now);
  }

  #link(slot: number, now: Millis): void {
    this.#lastSeen[slot] = now;
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] as number;
    const newer = this.#newer[slot] as number;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
  }
}

const NONE = -1;
const KEY_WORDS = 10;
const DIFFERENT = 0;
const SAME_WAY = 1;
const OTHER_WAY = 2;
