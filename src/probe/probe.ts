import type { Observation, ProbeRequest } from './observation.ts';

/** Makes one measurement from where this process runs. Never rejects for what happens on the network. */
export async function probe(request: ProbeRequest): Promise<Observation> {
  switch (request.probe) {
    case 'tcp':
      return (await import('./tcp.ts')).probeTcp(request);
    case 'http':
      return (await import('./http.ts')).probeHttp(request);
    case 'https':
      return (await import('./https.ts')).probeHttps(request);
    case 'curl':
      return (await import('./curl.ts')).probeCurl(request);
    case 'openssl':
      return (await import('./openssl.ts')).probeOpenssl(request);
    case 'chromium':
      return (await import('./chromium.ts')).probeChromium(request);
    case 'dig':
      return (await import('./dig.ts')).probeDig(request);
    case 'tor':
      return (await import('./tor.ts')).probeTor(request);
  }
}
