import { i32, u8 } from '../../base/bytes.ts';
import type { AddressEntry } from './address-entry.ts';
import { merged, type SlotRange, slotsOf } from './port-slots.ts';

/**
 * The networks of one IP version. Networks lie within each other or apart, so they cut the addresses into stretches,
 * each with the smallest network around it; every network knows the next larger one.
 */
export class NetworkTable {
  readonly #wordCount: 1 | 4;
  /** Where each stretch begins, as words that compare as signed numbers. */
  readonly #starts: Int32Array;
  /** The smallest network around each stretch; -1 if none. */
  readonly #networks: Int32Array;
  readonly #parents: Int32Array;
  /** The slots of network `n` are the ranges from `rangesAt[n]` up to, not including, `rangesAt[n + 1]`. */
  readonly #rangesAt: Int32Array;
  readonly #firsts: Int32Array;
  readonly #lasts: Int32Array;

  constructor(entries: readonly AddressEntry[], version: 4 | 6) {
    this.#wordCount = version === 4 ? 1 : 4;
    const networks = networksOf(entries, version === 4 ? 4 : 16);
    const { parents, stretches } = stretchesOf(networks);
    const ranges = networks.map(({ slots }) => merged(slots));
    this.#parents = parents;
    this.#networks = Int32Array.from(stretches, ({ network }) => network);
    this.#starts = wordsOf(stretches, this.#wordCount);
    this.#rangesAt = new Int32Array(networks.length + 1);
    for (const [i, { length }] of ranges.entries()) {
      this.#rangesAt[i + 1] = (this.#rangesAt[i] as number) + length;
    }
    this.#firsts = Int32Array.from(ranges.flat(), ({ first }) => first);
    this.#lasts = Int32Array.from(ranges.flat(), ({ last }) => last);
  }

  has(bytes: Uint8Array, addressAt: number, slot: number): boolean {
    const stretch = this.#stretchOf(bytes, addressAt);
    if (stretch < 0) return false;
    let network = this.#networks[stretch] as number;
    while (network >= 0 && !this.#hasSlot(network, slot))
      network = this.#parents[network] as number;
    return network >= 0;
  }

  /** The last stretch that begins at or before the address; -1 if none. */
  #stretchOf(bytes: Uint8Array, addressAt: number): number {
    let low = 0;
    let high = this.#networks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#beginsAfter(middle, bytes, addressAt)) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  #beginsAfter(stretch: number, bytes: Uint8Array, addressAt: number): boolean {
    const count = this.#wordCount;
    for (let i = 0; i < count; i++) {
      const start = this.#starts[count * stretch + i] as number;
      const word = i32(bytes, addressAt + 4 * i) ^ SIGN;
      if (start !== word) return start > word;
    }
    return false;
  }

  #hasSlot(network: number, slot: number): boolean {
    let low = this.#rangesAt[network] as number;
    let high = this.#rangesAt[network + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lasts[middle] as number) < slot) low = middle + 1;
      else if ((this.#firsts[middle] as number) > slot) high = middle;
      else return true;
    }
    return false;
  }
}

interface Network {
  readonly bytes: Uint8Array;
  readonly prefixLength: number;
  readonly slots: SlotRange[];
}

/** Each network once, by its first address, a larger one before what lies in it. */
function networksOf(entries: readonly AddressEntry[], byteLength: number): Network[] {
  const networks = entries
    .filter(({ network }) => network.length === byteLength || network.length === 0)
    .map((entry) => ({
      bytes: entry.network.length === 0 ? new Uint8Array(byteLength) : entry.network,
      prefixLength: entry.prefixLength,
      slots: slotsOf(entry),
    }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes) || a.prefixLength - b.prefixLength);
  const distinct: Network[] = [];
  for (const network of networks) {
    const before = distinct.at(-1);
    if (before !== undefined && isSame(before, network)) before.slots.push(...network.slots);
    else distinct.push(network);
  }
  return distinct;
}

function isSame(a: Network, b: Network): boolean {
  return a.prefixLength === b.prefixLength && compareBytes(a.bytes, b.bytes) === 0;
}

interface Stretch {
  readonly start: Uint8Array;
  readonly network: number;
}

function stretchesOf(networks: readonly Network[]): { parents: Int32Array; stretches: Stretch[] } {
  const parents = new Int32Array(networks.length);
  const stretches: Stretch[] = [];
  const begin = (start: Uint8Array | undefined, network: number): void => {
    const last = stretches.at(-1);
    if (start === undefined) return;
    if (last !== undefined && compareBytes(last.start, start) === 0) stretches.pop();
    stretches.push({ start, network });
  };
  let open = -1;
  const close = (): void => {
    const { bytes, prefixLength } = networks[open] as Network;
    open = parents[open] as number;
    begin(addressAfter(bytes, prefixLength), open);
  };
  for (const [i, network] of networks.entries()) {
    while (open >= 0 && !contains(networks[open] as Network, network)) close();
    parents[i] = open;
    open = i;
    begin(network.bytes, i);
  }
  while (open >= 0) close();
  return { parents, stretches };
}

/** Whether the first `prefixLength` bits are those of `outer`. */
function contains(outer: Network, inner: Network): boolean {
  const { bytes, prefixLength } = outer;
  const whole = prefixLength >>> 3;
  for (let i = 0; i < whole; i++) if (u8(bytes, i) !== u8(inner.bytes, i)) return false;
  const mask = 0xff00 >>> (prefixLength & 7);
  return ((u8(bytes, whole) ^ u8(inner.bytes, whole)) & mask & 0xff) === 0;
}

/** The first address after a network; `undefined` if it is the last of all. */
function addressAfter(network: Uint8Array, prefixLength: number): Uint8Array | undefined {
  const after = network.slice();
  for (let bit = prefixLength - 1; bit >= 0; bit--) {
    const mask = 0x80 >>> (bit & 7);
    const at = bit >>> 3;
    after[at] = u8(after, at) ^ mask;
    if ((u8(after, at) & mask) !== 0) return after;
  }
  return undefined;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = u8(a, i) - u8(b, i);
    if (difference !== 0) return difference;
  }
  return 0;
}

function wordsOf(stretches: readonly Stretch[], count: number): Int32Array {
  const words = new Int32Array(count * stretches.length);
  for (const [i, { start }] of stretches.entries()) {
    for (let k = 0; k < count; k++) words[count * i + k] = i32(start, 4 * k) ^ SIGN;
  }
  return words;
}

const SIGN = -0x80000000;
