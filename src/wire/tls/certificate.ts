import { u8, u24 } from '../../base/bytes.ts';
import { DerElement } from './der.ts';
import { CERTIFICATE, MESSAGE_HEADER } from './numbers.ts';
import { handshakeEnd } from './vector.ts';

/**
 * The first certificate of a Certificate message of TLS 1.2 or older (RFC 5246 §7.4.2); later versions encrypt theirs.
 * Reused; positions are indices into `bytes`, and -1 while what they mark is absent or not yet whole. What has been seen
 * stands even if the rest of the certificate is cut, or is none.
 */
export class CertificateMessage {
  /** `partial`: everything so far fits a Certificate, but the message goes on past the end of the bytes. */
  status: 'not-certificate' | 'partial' | 'complete' = 'not-certificate';
  bytes: Uint8Array = EMPTY;
  /** One past the message, which may lie past the bytes; -1 while its length is not there. */
  messageEnd = -1;
  /** The first certificate (RFC 5280 §4.1), in DER. */
  certificateAt = -1;
  certificateEnd = -1;
  /** The first commonName of the subject: the characters as they are encoded. */
  subjectCnAt = -1;
  subjectCnEnd = -1;
  issuerCnAt = -1;
  issuerCnEnd = -1;
  /** The characters of a UTCTime or GeneralizedTime. */
  notBeforeAt = -1;
  notBeforeEnd = -1;
  notAfterAt = -1;
  notAfterEnd = -1;
  readonly #element = new DerElement();
  #cnAt = -1;
  #cnEnd = -1;

  readMessage(bytes: Uint8Array, at: number, end: number): this {
    this.#reset(bytes);
    if (at < end && u8(bytes, at) !== CERTIFICATE) return this;
    this.status = 'partial';
    this.messageEnd = handshakeEnd(bytes, at, end);
    if (this.messageEnd < 0) return this;
    if (this.messageEnd <= end) this.status = 'complete';
    this.#readList(at + MESSAGE_HEADER, Math.min(end, this.messageEnd));
    return this;
  }

  #readList(at: number, limit: number): void {
    if (at + 6 > limit) return;
    const listEnd = at + 3 + u24(this.bytes, at);
    const certificateAt = at + 6;
    const certificateEnd = certificateAt + u24(this.bytes, at + 3);
    const end = Math.min(certificateEnd, listEnd, limit);
    if (end === certificateEnd) {
      this.certificateAt = certificateAt;
      this.certificateEnd = certificateEnd;
    }
    this.#readCertificate(certificateAt, end);
  }

  /** Certificate and TBSCertificate are the outer two sequences. */
  #readCertificate(at: number, end: number): void {
    const element = this.#element;
    if (!this.#enter(SEQUENCE, at, end)) return;
    if (!this.#enter(SEQUENCE, element.valueAt, element.valueEnd)) return;
    const tbsEnd = element.valueEnd;
    let i = element.valueAt;
    if (this.#enter(VERSION, i, tbsEnd)) i = element.nextAt;
    i = this.#skip(this.#skip(i, tbsEnd), tbsEnd); // serialNumber, signature
    const issuerNext = this.#skip(i, tbsEnd);
    this.#findCommonName(i, tbsEnd);
    this.issuerCnAt = this.#cnAt;
    this.issuerCnEnd = this.#cnEnd;
    if (this.#enter(SEQUENCE, issuerNext, tbsEnd)) this.#readValidity();
    this.#findCommonName(this.#skip(issuerNext, tbsEnd), tbsEnd);
    this.subjectCnAt = this.#cnAt;
    this.subjectCnEnd = this.#cnEnd;
  }

  #readValidity(): void {
    const element = this.#element;
    const end = element.valueEnd;
    if (!element.read(this.bytes, element.valueAt, end) || !isWholeTime(element)) return;
    this.notBeforeAt = element.valueAt;
    this.notBeforeEnd = element.valueEnd;
    if (!element.read(this.bytes, element.nextAt, end) || !isWholeTime(element)) return;
    this.notAfterAt = element.valueAt;
    this.notAfterEnd = element.valueEnd;
  }

  /** Walks a Name: a sequence of sets of attributes (RFC 5280 §4.1.2.4). Each byte is passed once for each level. */
  #findCommonName(at: number, end: number): void {
    this.#cnAt = this.#cnEnd = -1;
    const element = this.#element;
    if (!this.#enter(SEQUENCE, at, end)) return;
    const nameEnd = element.valueEnd;
    let setAt = element.valueAt;
    while (this.#cnAt < 0 && this.#enter(SET, setAt, nameEnd)) {
      setAt = element.nextAt;
      this.#findInSet(element.valueAt, element.valueEnd);
    }
  }

  #findInSet(at: number, end: number): void {
    const element = this.#element;
    let attributeAt = at;
    while (this.#cnAt < 0 && this.#enter(SEQUENCE, attributeAt, end)) {
      attributeAt = element.nextAt;
      this.#readAttribute(element.valueAt, element.valueEnd);
    }
  }

  #readAttribute(at: number, end: number): void {
    const element = this.#element;
    if (!this.#enter(OBJECT_IDENTIFIER, at, end)) return;
    if (!isCommonName(this.bytes, element.valueAt, element.valueEnd)) return;
    if (!element.read(this.bytes, element.nextAt, end)) return;
    if (!element.isWhole || !isString(element.tag)) return;
    this.#cnAt = element.valueAt;
    this.#cnEnd = element.valueEnd;
  }

  /** True if an element with this tag begins here; `#element` is then that. */
  #enter(tag: number, at: number, end: number): boolean {
    return this.#element.read(this.bytes, at, end) && this.#element.tag === tag;
  }

  /** One past the element here; `end` if there is none. */
  #skip(at: number, end: number): number {
    return this.#element.read(this.bytes, at, end) ? this.#element.nextAt : end;
  }

  #reset(bytes: Uint8Array): void {
    this.status = 'not-certificate';
    this.bytes = bytes;
    this.messageEnd = -1;
    this.certificateAt = this.certificateEnd = -1;
    this.subjectCnAt = this.subjectCnEnd = -1;
    this.issuerCnAt = this.issuerCnEnd = -1;
    this.notBeforeAt = this.notBeforeEnd = -1;
    this.notAfterAt = this.notAfterEnd = -1;
  }
}

function isWholeTime(element: DerElement): boolean {
  return element.isWhole && (element.tag === UTC_TIME || element.tag === GENERALIZED_TIME);
}

/** The object identifier 2.5.4.3. */
function isCommonName(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at === 3 &&
    u8(bytes, at) === 0x55 &&
    u8(bytes, at + 1) === 0x04 &&
    u8(bytes, at + 2) === 0x03
  );
}

/** UTF8String, PrintableString, T61String, IA5String or BMPString. */
function isString(tag: number): boolean {
  return tag === 12 || tag === 19 || tag === 20 || tag === 22 || tag === 30;
}

const EMPTY = new Uint8Array(0);
/** Identifier octets (X.690 §8.1.2). */
const OBJECT_IDENTIFIER = 0x06;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** `[0]`, which a certificate of version 1 lacks. */
const VERSION = 0xa0;
