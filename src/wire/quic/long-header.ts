import { i32, u8 } from '../../base/bytes.ts';
import { varint, varintEnd } from './varint.ts';
import { QUIC_V1, QUIC_V2 } from './version.ts';

/** `not-quic`: also a long header that does not add up, which every endpoint drops. */
export type QuicStatus =
  | 'not-quic'
  | 'short-header'
  | 'version-negotiation'
  | 'unknown-version'
  | 'initial'
  | 'zero-rtt'
  | 'handshake'
  | 'retry';

/**
 * The long header of one QUIC packet (RFC 8999 §5.1, RFC 9000 §17.2, RFC 9369 §3.2) in a UDP payload, which may hold
 * several packets. Reused; positions are indices into `bytes`, and a range that the packet does not have is empty.
 */
export class LongHeader {
  bytes: Uint8Array = EMPTY;
  at = 0;
  status: QuicStatus = 'not-quic';
  /** Signed, as `i32` reads it. */
  version = 0;
  dcidAt = 0;
  dcidEnd = 0;
  scidAt = 0;
  scidEnd = 0;
  /** Of an Initial or a Retry. */
  tokenAt = 0;
  tokenEnd = 0;
  /** The Length field: what follows it, packet number and all. -1 for a packet that has none. */
  length = -1;
  /** The first byte under packet protection, where `length` counts from. */
  packetNumberAt = 0;
  /** Where the next packet of the datagram begins; a packet without a length goes on to the datagram's end. */
  packetEnd = 0;

  /** Total. `end` is the end of the datagram. */
  read(bytes: Uint8Array, at: number, end: number): this {
    this.bytes = bytes;
    this.at = at;
    this.version = 0;
    this.dcidAt = at;
    this.dcidEnd = at;
    this.scidAt = at;
    this.scidEnd = at;
    this.tokenAt = at;
    this.tokenEnd = at;
    this.length = -1;
    this.packetNumberAt = at;
    this.packetEnd = end;
    this.status = this.#locate(end);
    return this;
  }

  /** Lets go of the datagram, which is not kept for as long as what reads it. */
  forget(): void {
    this.read(EMPTY, 0, 0);
  }

  /** The Destination Connection ID; a copy, which outlives the packet. */
  get dcid(): Uint8Array {
    return this.bytes.slice(this.dcidAt, this.dcidEnd);
  }

  /** The Source Connection ID; a copy. */
  get scid(): Uint8Array {
    return this.bytes.slice(this.scidAt, this.scidEnd);
  }

  /** Whether this is the packet's Destination Connection ID. */
  isFor(id: Uint8Array): boolean {
    return this.isForRange(id, 0, id.length);
  }

  /** Whether `bytes[at, end)` is the packet's Destination Connection ID. */
  isForRange(bytes: Uint8Array, at: number, end: number): boolean {
    if (this.dcidEnd - this.dcidAt !== end - at) return false;
    for (let i = at; i < end; i++) {
      if (u8(bytes, i) !== u8(this.bytes, this.dcidAt + i - at)) return false;
    }
    return true;
  }

  /**
   * Whether a flow that begins so is QUIC, whatever its version: a known packet type, or an unknown version in the
   * shape of version 1, whose clients choose at least 8 bytes (RFC 9000 §7.2) and whose fixed bit tells it from what
   * else may share its ports (RFC 9443). One datagram of random bytes in 1000 passes.
   */
  get isPlausible(): boolean {
    if (this.status !== 'unknown-version') return isOfKnownType(this.status);
    const dcidLength = this.dcidEnd - this.dcidAt;
    const hasFixedBit = (u8(this.bytes, this.at) & FIXED_BIT) !== 0;
    return hasFixedBit && dcidLength >= 8 && this.#hasShortIds();
  }

