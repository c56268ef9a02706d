import { randomInt } from 'node:crypto';
import { NO_SLOT, TupleIndex } from '../flow/tuple-index.ts';
import type { PacketView } from '../wire/packet.ts';

/**
 * Values by the flows of TCP and UDP packets, in the order in which they were last used. No operation allocates but `set` of a new
 * flow. All take constant time, `set` in the mean, but those that go through every value.
 */
export class RecencyMap<V> {
  readonly #capacity: number;
  /** With a salt that nobody can guess, senders cannot put all flows in one place of it. */
  readonly #index: TupleIndex;
  /** By slot. */
  readonly #entries: (Entry<V> | undefined)[] = [];
  readonly #free: number[] = [];
  #size = 0;
  #oldest: Entry<V> | undefined = undefined;
  #newest: Entry<V> | undefined = undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#index = new TupleIndex(Math.min(capacity, FIRST_CAPACITY), randomInt(2 ** 32));
  }

  get size(): number {
    return this.#size;
  }

  /** The value that was not used for the longest time. */
  get oldest(): V | undefined {
    return this.#oldest?.value;
  }

  /** Whether the packet that was last found, or set, goes the way of the one that its flow was first set by. */
  get isForward(): boolean {
    return this.#index.isForward;
  }

  /** Does not count as a use. */
  get(packet: PacketView): V | undefined {
    return this.#find(packet)?.value;
  }

  /** Marks the value as the one used last. */
  use(packet: PacketView): V | undefined {
    const entry = this.#find(packet);
    if (entry === undefined) return undefined;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#append(entry);
    }
    return entry.value;
  }

  /** Puts the value in the place of one of the same flow, as the one used last. When the map is full, the oldest makes room. */
  set(packet: PacketView, value: V): void {
    const known = this.#find(packet);
    if (known !== undefined) this.#unlink(known);
    const slot = known?.slot ?? this.#begin(packet);
    const entry = { slot, value, older: undefined, newer: undefined };
    this.#entries[slot] = entry;
    this.#append(entry);
  }

  deleteOldest(): void {
    if (this.#oldest !== undefined) this.#delete(this.#oldest);
  }

  /** The values that were deleted, from the oldest to the newest. */
  deleteWhere(test: (value: V) => boolean): V[] {
    const deleted: V[] = [];
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) {
      if (!test(entry.value)) continue;
      this.#delete(entry);
      deleted.push(entry.value);
    }
    return deleted;
  }

  /** From the oldest to the newest; entries must not change meanwhile. */
  *values(): Generator<V> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) yield entry.value;
  }

  #find(packet: PacketView): Entry<V> | undefined {
    const slot = this.#index.find(packet);
    return slot === NO_SLOT ? undefined : this.#entries[slot];
  }

  /** The slot of a flow that has none. */
  #begin(packet: PacketView): number {
    if (this.#size === this.#capacity) this.deleteOldest();
    const slot = this.#free.pop() ?? this.#entries.length;
    if (slot === this.#index.capacity) this.#index.grow(Math.min(2 * slot, this.#capacity));
    this.#index.add(packet, slot);
    this.#size++;
    return slot;
  }

  #delete(entry: Entry<V>): void {
    this.#unlink(entry);
    this.#index.remove(entry.slot);
    this.#entries[entry.slot] = undefined;
    this.#free.push(entry.slot);
    this.#size--;
  }

  #append(entry: Entry<V>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry<V>): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}

/** There may be a map for each of thousands of boxes. */
const FIRST_CAPACITY = 64;

interface Entry<V> {
  readonly slot: number;
  readonly value: V;
  older: Entry<V> | undefined;
  newer: Entry<V> | undefined;
}
