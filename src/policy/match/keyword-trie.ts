import { u8 } from '../../base/bytes.ts';

/**
 * Keywords as an automaton. A state is what the bytes read so far have in common with the beginning of a keyword. States
 * are numbered by depth, so the children of one are neighbours, and what a state fails to comes before it.
 */
export interface Trie {
  readonly stateCount: number;
  /** The children of state `s` are `firstChild[s]` up to, not including, `firstChild[s + 1]`. */
  readonly firstChild: Int32Array;
  /** The byte that leads to a state from its parent; it rises among the children of one. */
  readonly label: Uint8Array;
  /** Where to go on when no child fits: the longest end of what was read with which a keyword can begin. */
  readonly fail: Int32Array;
  /** The keyword that has been read when a state is reached, the longest; -1 if none. */
  readonly keyword: Int32Array;
}

/** Nothing of a keyword was read, and one may begin. */
export const START = 0;
/** None may begin here: within a token, where whole ones are looked for. */
const OUTSIDE = 1;

/**
 * The automaton of keywords that begin anywhere but after a byte of a token; without such bytes, anywhere. Whether one
 * may begin within another is known when the automaton is built, so a state says it all, over pieces of a stream too.
 */
export function buildTrie(keywords: readonly Uint8Array[], isTokenByte: Uint8Array): Trie {
  const trie = growTrie(keywords);
  linkTrie(trie, isTokenByte);
  return trie;
}

/** The state after one more byte. Over a whole text this takes at most two steps a byte. */
export function nextState(trie: Trie, isTokenByte: Uint8Array, from: number, byte: number): number {
  for (let state = from; ; state = trie.fail[state] as number) {
    const child = childOf(trie, state, byte);
    if (child >= 0) return child;
    if (state <= OUTSIDE) return isTokenByte[byte] === 1 ? OUTSIDE : START;
  }
}

function childOf({ firstChild, label }: Trie, state: number, byte: number): number {
  let low = firstChild[state] as number;
  let high = firstChild[state + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = u8(label, middle);
    if (found === byte) return middle;
    if (found < byte) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/** Level by level: each state has a range of the sorted keywords, those that begin with what it stands for. */
function growTrie(keywords: readonly Uint8Array[]): Trie {
  const most = 2 + keywords.reduce((sum, { length }) => sum + length, 0);
  const growth: Growth = {
    sorted: keywords.map((bytes, index) => ({ bytes, index })).sort(byBytes),
    trie: emptyTrie(most),
    low: new Int32Array(most),
    high: new Int32Array(most),
    depth: new Int32Array(most),
    stateCount: OUTSIDE + 1,
  };
  growth.high[START] = keywords.length;
  for (let state = START; state < growth.stateCount; state++) addChildren(growth, state);
  growth.trie.firstChild[growth.stateCount] = growth.stateCount;
  return trimmed(growth.trie, growth.stateCount);
}

function addChildren(growth: Growth, state: number): void {
  const { sorted, trie, low, high, depth } = growth;
  const at = depth[state] as number;
  const end = high[state] as number;
  trie.firstChild[state] = growth.stateCount;
  let label = -1;
  for (let i = low[state] as number; i < end; i++) {
    const { bytes, index } = sorted[i] as Sorted;
    if (bytes.length === at) {
      if (trie.keyword[state] === -1) trie.keyword[state] = index;
      continue;
    }
    if (u8(bytes, at) !== label) {
      label = u8(bytes, at);
      trie.label[growth.stateCount] = label;
      low[growth.stateCount] = i;
      depth[growth.stateCount] = at + 1;
      growth.stateCount++;
    }
    high[growth.stateCount - 1] = i + 1;
  }
}

function linkTrie(trie: Trie, isTokenByte: Uint8Array): void {
  const { stateCount, firstChild, label, fail, keyword } = trie;
  for (let state = 0; state < stateCount; state++) {
    if (keyword[state] === -1) keyword[state] = keyword[fail[state] as number] as number;
    const end = firstChild[state + 1] as number;
    for (let child = firstChild[state] as number; child < end; child++) {
      const byte = u8(label, child);
      const outside = isTokenByte[byte] === 1 ? OUTSIDE : START;
      fail[child] =
        state === START ? outside : nextState(trie, isTokenByte, fail[state] as number, byte);
    }
  }
}

/** A trie on the way; `low`, `high` and `depth` are those of each state. */
interface Growth {
  readonly sorted: readonly Sorted[];
  readonly trie: Trie;
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly depth: Int32Array;
  stateCount: number;
}

interface Sorted {
  readonly bytes: Uint8Array;
  readonly index: number;
}

function byBytes(a: Sorted, b: Sorted): number {
  const length = Math.min(a.bytes.length, b.bytes.length);
  for (let i = 0; i < length; i++) {
    const difference = u8(a.bytes, i) - u8(b.bytes, i);
    if (difference !== 0) return difference;
  }
  return a.bytes.length - b.bytes.length || a.index - b.index;
}

function emptyTrie(most: number): Trie {
  return {
    stateCount: most,
    firstChild: new Int32Array(most + 1),
    label: new Uint8Array(most),
    fail: new Int32Array(most),
    keyword: new Int32Array(most).fill(-1),
  };
}

function trimmed(trie: Trie, stateCount: number): Trie {
  return {
    stateCount,
    firstChild: trie.firstChild.slice(0, stateCount + 1),
    label: trie.label.slice(0, stateCount),
    fail: trie.fail.slice(0, stateCount),
    keyword: trie.keyword.slice(0, stateCount),
  };
}
