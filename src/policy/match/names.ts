import type { NameMatch } from '../model.ts';
import type { Observation } from '../observation.ts';
import { HostName, type HostNormalise } from './host-name.ts';
import { KeywordSet } from './keyword-set.ts';
import type { Matcher } from './matcher.ts';
import { NameListReader } from './name-list.ts';
import { NameSet } from './name-set.ts';
import { Pattern } from './pattern.ts';

/** Observations that are names. */
export type NameKind = 'http.host' | 'tls.sni' | 'quic.sni' | 'dns.qname';

export interface NamesOptions {
  /** Names, or the bytes of a list file; for `regex`, patterns. */
  readonly names: readonly string[] | Uint8Array;
  readonly how: NameMatch;
  readonly normalise: HostNormalise;
}

/**
 * A name that was read is in the list, in the sense of `how`. Where the box does not read names but looks at raw bytes, one of
 * the list stands anywhere in them.
 */
export function names(observes: NameKind, { names: list, how, normalise }: NamesOptions): Matcher {
  const hostName = new HostName(normalise);
  const caseSensitive = normalise.case === 'exact';
  const inRange = rangeMatcher(list, how, caseSensitive);
  const inBytes = lazily(() => substring(list, caseSensitive));
  return {
    observes,
    matches: (seen) => {
      if (seen.isRaw) return inBytes()(seen, seen.bytes, seen.at, seen.end);
      const host = hostName.read(seen.bytes, seen.at, seen.end);
      return inRange(seen, host.bytes, host.at, host.end);
    },
  };
}

type RangeMatcher = (seen: Observation, bytes: Uint8Array, at: number, end: number) => boolean;

function rangeMatcher(
  list: NamesOptions['names'],
  how: NameMatch,
  caseSensitive: boolean,
): RangeMatcher {
  switch (how) {
    case 'exact':
    case 'suffix': {
      const set = sharedSet(list, caseSensitive);
      return (_seen, bytes, at, end) => set.has(bytes, at, end, how);
    }
    case 'substring':
      return substring(list, caseSensitive);
    case 'regex': {
      const flags = caseSensitive ? '' : '(?i)';
      const patterns = linesOf(list).map((text) => new Pattern(flags + text));
      return (_seen, bytes, at, end) =>
        end - at <= LONGEST_HOST && patterns.some((p) => p.matches(bytes, at, end));
    }
  }
}

/** One set for all rules that have the same list: it may be long. */
function sharedSet(list: NamesOptions['names'], caseSensitive: boolean): NameSet {
  const sets = caseSensitive ? EXACT_SETS : FOLDED_SETS;
  const set = sets.get(list) ?? new NameSet(list, { caseSensitive });
  sets.set(list, set);
  return set;
}

/** What stands for subdomains does not matter where names are looked for inside others. */
function substring(list: NamesOptions['names'], caseSensitive: boolean): RangeMatcher {
  const plain = linesOf(list).map((name) => name.replace(/^\*?\./, ''));
  const set = new KeywordSet(plain, { caseSensitive });
  return (seen, bytes, at, end) => {
    if (!set.find(bytes, at, end)) return false;
    if (bytes === seen.bytes) {
      seen.matchedAt = set.matchedAt;
      seen.matchedEnd = set.matchedEnd;
    }
    return true;
  };
}

/** The names, or patterns, of a list file. */
function linesOf(list: NamesOptions['names']): readonly string[] {
  if (!(list instanceof Uint8Array)) return list;
  const decoder = new TextDecoder();
  const reader = new NameListReader(list);
  const names: string[] = [];
  while (reader.next()) {
    names.push(reader.prefix + decoder.decode(list.subarray(reader.at, reader.end)));
  }
  return names;
}

/** Twice a domain name, and some; what is longer is none, and would cost time. */
const LONGEST_HOST = 512;
const EXACT_SETS = new WeakMap<object, NameSet>();
const FOLDED_SETS = new WeakMap<object, NameSet>();

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
