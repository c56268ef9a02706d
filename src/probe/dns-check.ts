import { isIP } from 'node:net';
import { formatEndpoint } from '../base/address.ts';
import type { Query } from '../ooni/techniques.ts';
import { parseDnsUri } from '../wire/dns/uri.ts';
import { experiment } from './experiment.ts';
import { asnOf, requireLab } from './lab-facts.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { askOverUdp } from './steps/dns-over-udp.ts';
import { lookUp } from './steps/lookup.ts';
import { Trace } from './steps/trace.ts';

/**
 * One question to a resolver over UDP, and every answer that comes in five seconds: two that differ are the mark of somebody on
 * the path, who answers first (OONI, tq-002). Written down as OONI's dnscheck.
 */
export function probeDnsCheck({ url, ip }: ProbeRequest): Promise<Observation> {
  const { server, name, type } = parseDnsUri(url) ?? { server: undefined, name: '', type: 'A' };
  const resolver = server ?? requireLab().publicResolver[ip];
  const question = { hostname: name, type: type === 'AAAA' ? 'AAAA' : 'A' } as const;
  const input = `udp://${formatEndpoint(resolver, 53)}`;
  return experiment({ ...DNS_CHECK, input, options: [`Domain=${name}`] }, async () => {
    const bootstrap = new Trace();
    const isNamed = isIP(resolver) === 0;
    const found = isNamed
      ? await lookUp(bootstrap, bootstrap.leg(), resolver, ip, asnOf)
      : { failure: null, addresses: [resolver] };
    const [address] = found.addresses;
    const begun = {
      domain: name,
      bootstrap: isNamed ? keysOf(bootstrap, found.failure) : null,
      bootstrap_failure: found.failure,
    };
    if (address === undefined) {
      const { failure } = found;
      const observation = {
        failure,
        says: `${resolver}: ${failure}`,
        failedAt: 'resolve',
      } as const;
      return { observation, test_keys: { ...begun, lookups: {} } };
    }
    const trace = bootstrap.another();
    const asked = { address, port: 53, lateMs: WINDOW };
    const { failure, addresses } = await askOverUdp(trace, trace.leg(), question, asked, asnOf);
    await Promise.all(trace.pending);
    const { queries, lateAnswers } = trace;
    const answers = [...queries, ...lateAnswers].filter((one) => one.raw_response !== undefined);
    const keys = { ...keysOf(trace, failure), queries: [...queries, ...lateAnswers] };
    const lookups = { [`udp://${formatEndpoint(address, 53)}`]: keys };
    const test_keys = { ...begun, lookups, x_duplicate_responses: lateAnswers };
    const says = answers.map(tell).join(', then ') || 'no answer';
    const failedAt = failure === null ? undefined : ('resolve' as const);
    return {
      observation: { failure, says, addresses, answers: answers.length, failedAt },
      test_keys,
    };
  });
}

/** As of a lookup by urlgetter (ts-027). */
function keysOf(trace: Trace, failure: string | null) {
  const failed_operation = failure === null ? null : 'resolve';
  return { agent: 'redirect', failed_operation, failure, ...trace.techniques() };
}

/** What an answer says: addresses, or why there are none. */
function tell({ answers, failure }: Query): string {
  return (answers ?? []).flatMap(({ ipv4, ipv6 }) => ipv4 ?? ipv6 ?? []).join(' ') || `${failure}`;
}

const DNS_CHECK = { test_name: 'dnscheck', test_version: '0.9.2' };
/** In ms (tq-002). */
const WINDOW = 5000;
