import { isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  type Connection,
  type ConnectionError,
  openConnection,
  STEP_TIMEOUT,
  within,
  writeBytes,
} from './connection.ts';
import { failureOf } from './failure.ts';
import { getRequest, nextResponse } from './http.ts';
import type { Observation, ProbeRequest } from './observation.ts';

/** A TLS handshake and a request over one TCP connection; a second handshake beside it if asked for. */
export async function probeHttps(request: ProbeRequest): Promise<Observation> {
  // The handshake beside it begins first: its answer has the longer way, so the two overlap for certain.
  const urls = [...(request.beside === undefined ? [] : [request.beside]), request.url];
  const connections: Connection[] = [];
  try {
    for (const url of urls) connections.push(await openConnection(request, url));
    const seen = await Promise.all(
      connections.map((connection, i) =>
        fetchOver(connection, request, new URL(urls[i] as string)),
      ),
    );
    const own = seen.at(-1) as Observation;
    return request.beside === undefined ? own : { ...own, beside: seen[0]?.failure };
  } catch (error) {
    const reason = error as ConnectionError;
    // With two connections it is not known whose it is.
    const remote = request.beside === undefined ? reason.remote : undefined;
    return { failure: failureOf(reason), says: reason.message, remote };
  } finally {
    for (const { socket } of connections) socket.destroy();
  }
}

async function fetchOver(
  { socket, connectMs, local, remote }: Connection,
  request: ProbeRequest,
  url: URL,
): Promise<Observation> {
  const carrier = request.split === 'name' ? new SplittingSocket(socket, url.hostname) : socket;
  let sentAt = performance.now();
  try {
    const tls = connectTls({
      socket: carrier,
      servername: isIP(url.hostname) > 0 ? '' : url.hostname, // RFC 6066 §3: never an address
    });
    tls.on('error', () => undefined); // as for the TCP socket: `within` tells
    await handshake(tls, socket, request.timeoutMs);
    const response = nextResponse(tls, request.timeoutMs);
    response.catch(() => undefined); // awaited below, after the write
    sentAt = await writeBytes(tls, getRequest(url, url.host), undefined);
    const status = await response;
    const says = `${tls.getProtocol()}, HTTP ${status}`;
    await hangUp(tls);
    return { failure: null, says, status, connectMs, local, remote };
  } catch (error) {
    const reason = error as NodeJS.ErrnoException;
    const failedAfterMs = performance.now() - sentAt;
    const says = reason.message;
    return { failure: failureOf(reason), says, connectMs, local, remote, failedAfterMs };
  }
}

/** Ends a session from both sides: a server that says goodbye to a socket that is closed already is answered with a RST. */
async function hangUp(tls: TLSSocket): Promise<void> {
  const closed = new Promise<void>((resolve) => tls.once('close', () => resolve()));
  const timer = setTimeout(() => tls.destroy(), GOODBYE);
  tls.resume().end();
  await closed;
  clearTimeout(timer);
}

/** The TCP socket's own error comes first: it still knows a RST from a FIN, which the TLS socket's does not. */
function handshake(tls: TLSSocket, socket: Socket, timeout = STEP_TIMEOUT): Promise<void> {
  return Promise.race([
    within<void>(timeout, tls, (done) => tls.once('secureConnect', () => done())),
    new Promise<never>((_resolve, reject) => socket.once('error', reject)),
  ]);
}

/** Passes everything through, but for the first bytes that hold the name: those leave in two segments. */
class SplittingSocket extends Duplex {
  readonly #socket: Socket;
  #name: string | undefined;

  constructor(socket: Socket, name: string) {
    super();
    this.#socket = socket;
    this.#name = name;
    socket.on('data', (chunk) => this.push(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const name = this.#name;
    this.#name = undefined;
    writeBytes(this.#socket, chunk, name === undefined ? undefined : { name }).then(
      () => done(),
      (error: Error) => done(error),
    );
  }
}

/** For which the other side's end is waited, in ms. */
const GOODBYE = 1000;
