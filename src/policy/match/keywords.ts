import { u8 } from '../../base/bytes.ts';
import type { Observation } from '../observation.ts';
import { isTokenByte, KeywordSet, type KeywordSetOptions } from './keyword-set.ts';
import type { Matcher } from './matcher.ts';
import { Pattern } from './pattern.ts';

export interface KeywordsOptions extends KeywordSetOptions {
  /** Text, or bytes; at most 256 each. */
  readonly keywords: readonly (string | Uint8Array)[];
  /** Regular expressions; they see what one segment or one window shows. */
  readonly patterns: readonly string[];
}

/**
 * One of the keywords stands in a request's target, or in a payload; or one of the patterns matches. In a stream, a whole
 * token is found with the byte after it; and what a later window begins with may be the rest of one.
 */
export function keywords(observes: 'http.url' | 'payload', options: KeywordsOptions): Matcher {
  const set = options.keywords.length === 0 ? undefined : new KeywordSet(options.keywords, options);
  const patterns = options.patterns.map((text) => new Pattern(text));
  return {
    observes,
    matches: (seen) => {
      const { bytes, at, end } = seen;
      if (set !== undefined && isIn(set, seen, options.wholeToken ?? false)) {
        seen.matchedAt = set.matchedAt;
        seen.matchedEnd = set.matchedEnd;
        return true;
      }
      const found = patterns.find((pattern) => pattern.matches(bytes, at, end));
      if (found === undefined) return false;
      // Where the match begins is not known: the range is all up to where it ends.
      seen.matchedEnd = found.matchedEnd;
      return true;
    },
  };
}

function isIn(set: KeywordSet, seen: Observation, wholeToken: boolean): boolean {
  const { bytes, end } = seen;
  if (!wholeToken || !seen.isRaw || seen.within !== 'stream') return set.find(bytes, seen.at, end);
  let { at } = seen;
  if (seen.offset > 0) while (at < end && isTokenByte(u8(bytes, at))) at++;
  return set.feed(KeywordSet.START, bytes, at, end) === KeywordSet.FOUND;
}
