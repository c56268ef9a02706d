import type { Socket } from 'node:net';
import {
  type ConnectionError,
  openConnection,
  STEP_TIMEOUT,
  within,
  writeBytes,
} from './connection.ts';
import { failureOf } from './failure.ts';
import type { Observation, ProbeRequest } from './observation.ts';

/** Requests over one TCP connection, the Host header as given, byte for byte. */
export async function probeHttp(request: ProbeRequest): Promise<Observation> {
  const url = new URL(request.url);
  let connectMs: number | undefined;
  let local: string | undefined;
  let remote: string | undefined;
  let answered = 0;
  let sentAt = 0;
  let socket: Socket | undefined;
  try {
    const connection = await openConnection(request, request.url);
    ({ socket, connectMs, local, remote } = connection);
    let status = 0;
    const host = request.host ?? url.host;
    for (const name of [...(request.after ?? []), host]) {
      const split = request.split === 'name' && name === host ? { name: url.hostname } : undefined;
      const response = nextResponse(socket, request.timeoutMs);
      response.catch(() => undefined); // awaited below, after the write
      sentAt = await writeBytes(socket, getRequest(url, name), split);
      status = await response;
      answered++;
    }
    return {
      failure: null,
      says: `HTTP ${status}`,
      status,
      answered: answered - 1,
      connectMs,
      local,
      remote,
    };
  } catch (error) {
    const reason = error as ConnectionError;
    const failedAfterMs = sentAt === 0 ? undefined : performance.now() - sentAt;
    const says = reason.message;
    remote ??= reason.remote;
    return { failure: failureOf(reason), says, answered, connectMs, local, remote, failedAfterMs };
  } finally {
    socket?.destroy();
  }
}

export function getRequest(url: URL, host: string): Buffer {
  const path = url.pathname + url.search;
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: chokepoint\r\nAccept: */*\r\n\r\n`,
  );
}

/** The status of the next whole response on a connection; its body is read and dropped. */
export function nextResponse(socket: Socket, timeout = STEP_TIMEOUT): Promise<number> {
  let received = Buffer.alloc(0);
  return within<number>(timeout, socket, (done) => {
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = received.toString('latin1', 0, headEnd);
      const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
      if (received.length < headEnd + 4 + length) return;
      socket.off('data', onData);
      done(Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0));
    };
    socket.on('data', onData);
  });
}
