import { connect } from 'node:net';
import { formatEndpoint } from '../../base/address.ts';
import { STEP_TIMEOUT, within } from '../connection.ts';
import { failureOf } from '../failure.ts';
import type { FirstWrite } from './surface.ts';
import type { Leg, Trace } from './trace.ts';
import { TracedSocket } from './traced-socket.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Dialled {
  readonly failure: string | null;
  /** Node's words for it. */
  readonly says: string;
  readonly socket?: TracedSocket;
  /** From SYN to SYN/ACK. */
  readonly connectMs?: number;
  readonly local?: string;
  readonly remote: string;
}

export interface DialOptions {
  readonly timeoutMs?: number | undefined;
  readonly split?: string | undefined;
  readonly localPort?: number | undefined;
  readonly first?: FirstWrite | undefined;
}

/** A TCP connection to an address. */
export async function dial(
  trace: Trace,
  leg: Leg,
  { address, port }: Endpoint,
  { timeoutMs = STEP_TIMEOUT, split, localPort, first }: DialOptions = {},
): Promise<Dialled> {
  const startedAt = performance.now();
  const t0 = trace.seconds(startedAt);
  const socket = connect({
    host: address,
    port,
    ...(localPort === undefined ? {} : { localPort }),
  });
  socket.setNoDelay(true);
  // Whoever waits hears of errors from `within`; one that comes after that is of no interest, but must not go unheard.
  socket.on('error', () => undefined);
  const remote = formatEndpoint(address, port);
  const note = (failure: string | null): void => {
    const t = trace.seconds();
    const status = { failure, success: failure === null };
    trace.tcpConnect.push({ ip: address, port, status, t0, t, ...leg });
    const event = { address: remote, failure, operation: 'connect', proto: 'tcp' } as const;
    trace.networkEvents.push({ ...event, t0, t, ...leg });
  };
  try {
    await within<void>(timeoutMs, socket, (done) => socket.once('connect', done));
  } catch (error) {
    socket.destroy();
    const failure = failureOf(error as NodeJS.ErrnoException);
    note(failure);
    return { failure, says: (error as Error).message, remote };
  }
  const connectMs = performance.now() - startedAt;
  note(null);
  return {
    failure: null,
    says: 'connected',
    socket: new TracedSocket(socket, { trace, leg, address: remote, split, first }),
    connectMs,
    local: formatEndpoint(socket.localAddress ?? '', socket.localPort ?? 0),
    remote,
  };
}
