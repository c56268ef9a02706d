import { u8, u16, u24 } from '../../base/bytes.ts';

/**
 * The server_name of a TLS ClientHello (RFC 8446 §4.1.2, RFC 6066 §3) inside one record, as far as its bytes are there.
 * Reused; positions are indices into the bytes given to `read`.
 */
export class ClientHello {
  /** `partial`: everything so far fits a ClientHello, but its record goes on past the end of the bytes. */
  status: 'not-client-hello' | 'partial' | 'complete' = 'not-client-hello';
  /** -1 while no whole host_name has been seen; it may be seen while the ClientHello is still partial. */
  sniAt = -1;
  sniEnd = -1;

  read(bytes: Uint8Array, at: number, end: number): this {
    this.sniAt = -1;
    this.sniEnd = -1;
    this.status = this.#read(bytes, at, end);
    return this;
  }

  #read(bytes: Uint8Array, at: number, end: number): 'not-client-hello' | 'partial' | 'complete' {
    const available = end - at;
    if (available === 0 || !startsLikeClientHello(bytes, at, end)) return 'not-client-hello';
    if (available < RECORD_HEADER) return 'partial';
    const recordEnd = at + RECORD_HEADER + u16(bytes, at + 3);
    this.#findServerName(bytes, at + RECORD_HEADER, Math.min(end, recordEnd));
    return end < recordEnd ? 'partial' : 'complete';
  }

  #findServerName(bytes: Uint8Array, handshakeAt: number, end: number): void {
    if (handshakeAt + 4 > end) return;
    const bodyAt = handshakeAt + 4;
    const bodyEnd = bodyAt + u24(bytes, handshakeAt + 1);
    const limit = Math.min(end, bodyEnd);
    let i = bodyAt + VERSION_AND_RANDOM;
    if (i >= limit) return;
    i += 1 + u8(bytes, i); // session id
    if (i + 2 > limit) return;
    i += 2 + u16(bytes, i); // cipher suites
    if (i >= limit) return;
    i += 1 + u8(bytes, i); // compression methods
    if (i + 2 > limit) return;
    this.#walkExtensions(bytes, i + 2, Math.min(limit, i + 2 + u16(bytes, i)));
  }

  #walkExtensions(bytes: Uint8Array, at: number, end: number): void {
    let i = at;
    while (i + 4 <= end) {
      const dataAt = i + 4;
      const dataEnd = dataAt + u16(bytes, i + 2);
      if (u16(bytes, i) === EXTENSION_SERVER_NAME) {
        this.#readServerName(bytes, dataAt, Math.min(dataEnd, end));
        return;
      }
      i = dataEnd;
    }
  }

  #readServerName(bytes: Uint8Array, at: number, end: number): void {
    if (at + 5 > end || u8(bytes, at + 2) !== NAME_TYPE_HOST) return;
    const nameAt = at + 5;
    const nameEnd = nameAt + u16(bytes, at + 3);
    if (nameEnd > end) return;
    this.sniAt = nameAt;
    this.sniEnd = nameEnd;
  }
}

/** Record type handshake, major version 3, handshake type client_hello; as many of these as there are bytes for. */
function startsLikeClientHello(bytes: Uint8Array, at: number, end: number): boolean {
  if (u8(bytes, at) !== CONTENT_HANDSHAKE) return false;
  if (at + 1 < end && u8(bytes, at + 1) !== 3) return false;
  return at + RECORD_HEADER >= end || u8(bytes, at + RECORD_HEADER) === CLIENT_HELLO;
}

const RECORD_HEADER = 5;
const CONTENT_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const VERSION_AND_RANDOM = 34;
const EXTENSION_SERVER_NAME = 0;
const NAME_TYPE_HOST = 0;
