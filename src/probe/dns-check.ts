import { lookup } from 'node:dns/promises';
import { parseDnsUri } from '../wire/dns/uri.ts';
import { experiment } from './experiment.ts';
import { asnOf, requireLab } from './lab-facts.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { askOverUdp } from './steps/dns-over-udp.ts';
import { Trace } from './steps/trace.ts';

/**
 * One question to a resolver over UDP, and every answer that comes in five seconds: two that differ are the mark of somebody on
 * the path, who answers first (OONI, tq-002). Written down as OONI's dnscheck.
 */
export function probeDnsCheck({ url, ip }: ProbeRequest): Promise<Observation> {
  const { server, name, type } = parseDnsUri(url) ?? { server: undefined, name: '', type: 'A' };
  const { publicResolver } = requireLab();
  const resolver = server ?? publicResolver[ip];
  return experiment(
    { ...DNS_CHECK, input: `udp://${resolver}`, options: [`Domain=${name}`] },
    async () => {
      const trace = new Trace();
      const { address } = await lookup(resolver, { family: ip });
      const { failure, addresses } = await askOverUdp(
        trace,
        trace.leg(),
        { hostname: name, type: type === 'AAAA' ? 'AAAA' : 'A' },
        { address, port: 53, lateMs: WINDOW },
        asnOf,
      );
      await Promise.all(trace.pending);
      const answers =
        (failure === null || trace.queries[0]?.raw_response !== undefined ? 1 : 0) +
        trace.lateAnswers.length;
      const asked = {
        agent: 'redirect',
        failed_operation: failure === null ? null : 'resolve',
        failure,
        ...trace.techniques(),
        queries: [...trace.queries, ...trace.lateAnswers],
      };
      const test_keys = {
        domain: name,
        bootstrap: null,
        bootstrap_failure: null,
        lookups: { [`udp://${resolver}`]: asked },
        x_duplicate_responses: trace.lateAnswers,
      };
      const later = trace.lateAnswers.map(({ answers: found }) =>
        (found ?? []).map(({ ipv4, ipv6 }) => ipv4 ?? ipv6).join(' '),
      );
      const says = [`${answers} answers`, ...later.map((text) => `then ${text || 'none'}`)].join(
        ', ',
      );
      return { observation: { failure, says, addresses, answers, failedAt: 'resolve' }, test_keys };
    },
  );
}

const DNS_CHECK = { test_name: 'dnscheck', test_version: '0.9.2' };
/** In ms (tq-002). */
const WINDOW = 5000;
