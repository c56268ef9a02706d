import type { DomainSet } from './domain-set.ts';
import { withoutTrailingDot } from './host-name.ts';
import type { Matcher } from './matcher.ts';

/** The server_name of a TLS ClientHello names a domain of the set; one trailing dot does not matter. */
export function tlsSni(domains: DomainSet): Matcher {
  return {
    observes: 'tls.sni',
    matches: (bytes, at, end) => domains.has(bytes, at, withoutTrailingDot(bytes, at, end)),
  };
}
