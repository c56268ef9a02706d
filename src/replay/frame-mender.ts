import { copyBytes, putU16, u8, u16 } from '../base/bytes.ts';
import { PacketView } from '../wire/packet.ts';

/**
 * A frame whose lengths promise more than was captured, as a copy whose lengths are those of what is there: because a
 * snapshot length cut it, or because IP's length was left to the network card, which leaves 0 in a host's own captures.
 */
export class FrameMender {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  readonly #packet = new PacketView();
  #own: Uint8Array = new Uint8Array(2048);

  /** Points at the frame, or at its copy. */
  mend(bytes: Uint8Array, at: number, end: number, isCut: boolean): this {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    const packet = this.#packet.decode(bytes, at, end);
    if (packet.malformed === undefined || packet.malformed.layer === 'ethernet') return this;
    const ipAt = packet.ipAt - at;
    const isIpv4 = u8(bytes, packet.ipAt) >>> 4 === 4;
    const lengthAt = ipAt + (isIpv4 ? 2 : 4);
    if (!isCut && u16(bytes, at + lengthAt) !== 0) return this;
    this.#copy();
    const length = this.end - ipAt - (isIpv4 ? 0 : IPV6_LENGTH);
    if (length < 0 || length > 0xffff) return this;
    putU16(this.bytes, lengthAt, length);
    this.#mendUdp();
    return this;
  }

  #mendUdp(): void {
    const { malformed, transportAt, ipEnd } = this.#packet.decode(this.bytes, 0, this.end);
    if (malformed?.layer !== 'udp' || malformed.reason !== 'bad-length') return;
    putU16(this.bytes, transportAt + 4, ipEnd - transportAt);
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

const IPV6_LENGTH = 40;
