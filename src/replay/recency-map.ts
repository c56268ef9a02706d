/**
 * Values by key, in the order in which they were last used. Every operation takes constant time. A JavaScript `Map` alone cannot
 * do this: an iterator that stays open while entries move keeps every table that the map has outgrown.
 */
export class RecencyMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  #oldest: Entry<V> | undefined = undefined;
  #newest: Entry<V> | undefined = undefined;

  get size(): number {
    return this.#entries.size;
  }

  /** The value that was not used for the longest time. */
  get oldest(): V | undefined {
    return this.#oldest?.value;
  }

  /** Does not count as a use. */
  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Marks the value as the one used last. */
  use(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#append(entry);
    }
    return entry.value;
  }

  /** Puts the value in the place of one with the same key, as the one used last. */
  set(key: string, value: V): void {
    const known = this.#entries.get(key);
    if (known !== undefined) this.#unlink(known);
    const entry = { key, value, older: undefined, newer: undefined };
    this.#entries.set(key, entry);
    this.#append(entry);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#unlink(entry);
    this.#entries.delete(key);
  }

  deleteOldest(): void {
    if (this.#oldest !== undefined) this.delete(this.#oldest.key);
  }

  /** From the oldest to the newest; entries must not change meanwhile. */
  *values(): Generator<V> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) yield entry.value;
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

interface Entry<V> {
  readonly key: string;
  readonly value: V;
  older: Entry<V> | undefined;
  newer: Entry<V> | undefined;
}
