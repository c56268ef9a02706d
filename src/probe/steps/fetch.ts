import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { STEP_TIMEOUT } from '../connection.ts';
import { failureOf, ProbeTimeout } from '../failure.ts';
import type { Leg, Trace } from './trace.ts';
import type { TracedSocket } from './traced-socket.ts';
import { noteExchange, type RawResponse } from './transaction.ts';

export interface FetchOptions {
  readonly url: URL;
  /** The other end, as address:port. */
  readonly address: string;
  readonly timeoutMs?: number | undefined;
}

export interface Fetched {
  readonly failure: string | null;
  /** Undefined: there was none, or not all of it. */
  readonly response: RawResponse | undefined;
  readonly location: string | undefined;
}

/** A GET over a connection, with the headers of a browser as OONI's probe sends them. */
export async function fetchOver(
  trace: Trace,
  leg: Leg,
  carrier: TracedSocket,
  tls: TLSSocket | undefined,
  { url, address, timeoutMs = STEP_TIMEOUT }: FetchOptions,
): Promise<Fetched> {
  const t0 = trace.seconds();
  const sent = { Host: url.host, ...REQUEST_HEADERS };
  const note = (failure: string | null, response: RawResponse | undefined): void => {
    const alpn = (tls?.alpnProtocol as string | false | null | undefined) || undefined;
    noteExchange(trace, leg, { url, sent, address, alpn, failure, response, t0 });
  };
  let arriving: ArrivingResponse | undefined;
  const answered = new Promise<RawResponse>((resolve, reject) => {
    const asked = httpRequest({
      path: url.pathname + url.search,
      headers: sent,
      createConnection: () => tls ?? carrier,
    });
    // Whoever made the connection ends it: a server that had ended it first would answer the client's goodbye with a RST.
    asked.shouldKeepAlive = true;
    asked.removeHeader('Connection');
    carrier.once('error', reject);
    asked.once('error', reject);
    asked.once('response', (arrived) => {
      arriving = new ArrivingResponse(arrived);
      arriving.read().then(resolve, reject);
    });
    asked.end();
  });
  try {
    const response = await inTime(answered, timeoutMs);
    note(null, response);
    return { failure: null, response, location: arriving?.location };
  } catch (error) {
    if (error instanceof ProbeTimeout) carrier.giveUp();
    const failure = carrier.failure ?? failureOf(error as NodeJS.ErrnoException);
    note(failure, arriving?.cutShort());
    carrier.destroy();
    return { failure, response: undefined, location: undefined };
  }
}

function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new ProbeTimeout(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Of a long body, no more than its beginning is kept. */
class ArrivingResponse {
  readonly #message: IncomingMessage;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  get location(): string | undefined {
    const { location } = this.#message.headers;
    // Node reads headers as Latin-1, a character for each byte. URLs have such bytes percent-encoded.
    return location?.replace(/[\x80-\xff]/g, percentEncoded);
  }

  async read(): Promise<RawResponse> {
    for await (const chunk of this.#message as AsyncIterable<Buffer>) {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      if (this.#length > LONGEST_BODY) break;
    }
    return this.#soFar(this.#length > LONGEST_BODY);
  }

  /** What came before the rest failed to. */
  cutShort(): RawResponse {
    return this.#soFar(true);
  }

  #soFar(isTruncated: boolean): RawResponse {
    const body = Buffer.concat(this.#chunks).subarray(0, LONGEST_BODY);
    return { ...headOf(this.#message), body, isTruncated };
  }
}

function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;
}

function headOf({
  statusCode = 0,
  rawHeaders,
}: IncomingMessage): Omit<RawResponse, 'body' | 'isTruncated'> {
  const headers = Array.from({ length: rawHeaders.length / 2 }, (_, i): [string, string] => [
    rawHeaders[2 * i] as string,
    rawHeaders[2 * i + 1] as string,
  ]);
  return { status: statusCode, headers };
}

export const REQUEST_HEADERS = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language': 'en-US,en;q=0.9',
  'User-Agent': 'chokepoint',
};
/** In bytes, as of OONI's probe (probe-cli, 1 << 19). */
const LONGEST_BODY = 524_288;