  #locate(end: number): QuicStatus {
    const { bytes, at } = this;
    if (at >= end) return 'not-quic';
    const first = u8(bytes, at);
    const hasFixedBit = (first & FIXED_BIT) !== 0;
    if ((first & LONG_HEADER) === 0) return hasFixedBit ? 'short-header' : 'not-quic';
    if (!this.#locateIds(end)) return 'not-quic';
    if (this.version === 0) return this.#hasVersions(end) ? 'version-negotiation' : 'not-quic';
    if (this.version !== QUIC_V1 && this.version !== QUIC_V2) return 'unknown-version';
    if (!hasFixedBit || !this.#hasShortIds()) return 'not-quic';
    const status = packetType(this.version, first);
    return this.#locateBody(status, end) ? status : 'not-quic';
  }

  #locateIds(end: number): boolean {
    const { bytes, at } = this;
    if (at + IDS_AT >= end) return false;
    this.version = i32(bytes, at + 1);
    const dcidAt = at + IDS_AT + 1;
    const dcidEnd = dcidAt + u8(bytes, dcidAt - 1);
    if (dcidEnd >= end) return false;
    const scidAt = dcidEnd + 1;
    const scidEnd = scidAt + u8(bytes, dcidEnd);
    if (scidEnd > end) return false;
    this.dcidAt = dcidAt;
    this.dcidEnd = dcidEnd;
    this.scidAt = scidAt;
    this.scidEnd = scidEnd;
    return true;
  }

  #hasVersions(end: number): boolean {
    const length = end - this.scidEnd;
    return length > 0 && length % 4 === 0;
  }

  /** RFC 9000 §17.2: of versions 1 and 2; another version may have longer ones. */
  #hasShortIds(): boolean {
    return this.dcidEnd - this.dcidAt <= 20 && this.scidEnd - this.scidAt <= 20;
  }

  #locateBody(status: QuicStatus, end: number): boolean {
    if (status === 'retry') return this.#locateToken(this.scidEnd, end - RETRY_INTEGRITY_TAG);
    if (status !== 'initial') return this.#locatePacketNumber(this.scidEnd, end);
    const tokenAt = varintEnd(this.bytes, this.scidEnd, end);
    if (tokenAt < 0) return false;
    const tokenEnd = tokenAt + varint(this.bytes, this.scidEnd);
    return (
      tokenEnd < end &&
      this.#locateToken(tokenAt, tokenEnd) &&
      this.#locatePacketNumber(tokenEnd, end)
    );
  }

  #locateToken(at: number, end: number): boolean {
    if (end < at) return false;
    this.tokenAt = at;
    this.tokenEnd = end;
    return true;
  }

  #locatePacketNumber(lengthAt: number, end: number): boolean {
    const at = varintEnd(this.bytes, lengthAt, end);
    if (at < 0) return false;
    const length = varint(this.bytes, lengthAt);
    if (at + length > end) return false;
    this.length = length;
    this.packetNumberAt = at;
    this.packetEnd = at + length;
    return true;
  }
}

/** Whether a datagram has an Initial: coalesced packets may stand in any order (RFC 9000 §12.2). */
export function hasInitial(
  header: LongHeader,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  header.read(bytes, at, end);
  while (header.status === 'zero-rtt' || header.status === 'handshake') {
    header.read(bytes, header.packetEnd, end);
  }
  return header.status === 'initial';
}

function isOfKnownType(status: QuicStatus): boolean {
  return status !== 'not-quic' && status !== 'short-header';
}

/** RFC 9000 §17.2 and, one further on, RFC 9369 §3.2. */
function packetType(version: number, first: number): QuicStatus {
  const bits = (first >>> 4) & 3;
  return TYPES[version === QUIC_V2 ? (bits + 3) & 3 : bits] as QuicStatus;
}

const EMPTY = new Uint8Array(0);
const LONG_HEADER = 0x80;
const FIXED_BIT = 0x40;
/** The length of the first connection ID, after the first byte and the version. */
const IDS_AT = 5;
const RETRY_INTEGRITY_TAG = 16;
const TYPES: readonly QuicStatus[] = ['initial', 'zero-rtt', 'handshake', 'retry'];
