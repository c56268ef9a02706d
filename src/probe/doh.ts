import { parseDnsUri } from '../wire/dns/uri.ts';
import { asnOf, requireLab } from './lab-facts.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { askOverHttps } from './steps/dns-over-https.ts';
import { Trace } from './steps/trace.ts';
import { urlgetter } from './urlgetter.ts';

/** A question to the lab's resolver over HTTPS (RFC 8484). */
export function probeDoh(request: ProbeRequest): Promise<Observation> {
  return urlgetter(request, new Trace(), async (trace) => {
    const { doh } = requireLab();
    const { name, type } = parseDnsUri(request.url) ?? { name: '', type: 'A' };
    if (doh === undefined) {
      const skipped = 'no resolver of this lab is asked over HTTPS';
      return { failure: null, says: '', skipped };
    }
    const question = { hostname: name, type: type === 'AAAA' ? 'AAAA' : 'A' } as const;
    const { ip, timeoutMs, localPort } = request;
    const resolver = { url: new URL(doh), ip, timeoutMs, localPort };
    const { failure, addresses } = await askOverHttps(
      trace,
      trace.leg(),
      question,
      resolver,
      asnOf,
    );
    return { failure, addresses, says: addresses.join(' '), failedAt: 'resolve' };
  });
}
