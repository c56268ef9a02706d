import { i32 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import type { Direction } from '../flow/flow.ts';
import type { PacketView } from '../wire/packet.ts';
import type { Residual } from './residual.ts';
import type { Rule, RuleBook } from './rule.ts';

/**
 * Which ends are still being interfered with, by which rules, and until when. Looked up for every packet while it is not empty,
 * without allocating; bounded: when it is full, the entry that ends first makes room.
 */
export class ResidualTable {
  /** Per entry, client's and server's address (four words each), both ports, IP version and scope. */
  readonly #keys: Int32Array;
  readonly #until: Float64Array;
  readonly #from: Float64Array;
  readonly #rules: (Rule | undefined)[];
  readonly #places: Int32Array;
  readonly #buckets: Int32Array;
  readonly #next: Int32Array;
  readonly #mask: number;
  readonly #probe = new Int32Array(KEY_WORDS);
  readonly #capacity: number;
  readonly #book: Pick<RuleBook, 'placeOf'>;
  readonly #salt: number;
  readonly #scopes = new Uint8Array(SCOPES.length);
  readonly #free: number[] = [];

  constructor(capacity: number, book: Pick<RuleBook, 'placeOf'>, salt = 0) {
    this.#capacity = capacity;
    this.#book = book;
    this.#salt = salt | 0;
    const bucketCount = 2 ** Math.ceil(Math.log2(capacity));
    this.#mask = bucketCount - 1;
    this.#buckets = new Int32Array(bucketCount).fill(NONE);
    this.#next = new Int32Array(capacity);
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#until = new Float64Array(capacity);
    this.#places = new Int32Array(capacity);
    this.#from = new Float64Array(capacity);
    this.#rules = new Array<Rule | undefined>(capacity).fill(undefined);
    for (let entry = capacity - 1; entry >= 0; entry--) this.#free.push(entry);
  }

  get size(): number {
    return this.#capacity - this.#free.length;
  }

  /** From `now` on, after the residual's pause, its ends are caught; `direction` is the packet's, as the box sees the roles. */
  add(rule: Rule, residual: Residual, packet: PacketView, direction: Direction, now: Millis): void {
    this.#readKey(packet, direction, residual.scope);
    let entry = this.#findFrom(this.#buckets[this.#bucket()] as number);
    while (entry !== NONE && this.#rules[entry] !== rule) entry = this.#findAfter(entry);
    const isInForce = entry !== NONE && now < (this.#until[entry] as number);
    if (entry === NONE) entry = this.#insert(now);
    this.#rules[entry] = rule;
    this.#places[entry] = this.#book.placeOf(rule);
    if (!isInForce) this.#from[entry] = now + residual.after;
    this.#until[entry] = now + residual.after + residual.duration;
  }

  /** The rule under whose residual this packet falls; of several in one scope, the first in the file. */
  find(packet: PacketView, direction: Direction, now: Millis): Rule | undefined {
    for (let i = 0; i < SCOPES.length; i++) {
      if (this.#scopes[i] === 0) continue;
      this.#readKey(packet, direction, SCOPES[i] as Residual['scope']);
      const entry = this.#findInForce(direction, now);
      if (entry === NONE) continue;
      const rule = this.#rules[entry] as Rule;
      const residual = rule.residual as Residual;
      if (residual.refresh) this.#until[entry] = now + residual.duration;
      return rule;
    }
    return undefined;
  }

  /** Removes entries with these ends that are over on the way. */
  #findInForce(direction: Direction, now: Millis): number {
    let first = NONE;
    let entry = this.#findFrom(this.#buckets[this.#bucket()] as number);
    while (entry !== NONE) {
      const after = this.#findAfter(entry);
      const { way } = (this.#rules[entry] as Rule).residual as Residual;
      if (now >= (this.#until[entry] as number)) this.#remove(entry);
      else if (now >= (this.#from[entry] as number) && (way === 'both' || way === direction)) {
        if (first === NONE || this.#isBefore(entry, first)) first = entry;
      }
      entry = after;
    }
    return first;
  }

  #isBefore(entry: number, other: number): boolean {
    return (this.#places[entry] as number) < (this.#places[other] as number);
  }

  #readKey(packet: PacketView, direction: Direction, scope: Residual['scope']): void {
    const { bytes, srcAt, dstAt, ipVersion } = packet;
    const isToServer = direction === 'to-server';
    const clientAt = isToServer ? srcAt : dstAt;
    const serverAt = isToServer ? dstAt : srcAt;
    const key = this.#probe;
    const words = ipVersion === 4 ? 1 : 4;
    for (let i = 0; i < 4; i++) {
      const hasWord = i < words;
      key[i] = hasWord && scope !== 'destination' ? i32(bytes, clientAt + 4 * i) : 0;
      key[4 + i] = hasWord && scope !== 'source' ? i32(bytes, serverAt + 4 * i) : 0;
    }
    if (scope === '2-tuple') orderAddresses(key);
    const clientPort = isToServer ? packet.srcPort : packet.dstPort;
    const serverPort = isToServer ? packet.dstPort : packet.srcPort;
    const hasServerPort = scope === '4-tuple' || scope === '3-tuple';
    key[8] = ((scope === '4-tuple' ? clientPort : 0) << 16) | (hasServerPort ? serverPort : 0);
    key[9] = (SCOPES.indexOf(scope) << 16) | (packet.protocol << 8) | ipVersion;
  }

  #bucket(): number {
    let hash = this.#salt;
    for (let i = 0; i < KEY_WORDS; i++) {
      hash = Math.imul(hash ^ (this.#probe[i] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & this.#mask;
  }

  #findAfter(entry: number): number {
    return this.#findFrom(this.#next[entry] as number);
  }

  /** The next entry with these ends in a bucket, from this one on. */
  #findFrom(first: number): number {
    const key = this.#probe;
    let entry = first;
    for (; entry !== NONE; entry = this.#next[entry] as number) {
      let i = 0;
      while (i < KEY_WORDS && this.#keys[entry * KEY_WORDS + i] === key[i]) i++;
      if (i === KEY_WORDS) return entry;
    }
    return NONE;
  }

  #insert(now: Millis): number {
    const key = this.#probe.slice();
    if (this.#free.length === 0) this.#makeRoom(now);
    this.#probe.set(key);
    const entry = this.#free.pop() as number;
    const bucket = this.#bucket();
    this.#keys.set(key, entry * KEY_WORDS);
    this.#next[entry] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = entry;
    const scope = (key[9] as number) >>> 16;
    this.#scopes[scope] = 1;
    return entry;
  }

  /** Every entry that is over goes, or else the one that ends first. */
  #makeRoom(now: Millis): void {
    let first = 0;
    for (let entry = 0; entry < this.#capacity; entry++) {
      if ((this.#until[entry] as number) <= now) this.#remove(entry);
      else if ((this.#until[entry] as number) < (this.#until[first] as number)) first = entry;
    }
    if (this.#free.length === 0) this.#remove(first);
  }

  #remove(entry: number): void {
    if (this.#rules[entry] === undefined) return;
    this.#probe.set(this.#keys.subarray(entry * KEY_WORDS, (entry + 1) * KEY_WORDS));
    const bucket = this.#bucket();
    let at = this.#buckets[bucket] as number;
    if (at === entry) this.#buckets[bucket] = this.#next[entry] as number;
    else {
      while (this.#next[at] !== entry) at = this.#next[at] as number;
      this.#next[at] = this.#next[entry] as number;
    }
    this.#rules[entry] = undefined;
    this.#free.push(entry);
  }
}

/** So that it does not matter who began the flow. */
function orderAddresses(key: Int32Array): void {
  let i = 0;
  while (i < 3 && key[i] === key[4 + i]) i++;
  if ((key[i] as number) <= (key[4 + i] as number)) return;
  for (let word = 0; word < 4; word++) {
    const other = key[4 + word] as number;
    key[4 + word] = key[word] as number;
    key[word] = other;
  }
}

const NONE = -1;
const KEY_WORDS = 10;
const SCOPES: readonly Residual['scope'][] = [
  '4-tuple',
  '3-tuple',
  '2-tuple',
  'source',
  'destination',
];
