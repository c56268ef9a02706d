import { KeywordSet, type KeywordSetOptions } from './keyword-set.ts';
import type { Matcher } from './matcher.ts';
import { Pattern } from './pattern.ts';

export interface KeywordsOptions extends KeywordSetOptions {
  /** Text, or bytes; at most 256 each. */
  readonly keywords: readonly (string | Uint8Array)[];
  /** Regular expressions; they see what one segment or one window shows. */
  readonly patterns: readonly string[];
}

/** One of the keywords stands in a request's target, or in a payload; or one of the patterns matches. */
export function keywords(observes: 'http.url' | 'payload', options: KeywordsOptions): Matcher {
  const set = options.keywords.length === 0 ? undefined : new KeywordSet(options.keywords, options);
  const patterns = options.patterns.map((text) => new Pattern(text));
  return {
    observes,
    matches: (seen) => {
      const { bytes, at, end } = seen;
      if (set?.find(bytes, at, end)) {
        seen.matchedAt = set.matchedAt;
        seen.matchedEnd = set.matchedEnd;
        return true;
      }
      return patterns.some((pattern) => pattern.matches(bytes, at, end));
    },
  };
}
