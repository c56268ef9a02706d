import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { formatEndpoint } from '../base/address.ts';
import { ProbeTimeout } from './failure.ts';
import type { ProbeRequest } from './observation.ts';

/** A TCP connection that a probe made, and how long SYN to SYN/ACK took. */
export interface Connection {
  readonly socket: Socket;
  readonly connectMs: number;
  readonly local: string;
  readonly remote: string;
}

/** What went wrong with a connection. */
export interface ConnectionError extends NodeJS.ErrnoException {
  /** The end that was dialled, where none was made. */
  readonly remote?: string;
}

/** Resolves with the machine's own resolver, then connects. */
export async function openConnection(request: ProbeRequest, url: string): Promise<Connection> {
  const { hostname, port, protocol } = new URL(url);
  const host = (request.connect ?? hostname).replace(/^\[|\]$/g, '');
  const { address } = await lookup(host, { family: request.ip });
  const startedAt = performance.now();
  const dialled = Number(port || DEFAULT_PORTS[protocol]);
  const socket = connect({ host: address, port: dialled });
  socket.setNoDelay(true);
  // Whoever waits hears of errors from `within`; one that comes after that is of no interest, but must not go unheard.
  socket.on('error', () => undefined);
  const connected = within<void>(request.timeoutMs ?? STEP_TIMEOUT, socket, (done) =>
    socket.once('connect', done),
  );
  await connected.catch((error: Error) => {
    throw Object.assign(error, { remote: formatEndpoint(address, dialled) });
  });
  const connectMs = performance.now() - startedAt;
  return {
    socket,
    connectMs,
    local: formatEndpoint(socket.localAddress ?? '', socket.localPort ?? 0),
    remote: formatEndpoint(socket.remoteAddress ?? address, socket.remotePort ?? dialled),
  };
}

/**
 * Waits for what `begin` starts; fails with the socket's error, with EOF when the peer closes first, or when `timeout`
 * ms have passed.
 */
export function within<T>(
  timeout: number,
  socket: Socket,
  begin: (done: (value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      socket.off('error', fail);
      socket.off('end', end);
      finish();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const end = (): void =>
      fail(Object.assign(new Error('closed by the peer'), { code: 'ECONNRESET' }));
    const timer = setTimeout(
      () => fail(new ProbeTimeout(`no answer within ${timeout} ms`)),
      timeout,
    );
    socket.on('error', fail);
    socket.on('end', end);
    begin((value) => settle(() => resolve(value)));
  });
}

/**
 * Writes bytes at once, or in two segments cut in the middle of `name`. Tells when the last were about to be handed to the
 * kernel: they may be under way for a while before that call returns.
 */
export async function writeBytes(
  socket: Pick<Socket, 'write'>,
  bytes: Buffer,
  split: { readonly name: string } | undefined,
): Promise<number> {
  const at = split === undefined ? -1 : bytes.indexOf(split.name);
  if (split === undefined || at < 0) {
    const writtenAt = performance.now();
    socket.write(bytes);
    return writtenAt;
  }
  const cut = at + Math.floor(split.name.length / 2);
  socket.write(bytes.subarray(0, cut));
  await pause(SPLIT_PAUSE);
  const writtenAt = performance.now();
  socket.write(bytes.subarray(cut));
  return writtenAt;
}

/** OONI's timeouts, in ms (probe-cli: TCP connect, TLS handshake and HTTP round trip have 10 s each). */
export const STEP_TIMEOUT = 10_000;
/** Long enough for the kernel to send the first part by itself. */
const SPLIT_PAUSE = 20;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
