import type { Duplex } from 'node:stream';
import { STEP_TIMEOUT, within } from './connection.ts';
import { failureOf, ProbeTimeout } from './failure.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { connectTo } from './steps/connect.ts';
import { surfaceOf } from './steps/surface.ts';
import { Trace } from './steps/trace.ts';
import { noteExchange, type RawResponse } from './steps/transaction.ts';
import { urlgetter } from './urlgetter.ts';

/** Requests over one TCP connection, the Host header as given, byte for byte. */
export function probeHttp(request: ProbeRequest): Promise<Observation> {
  return urlgetter(request, new Trace(), (trace) => requestAll(trace, request));
}

async function requestAll(trace: Trace, request: ProbeRequest): Promise<Observation> {
  const url = new URL(request.url);
  const leg = trace.leg();
  const surface = surfaceOf(request, 'http', request.host ?? url.hostname);
  const { socket, ...dialled } = await connectTo(trace, leg, request, request.url, surface);
  const { connectMs, local, remote } = dialled;
  let answered = 0;
  if (socket === undefined) return { ...dialled, answered };
  const hosts = [...(request.after ?? []), surface.spell(request.host ?? url.host)];
  let status = 0;
  let page: string | undefined;
  let t0 = 0;
  try {
    for (const host of hosts) {
      t0 = trace.seconds();
      const awaited = nextResponse(socket, request.timeoutMs);
      socket.write(getRequest(url, host));
      const response = await awaited;
      note(host, null, response);
      ({ status } = response);
      if (request.keepsPage) page = response.body.toString();
      answered++;
    }
    const says = `HTTP ${status}`;
    const ends = { connectMs, local, remote };
    return { failure: null, says, status, page, answered: answered - 1, ...ends };
  } catch (error) {
    const failedAfterMs = performance.now() - socket.writtenAt;
    if (error instanceof ProbeTimeout) socket.giveUp();
    const failure = socket.failure ?? failureOf(error as NodeJS.ErrnoException);
    note(hosts[answered] ?? '', failure);
    const says = (error as Error).message;
    return { failure, says, answered, connectMs, local, remote, failedAfterMs };
  } finally {
    socket.destroy();
  }

  function note(host: string, failure: string | null, response?: RawResponse): void {
    const sent = headersOf(host);
    noteExchange(trace, leg, { url, sent, address: remote ?? '', failure, response, t0 });
  }
}

export function headersOf(host: string): Readonly<Record<string, string>> {
  return { Host: host, 'User-Agent': 'chokepoint', Accept: '*/*' };
}

export function getRequest(url: URL, host: string): Buffer {
  const head = Object.entries(headersOf(host)).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${url.pathname + url.search} HTTP/1.1\r\n${head.join('')}\r\n`);
}

/** The next whole response on a connection whose length its head tells. */
export function nextResponse(stream: Duplex, timeout = STEP_TIMEOUT): Promise<RawResponse> {
  let received = Buffer.alloc(0);
  let onData: (chunk: Buffer) => void = () => undefined;
  return within<RawResponse>(timeout, stream, (done) => {
    onData = (chunk) => {
      received = Buffer.concat([received, chunk]);
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const [line = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
      const headers = lines.map((one): [string, string] => {
        const colon = one.indexOf(':');
        return [one.slice(0, colon), one.slice(colon + 1).trim()];
      });
      const length = Number(headers.find(([name]) => /^content-length$/i.test(name))?.[1] ?? 0);
      const body = received.subarray(headEnd + 4, headEnd + 4 + length);
      if (body.length < length) return;
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1] ?? 0);
      done({ status, headers, body, isTruncated: false });
    };
    stream.on('data', onData);
  }).finally(() => stream.off('data', onData));
}
