import { u8, u16 } from '../../base/bytes.ts';
import {
  ALPN,
  CLIENT_HELLO,
  EC_POINT_FORMATS,
  ENCRYPTED_CLIENT_HELLO,
  ENCRYPTED_SERVER_NAME,
  KEY_SHARE,
  MESSAGE_HEADER,
  RECORD_HEADER,
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SUPPORTED_GROUPS,
  SUPPORTED_VERSIONS,
  VERSION_AND_RANDOM,
} from './numbers.ts';
import { type Records, startsLikeRecord } from './records.ts';
import { handshakeEnd, vector8End, vector16End } from './vector.ts';

/**
 * A TLS ClientHello (RFC 8446 §4.1.2), as far as its bytes are there. Reused; positions are indices into `bytes`, and
 * -1 while what they mark is absent or not yet whole. A list begins behind its own length. Of an extension that comes
 * twice, the first whole one counts; of server_name, the first.
 */
export class ClientHello {
  /** `partial`: everything so far fits a ClientHello, but what was read goes on past the end of the bytes. */
  status: 'not-client-hello' | 'partial' | 'complete' = 'not-client-hello';
  bytes: Uint8Array = EMPTY;
  /** One past the message, which may lie past the bytes; -1 while its length is not there. */
  messageEnd = -1;
  legacyVersion = -1;
  sessionIdAt = -1;
  sessionIdEnd = -1;
  cipherSuitesAt = -1;
  cipherSuitesEnd = -1;
  compressionMethodsAt = -1;
  compressionMethodsEnd = -1;
  extensionsAt = -1;
  /** As far as the extensions are there. */
  extensionsEnd = -1;
  /** The whole block of extensions has been walked, and its lengths add up: what has not been seen is absent. */
  hasAllExtensions = false;
  hasServerNameExtension = false;
  /** encrypted_client_hello, be it real or GREASE: nobody on the way can tell (draft-ietf-tls-esni §6.2). */
  hasEch = false;
  hasEsni = false;
  /** The first host_name (RFC 6066 §3); it may be seen while the ClientHello is still partial. */
  sniAt = -1;
  sniEnd = -1;
  /** protocol_name_list (RFC 7301 §3.1). */
  alpnAt = -1;
  alpnEnd = -1;
  supportedVersionsAt = -1;
  supportedVersionsEnd = -1;
  supportedGroupsAt = -1;
  supportedGroupsEnd = -1;
  ecPointFormatsAt = -1;
  ecPointFormatsEnd = -1;
  signatureAlgorithmsAt = -1;
  signatureAlgorithmsEnd = -1;
  /** client_shares (RFC 8446 §4.2.8). */
  keyShareAt = -1;
  keyShareEnd = -1;

  /** Reads one record, and nothing of the message that lies outside it; `status` is about the record. */
  read(bytes: Uint8Array, at: number, end: number, which: Records = 'usual'): this {
    if (!startsLikeRecord(bytes, at, end, which)) return this.#reset(bytes);
    const contentsAt = at + RECORD_HEADER;
    const recordEnd = contentsAt + (contentsAt > end ? 0 : u16(bytes, at + 3));
    this.readMessage(bytes, contentsAt, Math.min(end, recordEnd));
    if (this.status !== 'not-client-hello') this.status = end < recordEnd ? 'partial' : 'complete';
    return this;
  }

  /** Reads a handshake message, as the contents of records or of QUIC's CRYPTO frames. */
  readMessage(bytes: Uint8Array, at: number, end: number): this {
    this.#reset(bytes);
    if (at < end && u8(bytes, at) !== CLIENT_HELLO) return this;
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
    const sessionIdLengthAt = at + VERSION_AND_RANDOM;
    const sessionIdEnd = vector8End(bytes, sessionIdLengthAt, limit);
    if (sessionIdEnd < 0) return;
    this.sessionIdAt = sessionIdLengthAt + 1;
    this.sessionIdEnd = sessionIdEnd;
    const cipherSuitesEnd = vector16End(bytes, sessionIdEnd, limit);
    if (cipherSuitesEnd < 0) return;
    this.cipherSuitesAt = sessionIdEnd + 2;
    this.cipherSuitesEnd = cipherSuitesEnd;
    const methodsEnd = vector8End(bytes, cipherSuitesEnd, limit);
    if (methodsEnd < 0) return;
    this.compressionMethodsAt = cipherSuitesEnd + 1;
    this.compressionMethodsEnd = methodsEnd;
    if (methodsEnd === this.messageEnd) this.hasAllExtensions = true;
    else if (methodsEnd + 2 <= limit) this.#readExtensions(methodsEnd, limit);
  }

