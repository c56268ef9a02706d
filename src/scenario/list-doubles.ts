import { u8 } from '../base/bytes.ts';
import { foldingOf } from '../policy/match/byte-folding.ts';
import { codesOf, mix, step } from '../policy/match/name-hash.ts';
import { countLines, NameListReader } from '../policy/match/name-list.ts';

/** A name that a list has on an earlier line too. */
export interface Double {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly firstLine: number;
}

/**
 * The first `most` names that stand in a list again, with the same before them, and how many there are. The list is in ASCII.
 * One table for all names, as in a `NameSet`; of names that were made to collide some are left out.
 */
export function doublesIn(
  bytes: Uint8Array,
  { caseSensitive, most }: { readonly caseSensitive: boolean; readonly most: number },
): { readonly doubles: readonly Double[]; readonly count: number } {
  const fold = foldingOf(caseSensitive);
  const codes = codesOf(fold, 0);
  const slotCount = 2 ** Math.ceil(Math.log2(2 * countLines(bytes) + 2));
  const slots = new Int32Array(FIELDS * slotCount);
  const list = new NameListReader(bytes);
  const doubles: Double[] = [];
  let count = 0;
  while (list.next()) {
    const { at, end, line, column, prefix } = list;
    const size = (end - at) * 4 + prefix.length;
    let hash = size;
    for (let i = end - 1; i >= at; i--) hash = step(hash, codes[u8(bytes, i)] as number);
    hash = mix(hash);
    let slot = hash & (slotCount - 1);
    for (let steps = 0; steps < LONGEST_SEARCH; steps++) {
      const entry = FIELDS * slot;
      const firstLine = slots[entry + LINE] as number;
      if (firstLine === 0) {
        slots[entry] = hash;
        slots[entry + AT] = at;
        slots[entry + SIZE] = size;
        slots[entry + LINE] = line;
        break;
      }
      const isAlike = slots[entry] === hash && slots[entry + SIZE] === size;
      if (isAlike && isSame(bytes, fold, at, end, slots[entry + AT] as number)) {
        if (count++ < most) doubles.push({ name: nameOf(list), line, column, firstLine });
        break;
      }
      slot = (slot + 1) & (slotCount - 1);
    }
  }
  return { doubles, count };
}

function nameOf({ bytes, at, end, prefix }: NameListReader): string {
  return prefix + String.fromCharCode(...bytes.subarray(at, end));
}

function isSame(
  bytes: Uint8Array,
  fold: Uint8Array,
  at: number,
  end: number,
  other: number,
): boolean {
  for (let i = 0; at + i < end; i++) {
    if (fold[u8(bytes, at + i)] !== fold[u8(bytes, other + i)]) return false;
  }
  return true;
}

/** Of an entry: hash, where its name begins, how long it is and what stands before it, and its line, from 1 on. */
const FIELDS = 4;
const AT = 1;
const SIZE = 2;
const LINE = 3;
const LONGEST_SEARCH = 512;
