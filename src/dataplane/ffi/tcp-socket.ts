import type { Socket } from 'node:net';
import { formatAddress, formatEndpoint } from '../../base/address.ts';
import { u16 } from '../../base/bytes.ts';
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

/**
 * Whom a TCP socket is or was connected to, as address:port. Unlike getpeername(2), which Node asks, the option still knows
 * of a connection that was reset before anybody accepted it.
 */
export function peerName(socket: Socket): string | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const address = new Uint8Array(SOCKADDR_IN6_LENGTH);
  getSocketOption(fd, SOL_SOCKET, SO_PEERNAME, address);
  const port = u16(address, 2);
  const isIpv6 = new DataView(address.buffer).getUint16(0, true) === AF_INET6;
  if (!isIpv6) return formatEndpoint(formatAddress(address, IPV4_AT, 4), port);
  const isMapped = MAPPED.every((byte, i) => address[IPV6_AT + i] === byte);
  return isMapped
    ? formatEndpoint(formatAddress(address, IPV6_AT + MAPPED.length, 4), port)
    : formatEndpoint(formatAddress(address, IPV6_AT, 6), port);
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
const SO_PEERNAME = { name: 'SO_PEERNAME', number: 28 };
const AF_INET6 = 10;
const SOCKADDR_IN6_LENGTH = 28;
const IPV4_AT = 4;
const IPV6_AT = 8;
/** ::ffff:0:0/96, IPv4 as an IPv6 socket has it (RFC 4291 §2.5.5.2). */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