  #readExtensions(lengthAt: number, limit: number): void {
    const { bytes } = this;
    const blockEnd = lengthAt + 2 + u16(bytes, lengthAt);
    const end = Math.min(limit, blockEnd);
    this.extensionsAt = lengthAt + 2;
    this.extensionsEnd = end;
    let i = this.extensionsAt;
    while (i + 4 <= end) {
      const dataAt = i + 4;
      const dataEnd = dataAt + u16(bytes, i + 2);
      this.#readExtension(u16(bytes, i), dataAt, Math.min(dataEnd, end));
      i = dataEnd;
    }
    this.hasAllExtensions = i === blockEnd && blockEnd <= limit;
  }

  #readExtension(type: number, at: number, end: number): void {
    switch (type) {
      case SERVER_NAME:
        if (!this.hasServerNameExtension) this.#readServerName(at, end);
        break;
      case SUPPORTED_VERSIONS:
      case EC_POINT_FORMATS:
        this.#setList(type, at + 1, vector8End(this.bytes, at, end));
        break;
      case SUPPORTED_GROUPS:
      case SIGNATURE_ALGORITHMS:
      case ALPN:
      case KEY_SHARE:
        this.#setList(type, at + 2, vector16End(this.bytes, at, end));
        break;
      case ENCRYPTED_CLIENT_HELLO:
        this.hasEch = true;
        break;
      case ENCRYPTED_SERVER_NAME:
        this.hasEsni = true;
        break;
    }
  }

  #readServerName(at: number, end: number): void {
    this.hasServerNameExtension = true;
    let i = at + 2;
    while (i < end && u8(this.bytes, i) !== NAME_TYPE_HOST) {
      i = vector16End(this.bytes, i + 1, end); // names of other types, as RFC 6066 allows for
      if (i < 0) return;
    }
    const nameEnd = i < end ? vector16End(this.bytes, i + 1, end) : -1;
    if (nameEnd < 0) return;
    this.sniAt = i + 3;
    this.sniEnd = nameEnd;
  }

  #setList(type: number, at: number, end: number): void {
    if (end < 0) return;
    if (type === SUPPORTED_GROUPS && this.supportedGroupsAt < 0) {
      this.supportedGroupsAt = at;
      this.supportedGroupsEnd = end;
    } else if (type === SIGNATURE_ALGORITHMS && this.signatureAlgorithmsAt < 0) {
      this.signatureAlgorithmsAt = at;
      this.signatureAlgorithmsEnd = end;
    } else if (type === ALPN && this.alpnAt < 0) {
      this.alpnAt = at;
      this.alpnEnd = end;
    } else if (type === KEY_SHARE && this.keyShareAt < 0) {
      this.keyShareAt = at;
      this.keyShareEnd = end;
    } else if (type === SUPPORTED_VERSIONS && this.supportedVersionsAt < 0) {
      this.supportedVersionsAt = at;
      this.supportedVersionsEnd = end;
    } else if (type === EC_POINT_FORMATS && this.ecPointFormatsAt < 0) {
      this.ecPointFormatsAt = at;
      this.ecPointFormatsEnd = end;
    }
  }

  /** What was never a ClientHello has set nothing. */
  #reset(bytes: Uint8Array): this {
    this.bytes = bytes;
    if (this.status === 'not-client-hello') return this;
    this.status = 'not-client-hello';
    this.messageEnd = this.legacyVersion = -1;
    this.sessionIdAt = this.sessionIdEnd = -1;
    this.cipherSuitesAt = this.cipherSuitesEnd = -1;
    this.compressionMethodsAt = this.compressionMethodsEnd = -1;
    this.extensionsAt = this.extensionsEnd = -1;
    this.hasAllExtensions = this.hasServerNameExtension = this.hasEch = this.hasEsni = false;
    this.sniAt = this.sniEnd = -1;
    this.alpnAt = this.alpnEnd = -1;
    this.supportedVersionsAt = this.supportedVersionsEnd = -1;
    this.supportedGroupsAt = this.supportedGroupsEnd = -1;
    this.ecPointFormatsAt = this.ecPointFormatsEnd = -1;
    this.signatureAlgorithmsAt = this.signatureAlgorithmsEnd = -1;
    this.keyShareAt = this.keyShareEnd = -1;
    return this;
  }
}

const EMPTY = new Uint8Array(0);
const NAME_TYPE_HOST = 0;
