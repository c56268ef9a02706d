import type { Socket } from 'node:net';
import { getSocketOption, setSocketOption } from './libc.ts';

/** How many hops the packets of a connection may go from now on. */
export function setTimeToLive(socket: Socket, hops: number): void {
  const fd = descriptorOf(socket);
  if (fd === undefined) return;
  const value = new Uint8Array(new Int32Array([hops]).buffer);
  if (socket.remoteFamily === 'IPv6') setSocketOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, value);
  else setSocketOption(fd, IPPROTO_IP, IP_TTL, value);
}

/** The name of the error that the kernel keeps for a connection, such as EHOSTUNREACH; reading takes it away. */
export function takeSocketError(socket: Socket): string | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const value = new Int32Array(1);
  getSocketOption(fd, SOL_SOCKET, SO_ERROR, new Uint8Array(value.buffer));
  return ERRORS[value[0] ?? 0];
}

/** Node shows it on Unix, and does not promise to. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as { _handle?: { readonly fd?: number } | null };
  const fd = handle?.fd;
  return fd === undefined || fd < 0 ? undefined : fd;
}

/** Of Linux (asm-generic/errno.h): those that ICMP brings. */
const ERRORS: Readonly<Record<number, string>> = {
  101: 'ENETUNREACH',
  104: 'ECONNRESET',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  113: 'EHOSTUNREACH',
};
const IPPROTO_IP = 0;
const IP_TTL = { name: 'IP_TTL', number: 2 };
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = { name: 'IPV6_UNICAST_HOPS', number: 16 };
const SOL_SOCKET = 1;
const SO_ERROR = { name: 'SO_ERROR', number: 4 };
