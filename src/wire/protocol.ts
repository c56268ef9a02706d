import { u8, u16 } from '../base/bytes.ts';

/** What a flow's first payload looks like; `undecided`: it is too short to tell. */
export type Protocol = 'tls' | 'http' | 'dns' | 'ssh' | 'quic' | 'unknown';

/** The protocol of a TCP flow by the first bytes its client sends. */
export function protocolOf(bytes: Uint8Array, at: number, end: number): Protocol | 'undecided' {
  const first = u8(bytes, at);
  const length = end - at;
  if (first === TLS_HANDSHAKE) {
    if (length < 3) return 'undecided';
    return u8(bytes, at + 1) === 3 && u8(bytes, at + 2) <= 4 ? 'tls' : 'unknown';
  }
  if (startsWith(bytes, at, end, SSH)) return length < SSH.length ? 'undecided' : 'ssh';
  for (const method of METHODS) {
    if (startsWith(bytes, at, end, method)) return length < method.length ? 'undecided' : 'http';
  }
  return isDnsOverTcp(bytes, at, end) ? 'dns' : 'unknown';
}

/** As much of the prefix as there are bytes for. */
function startsWith(bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean {
  const last = Math.min(prefix.length, end - at);
  for (let i = 0; i < last; i++) if (u8(bytes, at + i) !== prefix[i]) return false;
  return last > 0;
}

/** RFC 1035 §4.2.2: two bytes of length, then a message: a query with one question and no answer. */
function isDnsOverTcp(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < DNS_OVER_TCP_HEADER || u16(bytes, at) < DNS_OVER_TCP_HEADER - 2) return false;
  return (u8(bytes, at + 4) & 0xf8) === 0 && u16(bytes, at + 6) === 1 && u16(bytes, at + 8) === 0;
}

const TLS_HANDSHAKE = 22;
const DNS_OVER_TCP_HEADER = 14;
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const SSH = ascii('SSH-');
/** Of HTTP/1 (RFC 9110 §9, RFC 5789), and the first of HTTP/2 (RFC 9113 §3.4). */
const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PATCH',
  'PRI',
].map((method) => ascii(`${method} `));
