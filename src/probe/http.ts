import type { Duplex } from 'node:stream';
import { STEP_TIMEOUT, within } from './connection.ts';
import { failureOf, ProbeTimeout } from './failure.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { connectTo } from './steps/connect.ts';
import { BadResponse, ResponseReader } from './steps/response-reader.ts';
import { surfaceOf } from './steps/surface.ts';
import { Trace } from './steps/trace.ts';
import type { TracedSocket } from './steps/traced-socket.ts';
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
    const failure = failureOver(socket, error);
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

/** The next whole response on a connection. */
export async function nextResponse(stream: Duplex, timeout = STEP_TIMEOUT): Promise<RawResponse> {
  const reader = new ResponseReader();
  let onData: (chunk: Buffer) => void = () => undefined;
  let onEnd: () => void = () => undefined;
  try {
    return await within<RawResponse>(timeout, stream, (done, fail) => {
      onData = (chunk) => {
        try {
          const response = reader.take(chunk);
          if (response !== undefined) done(response);
        } catch (error) {
          fail(error as Error);
        }
      };
      onEnd = () => {
        const response = reader.end();
        if (response !== undefined) done(response);
      };
      stream.on('data', onData);
      stream.prependListener('end', onEnd); // before what takes it for a failure
    });
  } finally {
    stream.off('data', onData);
    stream.off('end', onEnd);
  }
}

/** OONI's failure string for a response that did not come: the peer's own word, unless what it said is no response. */
export function failureOver(socket: TracedSocket, error: unknown): string {
  if (error instanceof ProbeTimeout) socket.giveUp();
  const own = error instanceof BadResponse ? undefined : socket.failure;
  return own ?? failureOf(error as NodeJS.ErrnoException);
}
