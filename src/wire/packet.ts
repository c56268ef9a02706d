import { i32, u8, u16 } from '../base/bytes.ts';
import { ACK, FIN, RST, SYN } from './tcp.ts';

/** Why a packet is not what its headers claim; every value is shared, so that decoding allocates nothing. */
export interface Malformed {
  readonly layer: 'ethernet' | 'ipv4' | 'ipv6' | 'tcp';
  readonly reason:
    | 'short-header'
    | 'bad-version'
    | 'bad-header-length'
    | 'bad-total-length'
    | 'bad-data-offset';
}

/**
 * Offsets into one Ethernet frame, reused for every packet. Positions are indices into `bytes`, which may hold
 * many frames (a ring): nothing is sliced. A view must not outlive its packet.
 */
export class PacketView {
  bytes: Uint8Array = EMPTY;
  frameAt = 0;
  frameEnd = 0;
  malformed: Malformed | undefined = undefined;
  /** 4, 6, or 0 for anything that is not IP. */
  ipVersion: 0 | 4 | 6 = 0;
  ipAt = 0;
  ipEnd = 0;
  isFragment = false;
  isTcp = false;
  tcpAt = 0;
  payloadAt = 0;

  /** Total: a bad packet sets `malformed`. Where `isTcp` is true, no getter can read past the frame. */
  decode(bytes: Uint8Array, frameAt: number, frameEnd: number): this {
    this.bytes = bytes;
    this.frameAt = frameAt;
    this.frameEnd = frameEnd;
    this.ipVersion = 0;
    this.isFragment = false;
    this.isTcp = false;
    this.malformed = this.#locateIp();
    return this;
  }

  get srcPort(): number {
    return u16(this.bytes, this.tcpAt);
  }
  get dstPort(): number {
    return u16(this.bytes, this.tcpAt + 2);
  }
  /** Signed, as every sequence number here: see `seqDistance`. */
  get seq(): number {
    return i32(this.bytes, this.tcpAt + 4);
  }
  get ack(): number {
    return i32(this.bytes, this.tcpAt + 8);
  }
  get flags(): number {
    return u8(this.bytes, this.tcpAt + 13);
  }
  get payloadLength(): number {
    return this.ipEnd - this.payloadAt;
  }
  /** Sequence numbers this segment takes up: its payload, plus one for SYN and one for FIN. */
  get sequenceLength(): number {
    const flags = this.flags;
    return this.payloadLength + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
  }
  get isSyn(): boolean {
    return (this.flags & SYN) !== 0;
  }
  get isOpeningSyn(): boolean {
    return (this.flags & (SYN | ACK)) === SYN;
  }
  get isReset(): boolean {
    return (this.flags & RST) !== 0;
  }
  get srcAt(): number {
    return this.ipVersion === 4 ? this.ipAt + 12 : this.ipAt + 8;
  }
  get dstAt(): number {
    return this.ipVersion === 4 ? this.ipAt + 16 : this.ipAt + 24;
  }

  #locateIp(): Malformed | undefined {
    const length = this.frameEnd - this.frameAt;
    if (length < ETHERNET_LENGTH) return SHORT_ETHERNET;
    const etherType = u16(this.bytes, this.frameAt + 12);
    this.ipAt = this.frameAt + ETHERNET_LENGTH;
    if (etherType === ETHERTYPE_IPV4) return this.#locateIpv4();
    if (etherType === ETHERTYPE_IPV6) return this.#locateIpv6();
    return undefined;
  }

  #locateIpv4(): Malformed | undefined {
    const { bytes, ipAt } = this;
    const available = this.frameEnd - ipAt;
    if (available < 20) return SHORT_IPV4;
    const first = u8(bytes, ipAt);
    if (first >>> 4 !== 4) return BAD_VERSION_IPV4;
    const headerLength = (first & 0x0f) * 4;
    if (headerLength < 20 || headerLength > available) return BAD_HEADER_LENGTH_IPV4;
    const totalLength = u16(bytes, ipAt + 2);
    if (totalLength < headerLength || totalLength > available) return BAD_TOTAL_LENGTH_IPV4;
    this.ipVersion = 4;
    this.ipEnd = ipAt + totalLength;
    this.isFragment = (u16(bytes, ipAt + 6) & 0x3fff) !== 0;
    if (this.isFragment || u8(bytes, ipAt + 9) !== PROTOCOL_TCP) return undefined;
    return this.#locateTcp(ipAt + headerLength);
  }

  #locateIpv6(): Malformed | undefined {
    const { bytes, ipAt } = this;
    const available = this.frameEnd - ipAt;
    if (available < 40) return SHORT_IPV6;
    if (u8(bytes, ipAt) >>> 4 !== 6) return BAD_VERSION_IPV6;
    const totalLength = 40 + u16(bytes, ipAt + 4);
    if (totalLength > available) return BAD_TOTAL_LENGTH_IPV6;
    this.ipVersion = 6;
    this.ipEnd = ipAt + totalLength;
    const nextHeader = u8(bytes, ipAt + 6);
    this.isFragment = nextHeader === NEXT_HEADER_FRAGMENT;
    return nextHeader === PROTOCOL_TCP ? this.#locateTcp(ipAt + 40) : undefined;
  }

  #locateTcp(tcpAt: number): Malformed | undefined {
    const available = this.ipEnd - tcpAt;
    if (available < 20) return SHORT_TCP;
    const dataOffset = (u8(this.bytes, tcpAt + 12) >>> 4) * 4;
    if (dataOffset < 20 || dataOffset > available) return BAD_DATA_OFFSET;
    this.tcpAt = tcpAt;
    this.payloadAt = tcpAt + dataOffset;
    this.isTcp = true;
    return undefined;
  }
}

const EMPTY = new Uint8Array(0);
const ETHERNET_LENGTH = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const PROTOCOL_TCP = 6;
const NEXT_HEADER_FRAGMENT = 44;
const SHORT_ETHERNET: Malformed = { layer: 'ethernet', reason: 'short-header' };
const SHORT_IPV4: Malformed = { layer: 'ipv4', reason: 'short-header' };
const BAD_VERSION_IPV4: Malformed = { layer: 'ipv4', reason: 'bad-version' };
const BAD_HEADER_LENGTH_IPV4: Malformed = { layer: 'ipv4', reason: 'bad-header-length' };
const BAD_TOTAL_LENGTH_IPV4: Malformed = { layer: 'ipv4', reason: 'bad-total-length' };
const SHORT_IPV6: Malformed = { layer: 'ipv6', reason: 'short-header' };
const BAD_VERSION_IPV6: Malformed = { layer: 'ipv6', reason: 'bad-version' };
const BAD_TOTAL_LENGTH_IPV6: Malformed = { layer: 'ipv6', reason: 'bad-total-length' };
const SHORT_TCP: Malformed = { layer: 'tcp', reason: 'short-header' };
const BAD_DATA_OFFSET: Malformed = { layer: 'tcp', reason: 'bad-data-offset' };
