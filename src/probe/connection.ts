import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { ProbeTimeout } from './failure.ts';

/**
 * Waits for what `begin` starts; fails with the socket's error, with EOF when the peer closes first, or when `timeout`
 * ms have passed.
 */
export function within<T>(
  timeout: number,
  socket: Duplex,
  begin: (done: (value: T) => void, fail: (error: Error) => void) => void,
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
    begin((value) => settle(() => resolve(value)), fail);
  });
}

/**
 * Writes bytes at once, or in two segments if they are to be cut somewhere. Tells when the last were about to be handed to the
 * kernel: they may be under way for a while before that call returns.
 */
export async function writeBytes(
  socket: Pick<Socket, 'write'>,
  bytes: Buffer,
  cut: number | undefined,
): Promise<number> {
  if (cut !== undefined) {
    socket.write(bytes.subarray(0, cut));
    await pause(SPLIT_PAUSE);
  }
  const writtenAt = performance.now();
  socket.write(bytes.subarray(cut));
  return writtenAt;
}

/** OONI's timeouts, in ms (probe-cli: TCP connect, TLS handshake and HTTP round trip have 10 s each). */
export const STEP_TIMEOUT = 10_000;
/** Long enough for the kernel to send the first part by itself. */
const SPLIT_PAUSE = 20;
