import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { u8, u16 } from '../../base/bytes.ts';
import {
  ALPN,
  KEY_SHARE,
  MESSAGE_HEADER,
  SERVER_HELLO,
  SUPPORTED_VERSIONS,
  VERSION_AND_RANDOM,
} from './numbers.ts';
import { handshakeEnd, vector8End, vector16End } from './vector.ts';

/**
 * A TLS ServerHello (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3), as far as its bytes are there. Reused; positions are indices
 * into `bytes`, and everything is -1 while it is absent or not yet whole.
 */
export class ServerHello {
  /** `partial`: everything so far fits a ServerHello, but the message goes on past the end of the bytes. */
  status: 'not-server-hello' | 'partial' | 'complete' = 'not-server-hello';
  bytes: Uint8Array = EMPTY;
  /** One past the message, which may lie past the bytes; -1 while its length is not there. */
  messageEnd = -1;
  legacyVersion = -1;
  /** Of the supported_versions extension, which TLS 1.3 alone sends. */
  selectedVersion = -1;
  /** A HelloRetryRequest, which is told by its random (RFC 8446 §4.1.3). */
  isRetryRequest = false;
  sessionIdLength = -1;
  cipherSuite = -1;
  compressionMethod = -1;
  extensionsAt = -1;
  /** As far as the extensions are there. */
  extensionsEnd = -1;
  /** The group of the server's key share, or the one that a HelloRetryRequest asks for. */
  keyShareGroup = -1;
  /** The application protocol chosen (RFC 7301 §3.1). */
  alpnAt = -1;
  alpnEnd = -1;

  /** The version negotiated. */
  get version(): number {
    return this.selectedVersion < 0 ? this.legacyVersion : this.selectedVersion;
  }

  readMessage(bytes: Uint8Array, at: number, end: number): this {
    this.#reset(bytes);
    if (at < end && u8(bytes, at) !== SERVER_HELLO) return this;
    this.status = 'partial';
    this.messageEnd = handshakeEnd(bytes, at, end);
    if (this.messageEnd < 0) return this;
    if (this.messageEnd <= end) this.status = 'complete';
    this.#readBody(at + MESSAGE_HEADER, Math.min(end, this.messageEnd));
    return this;
  }

  #readBody(at: number, limit: number): void {
    const { bytes } = this;
    if (at + 2 > limit) return;
    this.legacyVersion = u16(bytes, at);
    let i = at + VERSION_AND_RANDOM;
    if (i >= limit) return;
    this.isRetryRequest = isRetryRandom(bytes, at + 2);
    this.sessionIdLength = u8(bytes, i);
    i += 1 + this.sessionIdLength;
    if (i + 2 > limit) return;
    this.cipherSuite = u16(bytes, i);
    if (i + 3 > limit) return;
    this.compressionMethod = u8(bytes, i + 2);
    if (i + 5 <= limit) this.#readExtensions(i + 3, limit);
  }

  #readExtensions(lengthAt: number, limit: number): void {
    const { bytes } = this;
    this.extensionsAt = lengthAt + 2;
    this.extensionsEnd = Math.min(limit, this.extensionsAt + u16(bytes, lengthAt));
    let i = this.extensionsAt;
    while (i + 4 <= this.extensionsEnd) {
      const dataAt = i + 4;
      const dataEnd = dataAt + u16(bytes, i + 2);
      this.#readExtension(u16(bytes, i), dataAt, Math.min(dataEnd, this.extensionsEnd));
      i = dataEnd;
    }
  }

  #readExtension(type: number, at: number, end: number): void {
    if (at + 2 > end) return;
    const { bytes } = this;
    if (type === SUPPORTED_VERSIONS && this.selectedVersion < 0) {
      this.selectedVersion = u16(bytes, at);
    } else if (type === KEY_SHARE && this.keyShareGroup < 0) {
      this.keyShareGroup = u16(bytes, at);
    } else if (type === ALPN && this.alpnAt < 0 && vector16End(bytes, at, end) >= 0) {
      this.alpnEnd = vector8End(bytes, at + 2, vector16End(bytes, at, end));
      this.alpnAt = this.alpnEnd < 0 ? -1 : at + 3;
    }
  }

  #reset(bytes: Uint8Array): void {
    this.status = 'not-server-hello';
    this.bytes = bytes;
    this.messageEnd = this.legacyVersion = this.selectedVersion = -1;
    this.isRetryRequest = false;
    this.sessionIdLength = this.cipherSuite = this.compressionMethod = -1;
    this.extensionsAt = this.extensionsEnd = -1;
    this.keyShareGroup = -1;
    this.alpnAt = this.alpnEnd = -1;
  }
}

function isRetryRandom(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < RETRY_RANDOM.length; i++) {
    if (u8(bytes, at + i) !== RETRY_RANDOM[i]) return false;
  }
  return true;
}

const EMPTY = new Uint8Array(0);
/** SHA-256 of `HelloRetryRequest` (RFC 8446 §4.1.3). */
const RETRY_RANDOM = sha256(utf8ToBytes('HelloRetryRequest'));
