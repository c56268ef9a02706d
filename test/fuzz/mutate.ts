import { putU16, putU32, u8, u16 } from '../../src/base/bytes.ts';
import { checksum, pseudoHeaderSum } from '../../src/wire/checksum.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { concat } from '../support/packets.ts';
import type { Random } from '../support/random.ts';

/** A frame that is near another: some of its fields, lengths or bytes changed; most have right checksums again. */
export class Mutator {
  readonly #random: Random;
  readonly #view = new PacketView();

  constructor(random: Random) {
    this.#random = random;
  }

  frame(from: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const random = this.#random;
    let frame: Uint8Array = from.slice();
    for (let left = random.below(4); left > 0; left--) {
      frame = this.#change(frame, others);
    }
    if (random.chance(0.8)) this.#mend(frame);
    return frame;
  }

  /** Sometimes a wrong checksum, an urgent pointer, a fragment, another field. */
  decoy(frame: Uint8Array): Uint8Array {
    if (!this.#random.chance(0.05)) return frame;
    const changed = frame.slice();
    if (this.#random.chance(0.5)) this.#transportField(changed);
    else this.#ipField(changed);
    if (this.#random.chance(0.7)) this.#mend(changed);
    return changed;
  }

  /** Bytes of a stream, changed in a few places. */
  bytes(from: Uint8Array): Uint8Array {
    const bytes = from.slice();
    for (let left = this.#random.below(3); left > 0; left--) this.#field(bytes, 0);
    return bytes;
  }

  #change(frame: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const random = this.#random;
    switch (random.below(9)) {
      case 0:
        return frame.slice(0, random.below(frame.length + 1));
      case 1:
        return concat(frame, random.bytes(random.below(64)));
      case 2:
        return this.#splice(frame, random.pick(others));
      case 3:
        return this.#insert(frame);
      case 4:
      case 5:
        this.#ipField(frame);
        return frame;
      case 6:
        this.#transportField(frame);
        return frame;
      case 7:
        this.#field(frame, 54);
        return frame;
      default:
        frame[random.below(frame.length)] = random.below(256);
        return frame;
    }
  }

  #splice(frame: Uint8Array, other: Uint8Array): Uint8Array {
    const at = this.#random.below(frame.length);
    const from = this.#random.below(other.length);
    return concat(frame.slice(0, at), other.slice(from));
  }

  #insert(frame: Uint8Array): Uint8Array {
    const at = this.#random.below(frame.length);
    const length = this.#random.below(40);
    const inserted = this.#random.chance(0.5)
      ? this.#random.bytes(length)
      : frame.slice(at, at + length);
    return concat(frame.slice(0, at), inserted, frame.slice(at));
  }

  /** Version, lengths, fragment, TTL, protocol, last byte of an address. */
  #ipField(frame: Uint8Array): void {
    const random = this.#random;
    const at = 14 + random.pick([0, 0, 2, 4, 6, 6, 8, 9, 15, 19, 23, 39, 40, 42]);
    if (random.chance(0.5)) this.#put16(frame, at);
    else frame[at] = random.pick([...INTERESTING, random.below(256)]);
  }

  /** Ports, numbers, data offset, flags, urgent pointer; or the length of a UDP datagram. */
  #transportField(frame: Uint8Array): void {
    const random = this.#random;
    const { transportAt, ipVersion } = this.#view.decode(frame, 0, frame.length);
    if (ipVersion === 0) return;
    const near = random.below(5000) - 2500;
    switch (random.below(6)) {
      case 0:
        frame[transportAt + 13] = random.below(64);
        break;
      case 1:
        frame[transportAt + 12] = random.below(16) << 4;
        break;
      case 2:
        putU32(frame, transportAt + 4, this.#view.seq + near);
        break;
      case 3:
        putU32(frame, transportAt + 8, this.#view.ack + near);
        break;
      case 4:
        this.#put16(frame, transportAt + random.pick([0, 2, 4, 18]));
        break;
      default:
        putU32(frame, transportAt + random.pick([4, 8]), random.below(2 ** 32));
    }
  }

  /** A number of one to three bytes somewhere, as lengths are. */
  #field(bytes: Uint8Array, from: number): void {
    const random = this.#random;
    if (bytes.length <= from) return;
    const span = random.chance(0.6) ? Math.min(120, bytes.length - from) : bytes.length - from;
    const at = from + random.below(span);
    if (random.chance(0.5)) bytes[at] = random.pick([...INTERESTING, random.below(256)]);
    else this.#put16(bytes, at);
  }

  #put16(bytes: Uint8Array, at: number): void {
    const random = this.#random;
    if (at + 2 > bytes.length) return;
    const value = u16(bytes, at) + random.pick([-8, -1, 1, 4, 8, 256]);
    putU16(bytes, at, random.chance(0.5) ? value : random.pick(INTERESTING_16));
  }

  /** Checksums that fit what the headers say now, where they can be found. */
  #mend(frame: Uint8Array): void {
    const view = this.#view.decode(frame, 0, frame.length);
    if (view.malformed !== undefined || view.ipVersion === 0) return;
    const { ipAt, ipEnd, transportAt, srcAt } = view;
    if (view.ipVersion === 4) {
      putU16(frame, ipAt + 10, 0);
      putU16(frame, ipAt + 10, checksum(frame, ipAt, ipAt + (u8(frame, ipAt) & 15) * 4));
    }
    if (view.isFragment || (!view.isTcp && !view.isUdp)) return;
    const end = view.isTcp ? ipEnd : transportAt + u16(frame, transportAt + 4);
    const sumAt = transportAt + (view.isTcp ? 16 : 6);
    const addresses = { at: srcAt, end: srcAt + (view.ipVersion === 4 ? 8 : 32) };
    putU16(frame, sumAt, 0);
    const partial = pseudoHeaderSum(frame, addresses, view.protocol, end - transportAt);
    putU16(frame, sumAt, checksum(frame, transportAt, end, partial));
  }
}

const INTERESTING: readonly number[] = [
  0, 1, 2, 3, 4, 6, 16, 17, 20, 22, 43, 44, 51, 58, 60, 127, 128, 192, 255,
];
const INTERESTING_16: readonly number[] = [
  0, 1, 8, 20, 40, 0x1fff, 0x2000, 0x3fff, 0x7fff, 0x8000, 0xc00c, 0xfffe, 0xffff,
];
