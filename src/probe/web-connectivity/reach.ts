import type { TLSSocket } from 'node:tls';
import { formatEndpoint } from '../../base/address.ts';
import { dial } from '../steps/dial.ts';
import { type Fetched, fetchOver } from '../steps/fetch.ts';
import { shakeHands } from '../steps/handshake.ts';
import { hangUp } from '../steps/hang-up.ts';
import type { Leg, Trace } from '../steps/trace.ts';
import type { TracedSocket } from '../steps/traced-socket.ts';
import { hostOf, type Target } from './urls.ts';

/** What became of an endpoint: a connection that a page can be fetched over, unless something failed. */
export interface Reached {
  readonly target: Target;
  /** As address:port. */
  readonly address: string;
  readonly leg: Leg;
  readonly tcpFailure: string | null;
  /** Undefined: there was no handshake. */
  readonly tlsFailure?: string | null;
  readonly socket?: TracedSocket;
  readonly tls?: TLSSocket;
}

/** TCP connect to an endpoint, and a TLS handshake for the URL's host where there is to be one. */
export async function reach(
  trace: Trace,
  leg: Leg,
  url: URL,
  target: Target,
  timeoutMs?: number,
): Promise<Reached> {
  const { failure, socket, remote: address } = await dial(trace, leg, target, { timeoutMs });
  const reached = { target, address, leg, tcpFailure: failure };
  if (socket === undefined || !target.isTls) return { ...reached, ...(socket && { socket }) };
  const serverName = hostOf(url);
  const shaken = await shakeHands(trace, leg, socket, {
    serverName,
    address,
    timeoutMs,
    alpn: ALPN,
  });
  const { failure: tlsFailure, tls } = shaken;
  return { ...reached, tlsFailure, socket, ...(tls && { tls }) };
}

export function isUsable({ tcpFailure, tlsFailure = null }: Reached): boolean {
  return tcpFailure === null && tlsFailure === null;
}

/** A GET over what was reached. */
export function fetchFrom(
  trace: Trace,
  { socket, tls, address, leg }: Reached,
  url: URL,
  timeoutMs?: number,
): Promise<Fetched> {
  return fetchOver(trace, leg, socket as TracedSocket, tls, { url, address, timeoutMs });
}

export async function leave({ socket, tls }: Reached): Promise<void> {
  if (tls === undefined || socket?.failure !== undefined) socket?.destroy();
  else await hangUp(tls);
}

export function endpointOf({ address, port }: Target): string {
  return formatEndpoint(address, port);
}

/** Of the versions of HTTP, the lab's servers speak this one. */
const ALPN = ['http/1.1'];
