import { ChokepointError, messageOf } from '../base/errors.ts';
import { failureOf } from './failure.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { Trace } from './steps/trace.ts';
import { urlgetter } from './urlgetter.ts';

/** Makes one measurement from where this process runs. Never rejects for what happens on the network. */
export async function probe(request: ProbeRequest): Promise<Observation> {
  try {
    return await make(request);
  } catch (error) {
    if (error instanceof ChokepointError) throw error;
    return { failure: failureOf(error as NodeJS.ErrnoException), says: messageOf(error) };
  }
}

async function make(request: ProbeRequest): Promise<Observation> {
  if (request.transport === 'https') return (await import('./doh.ts')).probeDoh(request);
  switch (request.probe) {
    case 'tcp':
      return (await import('./tcp.ts')).probeTcp(request);
    case 'http':
      return (await import('./http.ts')).probeHttp(request);
    case 'https':
      return (await import('./https.ts')).probeHttps(request);
    case 'web_connectivity':
      return (await import('./web-connectivity/probe.ts')).probeWebConnectivity(request);
    case 'sni_blocking':
      return (await import('./sni-blocking.ts')).probeSniBlocking(request);
    case 'tlsmiddlebox':
      return (await import('./tls-middlebox.ts')).probeTlsMiddlebox(request);
    case 'tcpping':
      return (await import('./tcp-ping.ts')).probeTcpPing(request);
    case 'dnscheck':
      return (await import('./dns-check.ts')).probeDnsCheck(request);
    default:
      return urlgetter(request, new Trace(), () => runTool(request));
  }
}

/** A program, which says of its own accord what it saw. */
async function runTool(request: ProbeRequest): Promise<Observation> {
  switch (request.probe) {
    case 'openssl':
      return (await import('./openssl.ts')).probeOpenssl(request);
    case 'chromium':
      return (await import('./chromium.ts')).probeChromium(request);
    case 'dig':
      return (await import('./dig.ts')).probeDig(request);
    case 'tor':
      return (await import('./tor.ts')).probeTor(request);
    default:
      return (await import('./curl.ts')).probeCurl(request);
  }
}
