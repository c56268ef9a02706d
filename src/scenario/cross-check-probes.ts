import { parseDnsUri } from '../wire/dns/uri.ts';
import { type Problem, within } from './problem.ts';
import type { Expectation } from './schema.ts';

/** A probe, and what is asked of it beside its target. */
export type AskedOf = Pick<Expectation, 'probe' | 'urls'> &
  Partial<Omit<Expectation, 'see'>> & { readonly see?: Partial<Expectation['see']> };

/** What a probe cannot do; paths are within its row. */
export function impossibleProbe(row: AskedOf): Problem[] {
  return [
    ...wrongFields(row),
    ...wrongSights(row),
    ...row.urls.flatMap((url, j) => within(['urls', j], wrongUrl(row.probe, url))),
    ...(row.beside === undefined ? [] : within(['beside'], wrongUrl('https', row.beside))),
  ];
}

function wrongFields(row: AskedOf): Problem[] {
  const problems = Object.entries(doersOf(row)).flatMap(([field, probes]): Problem[] => {
    if (row[field as keyof AskedOf] === undefined || probes.includes(row.probe)) return [];
    const message = `only a probe ${probes.join(' or ')} can do this; found ${row.probe}`;
    return [{ path: [field], message }];
  });
  if (row.probe === 'chromium' && row.ip?.includes(6)) {
    const message = 'Chromium itself chooses the version of IP: leave it out; found 6';
    problems.push({ path: ['ip'], message });
  }
  if (!CONTROLLED.includes(row.probe) || row.control !== undefined) return problems;
  const message = `a probe ${row.probe} needs \`control\`, a name that is allowed; found none`;
  return [...problems, { path: ['probe'], message }];
}

/** By field, the probes that can do it. */
function doersOf(row: AskedOf): Readonly<Record<string, readonly string[]>> {
  return {
    host: ['http', 'curl'],
    split: ['http', 'https'],
    tls: row.tls === '1.0' ? ['curl', 'openssl'] : ['curl', 'openssl', 'chromium'],
    group: ['curl', 'openssl'],
    after: ['http'],
    beside: ['https'],
    connect: Object.keys(SCHEMES).filter((probe) => !UNLED.includes(probe)),
    timeout_s: Object.keys(SCHEMES).filter((probe) => !OF_OWN_TIME.includes(probe)),
    bridge: ['tor'],
    control: CONTROLLED,
  };
}

function wrongSights({ probe, see = {}, times, beside }: AskedOf): Problem[] {
  const problems: Problem[] = [];
  if (see.failing !== undefined && times === undefined) {
    const message = 'expected `times` where some may fail and others not; found none';
    problems.push({ path: ['see'], message });
  }
  for (const [key, probes] of Object.entries(TELLERS)) {
    if (see[key as keyof typeof see] === undefined || probes.includes(probe)) continue;
    const message = `only a probe ${probes.join(' or ')} tells ${key}; found ${probe}`;
    problems.push({ path: ['see', key], message });
  }
  if (see.beside !== undefined && probe === 'https' && beside === undefined) {
    const message = 'expected `beside` in the row, a URL whose handshake it is; found none';
    problems.push({ path: ['see', 'beside'], message });
  }
  if (see.failed_after_ms !== undefined && see.failure === null) {
    const message = 'expected a failure beside it; found null';
    problems.push({ path: ['see', 'failed_after_ms'], message });
  }
  return problems;
}

/** What is wrong with a URL for a probe; its own path is empty. */
export function wrongUrl(probe: Expectation['probe'], url: string): Problem[] {
  const scheme = new URL(url).protocol.slice(0, -1);
  if (scheme === 'dns' && SCHEMES[probe].includes('dns')) {
    const wrong = wrongQuestion(probe, url);
    return wrong === undefined ? [] : [{ path: [], message: wrong }];
  }
  if (scheme === 'tcp' && SCHEMES[probe].includes('tcp') && !(Number(new URL(url).port) > 0)) {
    return [{ path: [], message: `expected tcp://HOST:PORT; found "${url}"` }];
  }
  if (SCHEMES[probe].includes(scheme)) return [];
  const message = `a probe ${probe} takes ${SCHEMES[probe].join(' or ')}; found "${url}"`;
  return [{ path: [], message }];
}

function wrongQuestion(probe: Expectation['probe'], url: string): string | undefined {
  const type = parseDnsUri(url)?.type;
  if (type === undefined) {
    return `expected a question such as "dns:meydan.tv" or "dns://server/meydan.tv?type=AXFR"; found "${url}"`;
  }
  if (probe !== 'dnscheck' || ADDRESS_TYPES.includes(type)) return undefined;
  return `a probe dnscheck asks for addresses: expected type A or AAAA; found "${url}"`;
}

const ADDRESS_TYPES: readonly string[] = ['A', 'AAAA'];
/** What only some probes can see. */
const TELLERS: Readonly<Record<string, readonly Expectation['probe'][]>> = {
  addresses: ['dig', 'dnscheck'],
  blocking: ['web_connectivity'],
  accessible: ['web_connectivity'],
  dns_consistency: ['web_connectivity'],
  blocking_flags: ['web_connectivity'],
  dns_flags: ['web_connectivity'],
  null_null_flags: ['web_connectivity'],
  result: ['sni_blocking'],
  hop: ['tlsmiddlebox'],
  answers: ['dnscheck'],
  exit: ['curl', 'openssl', 'dig', 'tor'],
  status: ['http', 'https', 'curl', 'chromium', 'tor', 'web_connectivity'],
  answered: ['http'],
  beside: ['https'],
  connected_after_ms: ['tcp', 'http', 'https', 'curl', 'tcpping'],
  failed_after_ms: ['http', 'https', 'curl'],
};
/** Those that ask one server for two names. */
const CONTROLLED: readonly string[] = ['sni_blocking', 'tlsmiddlebox'];
/** Probes whose whole point is what a name leads to, and Chromium, which looks names up itself. */
const UNLED: readonly string[] = ['dig', 'dnscheck', 'tor', 'web_connectivity', 'chromium'];
/** They wait for as long as what they do says: five seconds of answers, a bootstrap. */
const OF_OWN_TIME: readonly string[] = ['dnscheck', 'tor'];
const SCHEMES: Record<Expectation['probe'], readonly string[]> = {
  tcp: ['tcp'],
  http: ['http'],
  https: ['https'],
  curl: ['http', 'https'],
  openssl: ['https'],
  chromium: ['http', 'https'],
  dig: ['dns'],
  tor: ['http', 'https'],
  web_connectivity: ['http', 'https'],
  sni_blocking: ['https'],
  tlsmiddlebox: ['https'],
  tcpping: ['tcp'],
  dnscheck: ['dns'],
};
