import { u8 } from '../../base/bytes.ts';
import { counted } from '../../base/counted.ts';
import { ChokepointError } from '../../base/errors.ts';
import { foldingOf } from './byte-folding.ts';
import { codesOf, mix, step } from './name-hash.ts';
import { countLines, NameListReader } from './name-list.ts';

export interface NameSetOptions {
  readonly caseSensitive?: boolean;
  /** Where names lie in the table follows from it: a list made to collide under one seed does not under another. */
  readonly seed?: number;
}

/** `exact`: the name itself. `suffix`: and every name below it, on label boundaries. */
export type NameScope = 'exact' | 'suffix';

/**
 * Domain names looked up straight from packet bytes, without making a string. Built from names or from the bytes of a
 * list file (see `NameListReader`). `.name` in it covers the name and what is below, `*.name` only what is below,
 * whatever the lookup asks for.
 *
 * One pool of bytes and one table, at most half full: the hash of a name, and where its entry lies in the pool. A
 * lookup compares whole names, so hashes that collide cost time and never give a wrong answer; and how much time is
 * bounded, since a table in which a search takes more than `LONGEST_SEARCH` steps is built anew under other seeds.
 */
export class NameSet {
  /** After a hit: where the name that is in the set begins in the bytes that were looked up. It ends with them. */
  matchedAt = 0;
  #count = 0;
  #shortestName = SHORTEST_UNKNOWN;
  #longestName = 0;
  #poolEnd = 1; // 0 in the table is an empty slot
  readonly #pool: Uint8Array;
  readonly #fold: Uint8Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  #codes: Int32Array = new Int32Array(0);

  /** Throws if a name is too long for DNS. */
  constructor(names: Iterable<string> | Uint8Array, options: NameSetOptions = {}) {
    const bytes = names instanceof Uint8Array ? names : new TextEncoder().encode(lines(names));
    const lineCount = countLines(bytes);
    const slotCount = 2 ** Math.ceil(Math.log2(2 * lineCount + 2));
    this.#pool = new Uint8Array(1 + bytes.length + HEADER_LENGTH * lineCount);
    this.#slots = new Int32Array(2 * slotCount);
    this.#mask = slotCount - 1;
    this.#fold = foldingOf(options.caseSensitive ?? false);
    this.#load(bytes, options.seed ?? 0);
  }

  /** How many different names are in it. */
  get count(): number {
    return this.#count;
  }

  /** Whether the name in the byte range is in the set or, for `suffix`, below a name that is. The shortest counts. */
  has(bytes: Uint8Array, at: number, end: number, scope: NameScope): boolean {
    const wanted = scope === 'suffix' ? SELF | BELOW : SELF;
    const codes = this.#codes;
    const from = Math.max(at, end - this.#longestName);
    const lastStart = end - this.#shortestName;
    let hash = 0;
    for (let i = end - 1; i >= from; i--) {
      hash = step(hash, codes[u8(bytes, i)] as number);
      if ((i > at && u8(bytes, i - 1) !== DOT) || i > lastStart) continue;
      const entryAt = this.#find(mix(hash), bytes, i, end);
      if (entryAt === 0 || !covers(u8(this.#pool, entryAt + 1), wanted, i > at)) continue;
      this.matchedAt = i;
      return true;
    }
    return false;
  }

  #load(bytes: Uint8Array, seed: number): void {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) this.#slots.fill(0);
      this.#poolEnd = 1;
      this.#count = 0;
      this.#codes = codesOf(this.#fold, seed + attempt);
      if (this.#addAll(new NameListReader(bytes))) return;
    }
    throw new ChokepointError(
      'SCENARIO_INVALID',
      `the names collide, in each of ${ATTEMPTS} ways to place them: a search would take more than ${LONGEST_SEARCH} steps`,
    );
  }

  #addAll(list: NameListReader): boolean {
    while (list.next()) {
      const { bytes, at, end, line } = list;
      if (end === at) continue;
      if (end - at > LONGEST_NAME) throw tooLong(line, end - at);
      let hash = 0;
      for (let i = end - 1; i >= at; i--) hash = step(hash, this.#codes[u8(bytes, i)] as number);
      if (!this.#add(mix(hash), list, COVERED[list.prefix])) return false;
      if (end - at < this.#shortestName) this.#shortestName = end - at;
      if (end - at > this.#longestName) this.#longestName = end - at;
    }
    return true;
  }

  #add(hash: number, { bytes, at, end }: NameListReader, covered: number): boolean {
    const known = this.#find(hash, bytes, at, end);
    if (known !== 0) {
      this.#pool[known + 1] = u8(this.#pool, known + 1) | covered;
      return true;
    }
    let slot = hash & this.#mask;
    for (let steps = 1; this.#slots[2 * slot + 1] !== 0; steps++) {
      if (steps === LONGEST_SEARCH) return false;
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = this.#keep(bytes, at, end, covered);
    this.#count++;
    return true;
  }

  /** An entry of the pool: the name's length, what it covers, the name. */
  #keep(bytes: Uint8Array, at: number, end: number, covered: number): number {
    const entryAt = this.#poolEnd;
    this.#pool[entryAt] = end - at;
    this.#pool[entryAt + 1] = covered;
    let to = entryAt + HEADER_LENGTH;
    for (let i = at; i < end; i++) this.#pool[to++] = this.#fold[u8(bytes, i)] as number;
    this.#poolEnd = to;
    return entryAt;
  }

  /** Where the name's entry lies in the pool; 0 if there is none. */
  #find(hash: number, bytes: Uint8Array, at: number, end: number): number {
    const slots = this.#slots;
    let slot = hash & this.#mask;
    for (let steps = 0; steps < LONGEST_SEARCH; steps++) {
      const entryAt = slots[2 * slot + 1] as number;
      if (entryAt === 0) return 0;
      if (slots[2 * slot] === hash && this.#isNameAt(entryAt, bytes, at, end)) return entryAt;
      slot = (slot + 1) & this.#mask;
    }
    return 0;
  }

  #isNameAt(entryAt: number, bytes: Uint8Array, at: number, end: number): boolean {
    const pool = this.#pool;
    if (u8(pool, entryAt) !== end - at) return false;
    const shift = entryAt + HEADER_LENGTH - at;
    for (let i = at; i < end; i++) {
      if (this.#fold[u8(bytes, i)] !== pool[shift + i]) return false;
    }
    return true;
  }
}

function tooLong(line: number, length: number): ChokepointError {
  const message = `line ${line}: a name of ${counted(length, 'byte')}; expected at most ${LONGEST_NAME}`;
  return new ChokepointError('SCENARIO_INVALID', message);
}

function lines(names: Iterable<string>): string {
  return Array.from(names).join('\n');
}

function covers(covered: number, wanted: number, isBelow: boolean): boolean {
  const meant = (covered & PLAIN) === 0 ? covered : covered | wanted;
  return (meant & (isBelow ? BELOW : SELF)) !== 0;
}

const DOT = 0x2e;
/** RFC 1035 §2.3.4 allows 255 bytes on the wire, which is less as text. */
const LONGEST_NAME = 255;
const HEADER_LENGTH = 2;
const SHORTEST_UNKNOWN = 0x3fffffff;
const SELF = 1;
const BELOW = 2;
/** Listed as it is: what it covers is for the lookup to say. */
const PLAIN = 4;
const COVERED = { '': SELF | PLAIN, '.': SELF | BELOW, '*.': BELOW };
/** In a table half full of a million names the longest search takes about 70 steps. */
const LONGEST_SEARCH = 512;
const ATTEMPTS = 4;
