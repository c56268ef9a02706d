import type { DomainSet } from './domain-set.ts';
import { withoutPort, withoutTrailingDot } from './host-name.ts';
import type { Matcher } from './matcher.ts';

/** The Host header of an HTTP/1 request names a domain of the set; `:port` and one trailing dot do not matter. */
export function httpHost(domains: DomainSet): Matcher {
  return {
    observes: 'http.host',
    matches: (bytes, at, end) =>
      domains.has(bytes, at, withoutTrailingDot(bytes, at, withoutPort(bytes, at, end))),
  };
}
