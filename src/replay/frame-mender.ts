import { copyBytes, putU16, u8, u16 } from '../base/bytes.ts';
import { checksum, pseudoHeaderSum } from '../wire/checksum.ts';
import { type PacketReading, PacketView } from '../wire/packet.ts';
import { isTunnelPort } from '../wire/tunnel/carried.ts';
import { mendWrapping } from '../wire/tunnel/mend.ts';

/** An Ethernet frame in `bytes[at, end)`. */
interface Frame {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

/**
 * A frame whose lengths promise more than was captured, as a copy whose lengths are those of what is there: because a
 * snapshot length cut it, or because IP's length was left to the network card, which leaves 0 in a host's own captures.
 */
export class FrameMender {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** The frame was cut within the headers, so nothing says whose packet it is. */
  isLost = false;
  readonly #packet = new PacketView();
  readonly #cut = new PacketView(CUT);
  #own: Uint8Array = new Uint8Array(2048);

  /** Points at the frame, or at its copy, which is valid until the next. */
  mend({ bytes, at, end }: Frame, isCut: boolean): this {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.isLost = false;
    if (isCut) this.#mendCut();
    else this.#mendZero();
    return this;
  }

  /** Every length around the innermost packet becomes that of what is there, and its own as well; then its checksums are right. */
  #mendCut(): void {
    const { bytes, at } = this;
    const packet = this.#cut.decode(bytes, at, this.end);
    this.isLost =
      packet.malformed !== undefined || packet.unread === 'cut short' || isUnopened(packet);
    if (this.isLost || packet.ipVersion === 0) return;
    this.#copy();
    mendWrapping(this.bytes.subarray(0, this.end), packet.wrapping, -at);
    this.#setLength(packet.ipAt - at, packet.ipVersion === 4, packet.ipEnd - at);
    if (packet.isUdp)
      putU16(this.bytes, packet.transportAt - at + 4, packet.ipEnd - packet.transportAt);
    mendSums(this.#cut.decode(this.bytes, 0, this.end));
  }

  #mendZero(): void {
    const { bytes, at, end } = this;
    if (isPlainTcp(bytes, at, end)) return;
    const packet = this.#packet.decode(bytes, at, end);
    if (packet.malformed === undefined || packet.malformed.layer === 'ethernet') return;
    const ipAt = packet.ipAt - at;
    const isIpv4 = u8(bytes, packet.ipAt) >>> 4 === 4;
    if (u16(bytes, packet.ipAt + (isIpv4 ? 2 : 4)) !== 0) return;
    this.#copy();
    this.#setLength(ipAt, isIpv4, this.end);
    const { malformed, transportAt, ipEnd } = this.#packet.decode(this.bytes, 0, this.end);
    if (malformed?.layer === 'udp' && malformed.reason === 'bad-length') {
      putU16(this.bytes, transportAt + 4, ipEnd - transportAt);
    }
    mendSums(this.#packet.decode(this.bytes, 0, this.end));
  }

  #setLength(ipAt: number, isIpv4: boolean, ipEnd: number): void {
    const length = ipEnd - ipAt - (isIpv4 ? 0 : IPV6_LENGTH);
    if (length >= 0 && length <= 0xffff) putU16(this.bytes, ipAt + (isIpv4 ? 2 : 4), length);
  }

  #copy(): void {
    const { bytes, at, end } = this;
    const length = end - at;
    const own = this.#own.length < length ? new Uint8Array(2 * length) : this.#own;
    copyBytes(own, 0, bytes, at, end);
    this.#own = own;
    this.bytes = own;
    this.at = 0;
    this.end = length;
  }
}

/** A segment right behind the Ethernet header whose IP length is not 0, as most are: there is nothing to mend. */
function isPlainTcp(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < ETHERNET_LENGTH + IPV6_LENGTH) return false;
  const ipAt = at + ETHERNET_LENGTH;
  const type = u16(bytes, at + 12);
  if (type === TYPE_IPV4) return u16(bytes, ipAt + 2) !== 0 && u8(bytes, ipAt + 9) === PROTOCOL_TCP;
  return type === TYPE_IPV6 && u16(bytes, ipAt + 4) !== 0 && u8(bytes, ipAt + 6) === PROTOCOL_TCP;
}

/** Nobody can tell whether the checksums of such a packet were right on the wire, so they become right for what is there. */
function mendSums(packet: PacketView): void {
  const { bytes, ipVersion, ipAt, ipEnd, srcAt, transportAt } = packet;
  if (packet.malformed !== undefined) return;
  if (ipVersion === 4) {
    putU16(bytes, ipAt + 10, 0);
    putU16(bytes, ipAt + 10, checksum(bytes, ipAt, ipAt + 4 * (u8(bytes, ipAt) & 0x0f)));
  }
  if (!packet.isTcp || packet.isFragment) return;
  const addresses = { at: srcAt, end: srcAt + (ipVersion === 4 ? 8 : 32) };
  const partial = pseudoHeaderSum(bytes, addresses, PROTOCOL_TCP, ipEnd - transportAt);
  putU16(bytes, transportAt + 16, 0);
  putU16(bytes, transportAt + 16, checksum(bytes, transportAt, ipEnd, partial));
}

/** A datagram of a tunnel that ends before the packet inside does: nothing is known of that packet. */
function isUnopened({ isUdp, srcPort, dstPort }: PacketView): boolean {
  return isUdp && (isTunnelPort(srcPort) || isTunnelPort(dstPort));
}

const CUT: PacketReading = {
  tcpHeader: 'strict',
  extensionHeaders: 'walk',
  tunnels: 'open',
  isCut: true,
};
const ETHERNET_LENGTH = 14;
const TYPE_IPV4 = 0x0800;
const TYPE_IPV6 = 0x86dd;
const IPV6_LENGTH = 40;
const PROTOCOL_TCP = 6;
