import { failureOver, getRequest, headersOf, nextResponse } from './http.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { connectTo } from './steps/connect.ts';
import { shakeHands } from './steps/handshake.ts';
import { hangUp } from './steps/hang-up.ts';
import { surfaceOf } from './steps/surface.ts';
import { type Leg, Trace } from './steps/trace.ts';
import { noteExchange } from './steps/transaction.ts';
import { urlgetter } from './urlgetter.ts';

/** A TLS handshake and a request over one TCP connection; a second handshake beside it if asked for. */
export function probeHttps(request: ProbeRequest): Promise<Observation> {
  return urlgetter(request, new Trace(), async (trace) => {
    if (request.beside === undefined) {
      return fetchOver(trace, request, request.url, await connect(trace, request.url));
    }
    // The handshake beside it begins first: its answer has the longer way, so the two overlap for certain.
    const { beside, url } = request;
    const aside = new Trace();
    const first = await connect(aside, beside);
    const second = await connect(trace, url);
    const [other, own] = await Promise.all([
      fetchOver(aside, request, beside, first),
      fetchOver(trace, request, url, second),
    ]);
    return { ...own, beside: other.failure };
  });

  async function connect(trace: Trace, url: string): Promise<Made> {
    const leg = trace.leg();
    const surface = surfaceOf(request, 'https', new URL(url).hostname);
    return { leg, ...(await connectTo(trace, leg, request, url, surface)) };
  }
}

type Made = Awaited<ReturnType<typeof connectTo>> & { readonly leg: Leg };

async function fetchOver(
  trace: Trace,
  request: ProbeRequest,
  target: string,
  { leg, socket, ...dialled }: Made,
): Promise<Observation> {
  const url = new URL(target);
  const { timeoutMs, tls: version, group } = request;
  const { connectMs, local, remote = '' } = dialled;
  if (socket === undefined) return dialled;
  const ends = { connectMs, local, remote };
  const serverName = surfaceOf(request, 'https', url.hostname).spell(url.hostname);
  const isUnverified = serverName === ''; // a server that is not asked for by name shows whatever it has
  const ask = { serverName, address: remote, timeoutMs, isUnverified, version, group };
  const shaken = await shakeHands(trace, leg, socket, ask);
  const { failure, says, tls } = shaken;
  if (failure !== null || tls === undefined) {
    const failedAfterMs = performance.now() - socket.writtenAt;
    socket.destroy();
    return { failure, says, ...ends, failedAfterMs };
  }
  const t0 = trace.seconds();
  const exchange = { url, sent: headersOf(url.host), address: remote, t0 };
  try {
    const awaited = nextResponse(tls, timeoutMs);
    tls.write(getRequest(url, url.host));
    const response = await awaited;
    noteExchange(trace, leg, { ...exchange, failure: null, response });
    const { status } = response;
    const said = `${tls.getProtocol()}, HTTP ${status}`;
    await hangUp(tls);
    return { failure: null, says: said, status, ...ends };
  } catch (error) {
    const failedAfterMs = performance.now() - socket.writtenAt;
    const wrong = failureOver(socket, error);
    noteExchange(trace, leg, { ...exchange, failure: wrong });
    return { failure: wrong, says: (error as Error).message, ...ends, failedAfterMs };
  } finally {
    socket.destroy();
  }
}
