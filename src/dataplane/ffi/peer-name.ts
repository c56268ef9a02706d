import { formatAddress, formatEndpoint } from '../../base/address.ts';
import { u16 } from '../../base/bytes.ts';
import { getSocketOption } from './libc.ts';

/**
 * Whom a TCP socket is or was connected to, as address:port. Unlike getpeername(2), which Node asks, the option still knows
 * of a connection that was reset before anybody accepted it.
 */
export function peerName(fd: number): string {
  const address = new Uint8Array(SOCKADDR_IN6_LENGTH);
  getSocketOption(fd, SOL_SOCKET, { name: 'SO_PEERNAME', number: SO_PEERNAME }, address);
  const port = u16(address, 2);
  const isIpv6 = new DataView(address.buffer).getUint16(0, true) === AF_INET6;
  if (!isIpv6) return formatEndpoint(formatAddress(address, IPV4_AT, 4), port);
  const isMapped = MAPPED.every((byte, i) => address[IPV6_AT + i] === byte);
  return isMapped
    ? formatEndpoint(formatAddress(address, IPV6_AT + MAPPED.length, 4), port)
    : formatEndpoint(formatAddress(address, IPV6_AT, 6), port);
}

const SOL_SOCKET = 1;
const SO_PEERNAME = 28;
const AF_INET6 = 10;
const SOCKADDR_IN6_LENGTH = 28;
const IPV4_AT = 4;
const IPV6_AT = 8;
/** ::ffff:0:0/96, IPv4 as an IPv6 socket has it (RFC 4291 §2.5.5.2). */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
