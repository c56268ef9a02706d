import type { Observation } from '../policy/observation.ts';

/** What was read, where it is text: `tls.sni=example.org`. */
export function noteOf(seen: Observation): string | undefined {
  return seen.isRaw || !TOLD.has(seen.kind) ? undefined : `${seen.kind}=${seen.matchedText}`;
}

const TOLD: ReadonlySet<string> = new Set([
  'http.host',
  'http.url',
  'tls.sni',
  'quic.sni',
  'dns.qname',
]);
