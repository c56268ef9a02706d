import { copyBytes, putU16, u8, u16 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import { checksum } from '../wire/checksum.ts';
import { extensionLength, type PacketView } from '../wire/packet.ts';
import type { Wrapping } from '../wire/tunnel/layers.ts';
import { mendWrapping } from '../wire/tunnel/mend.ts';

/** Which copy of a byte counts; `linux` forgets a datagram whose fragments overlap (RFC 5722; also for IPv4 since 4.19). */
export type FragmentOverlap = 'first' | 'last' | 'linux';

/** A datagram that was put together, as an Ethernet frame in `bytes[0, end)`. */
export interface Assembled {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly parts: number;
}

/**
 * Puts IP datagrams together from their fragments, in any order. Bounded: `MOST` datagrams of 64 KiB at a time, of which the
 * oldest makes room, each for 30 s (RFC 8200 §4.5 says 60, Linux keeps 30).
 */
export class Defragmenter implements Assembled {
  /** The whole datagram as an Ethernet frame, after `take` was true; until the next `take`. */
  bytes: Uint8Array = new Uint8Array(0);
  end = 0;
  /** How many fragments of it had come. */
  parts = 0;
  /** Fragments whose datagram was given up. */
  #lost = 0;
  readonly #overlap: FragmentOverlap;
  readonly #datagrams = new Map<string, Datagram>();
  /** When datagrams became whole that were so lately: what comes again of them is not missed. */
  readonly #whole = new Map<string, Millis>();
  /** Not in use: their buffers need not be made anew. */
  readonly #spare: Datagram[] = [];

  constructor(overlap: FragmentOverlap) {
    this.#overlap = overlap;
  }

  /** Fragments of datagrams that have not become whole so far. */
  get unassembled(): number {
    let waiting = 0;
    for (const { parts, isCopy } of this.#datagrams.values()) if (!isCopy) waiting += parts;
    return this.#lost + waiting;
  }

  /** Takes in a fragment; true when its datagram is whole by it. */
  take(packet: PacketView, now: Millis): boolean {
    const key = keyOf(packet);
    let datagram = this.#datagrams.get(key);
    if (datagram !== undefined && now - datagram.since > TIMEOUT) datagram = undefined;
    if (datagram === undefined) {
      this.#giveUp(key);
      this.#makeRoom();
      datagram = (this.#spare.pop() ?? new Datagram()).begin(now);
      datagram.isCopy = now - (this.#whole.get(key) ?? Number.NEGATIVE_INFINITY) <= TIMEOUT;
      this.#datagrams.set(key, datagram);
    }
    const isPossible = datagram.add(packet, this.#overlap);
    if (isPossible && !datagram.isWhole) return false;
    if (!isPossible) {
      this.#giveUp(key); // what comes after it begins another, as in Linux
      return false;
    }
    this.#end(key);
    this.#noteWhole(key, now);
    this.bytes = datagram.frame();
    this.end = this.bytes.length;
    this.parts = datagram.parts;
    return true;
  }

  #makeRoom(): void {
    if (this.#datagrams.size < MOST) return;
    for (const oldest of this.#datagrams.keys()) {
      this.#giveUp(oldest);
      return;
    }
  }

  #giveUp(key: string): void {
    const datagram = this.#datagrams.get(key);
    if (datagram?.isCopy === false) this.#lost += datagram.parts;
    this.#end(key);
  }

  #noteWhole(key: string, now: Millis): void {
    this.#whole.delete(key);
    this.#whole.set(key, now);
    if (this.#whole.size <= MOST) return;
    for (const oldest of this.#whole.keys()) {
      this.#whole.delete(oldest);
      return;
    }
  }

  #end(key: string): void {
    const datagram = this.#datagrams.get(key);
    if (datagram === undefined) return;
    this.#datagrams.delete(key);
    this.#spare.push(datagram);
  }
}

class Datagram {
  since: Millis = 0;
  /** Fragments that have come. */
  parts = 0;
  /** Its fragments had come before, and it was whole. */
  isCopy = false;
  /** Headers up to the transport header, of the fragment with offset 0. */
  #header: Uint8Array | undefined = undefined;
  #ipAt = 0;
  /** Of the same fragment: the headers around it, which say how long it is. */
  #wrapping: Wrapping | undefined = undefined;
  #bytes = new Uint8Array(2048);
  /** Of each byte, whether it has come. */
  #has = new Uint8Array(2048);
  #count = 0;
  /** Of the last byte that has come, and of the datagram, once its last fragment has; -1 before. */
  #end = 0;
  #length = -1;

  begin(since: Millis): this {
    this.since = since;
    this.parts = 0;
    this.#header = undefined;
    this.#has.fill(0, 0, this.#end);
    this.#count = 0;
    this.#end = 0;
    this.#length = -1;
    return this;
  }

  get isWhole(): boolean {
    return this.#header !== undefined && this.#length >= 0 && this.#count === this.#length;
  }

  /** False when the datagram will never be whole. */
  add(packet: PacketView, overlap: FragmentOverlap): boolean {
    this.parts++;
    const { fragmentOffset: from, hasMoreFragments: hasMore, transportAt, ipAt } = packet;
    const end = endOf(packet);
    if (end < 0) return true; // refused, and as if it had not come
    const headersLength = transportAt - ipAt - (packet.ipVersion === 4 ? 0 : 48);
    const fits = end + headersLength <= MOST_BYTES; // what the length field of the whole can say
    if (end === from || !fits || !this.#agreesOnEnd(end, hasMore)) return false;
    this.#reserve(end);
    const known = overlap === 'linux' ? this.#countKnown(from, end) : 0;
    if (known > 0) return known === end - from; // the same again, or less of it
    this.#put(packet, end, overlap === 'first');
    this.#end = Math.max(this.#end, end);
    if (!hasMore) this.#length = end;
    if (from === 0 && (this.#header === undefined || overlap !== 'first')) {
      this.#header = packet.bytes.slice(packet.frameAt, transportAt);
      this.#ipAt = ipAt - packet.frameAt;
      this.#wrapping =
        packet.wrapping.count === 0 ? undefined : packet.wrapping.copy(packet.frameAt);
    }
    return true;
  }

  /** A frame without fragmentation: the IPv6 fragment header is left out. */
  frame(): Uint8Array {
    const header = this.#header as Uint8Array;
    const isIpv4 = u8(header, this.#ipAt) >>> 4 === 4;
    const head = isIpv4 ? header : withoutFragmentHeader(header, this.#ipAt);
    const frame = new Uint8Array(head.length + this.#length);
    frame.set(head, 0);
    copyBytes(frame, head.length, this.#bytes, 0, this.#length);
    const ipLength = frame.length - this.#ipAt;
    if (!isIpv4) {
      putU16(frame, this.#ipAt + 4, ipLength - 40);
      return this.#wrapped(frame);
    }
    putU16(frame, this.#ipAt + 2, ipLength);
    putU16(frame, this.#ipAt + 6, 0);
    putU16(frame, this.#ipAt + 10, 0);
    putU16(frame, this.#ipAt + 10, checksum(frame, this.#ipAt, head.length));
    return this.#wrapped(frame);
  }

  #wrapped(frame: Uint8Array): Uint8Array {
    if (this.#wrapping !== undefined) mendWrapping(frame, this.#wrapping, 0);
    return frame;
  }

  /** No fragment goes beyond the last one, and there is one last one. */
  #agreesOnEnd(end: number, hasMore: boolean): boolean {
    if (hasMore) return this.#length < 0 || end <= this.#length;
    return end >= this.#end && (this.#length < 0 || end === this.#length);
  }

  #put({ bytes, transportAt, fragmentOffset }: PacketView, end: number, keeps: boolean): void {
    for (let i = fragmentOffset; i < end; i++) {
      if (this.#has[i] === 1 && keeps) continue;
      this.#count += 1 - (this.#has[i] as number);
      this.#has[i] = 1;
      this.#bytes[i] = u8(bytes, transportAt + i - fragmentOffset);
    }
  }

  #countKnown(from: number, to: number): number {
    let count = 0;
    for (let i = from; i < to; i++) count += this.#has[i] as number;
    return count;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const room = Math.min(MOST_BYTES, Math.max(length, 2 * this.#bytes.length));
    const [bytes, has] = [new Uint8Array(room), new Uint8Array(room)];
    bytes.set(this.#bytes, 0);
    has.set(this.#has, 0);
    this.#bytes = bytes;
    this.#has = has;
  }
}

/**
 * Where in its datagram a fragment ends. All but the last one are a multiple of 8 bytes long: IPv6 refuses another (-1; RFC 8200
 * §4.5), of IPv4 Linux takes what is whole (ip_frag_queue in net/ipv4/ip_fragment.c).
 */
function endOf(packet: PacketView): number {
  const end = packet.fragmentOffset + packet.ipEnd - packet.transportAt;
  if (!packet.hasMoreFragments || end % 8 === 0) return end;
  return packet.ipVersion === 4 ? end - (end % 8) : -1;
}

/** The fragment header is the last of those before the transport header, and 8 bytes long. */
function withoutFragmentHeader(header: Uint8Array, ipAt: number): Uint8Array {
  const fragmentAt = header.length - 8;
  const head = header.slice(0, fragmentAt);
  let nextHeaderAt = ipAt + 6;
  for (let at = ipAt + 40; at < fragmentAt; ) {
    const type = u8(head, nextHeaderAt);
    nextHeaderAt = at;
    at += extensionLength(type, u8(head, at + 1));
  }
  head[nextHeaderAt] = u8(header, fragmentAt);
  return head;
}

/** Text is good enough: fragments are rare, and each is copied anyway. In IPv6 the protocol is no part of it (RFC 8200 §4.5). */
function keyOf(packet: PacketView): string {
  const { bytes, ipVersion, srcAt, ipAt, transportAt, protocol } = packet;
  const addresses = bytes.subarray(srcAt, srcAt + (ipVersion === 4 ? 8 : 32)).join('.');
  const id =
    ipVersion === 4
      ? `${protocol} ${u16(bytes, ipAt + 4)}`
      : bytes.subarray(transportAt - 4, transportAt).join('.');
  return `${addresses} ${id}`;
}

const MOST = 64;
const MOST_BYTES = 65_535;
const TIMEOUT: Millis = 30_000;
