/** A field of a wrapping header that says how long the rest of the frame is, or a header that has a checksum over it. */
export type Mended = (typeof MENDED)[number];

/**
 * Where in a frame the headers are that stand around the innermost packet, as far as they depend on its length. Reused for every
 * packet; more than `MOST` are not noted, and a packet behind more is not read.
 */
export class Wrapping {
  count = 0;
  readonly #kinds = new Uint8Array(MOST);
  readonly #ats = new Int32Array(MOST);

  clear(): void {
    this.count = 0;
  }

  /** Notes a header at this index of the frame's bytes; false if there are too many. */
  add(kind: Mended, at: number): boolean {
    if (this.count === MOST) return false;
    this.#kinds[this.count] = MENDED.indexOf(kind);
    this.#ats[this.count++] = at;
    return true;
  }

  kind(i: number): Mended {
    return MENDED[this.#kinds[i] as number] as Mended;
  }

  at(i: number): number {
    return this.#ats[i] as number;
  }

  /** Takes back what was noted after the first `count`. */
  cutTo(count: number): void {
    this.count = count;
  }

  /** The same, as of a copy of the frame that begins at 0. */
  copy(frameAt: number): Wrapping {
    const copied = new Wrapping();
    for (let i = 0; i < this.count; i++) copied.add(this.kind(i), this.at(i) - frameAt);
    return copied;
  }
}

/** What is found behind a header: where it begins and ends, and by an EtherType what it is. Reused for every packet. */
export class Inside {
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  etherType = 0;
  /** A name for what cannot be read further, or `number` if it has none: see `numberOf`. */
  unread: string | undefined = undefined;
  /** Of an EtherType, IP protocol or the like without a name. */
  number = 0;
  readonly wrapping = new Wrapping();
  /** The frame ends early, as a snapshot length cuts it: a length that leads past its end is no fault. */
  isCut = false;

  /** What there is goes on `by` bytes later, and is of this type. False, with a reason, if it would begin after its end. */
  skip(by: number, etherType: number): boolean {
    if (this.at + by > this.end) return this.stop('cut short');
    this.at += by;
    this.etherType = etherType;
    return true;
  }

  /** Nothing further can be read. Returns false for `return inside.stop(…)`. */
  stop(unread: string, number = 0): false {
    this.unread = unread;
    this.number = number;
    return false;
  }

  /** Ends what is inside after `length` bytes, as a header says. False, with a reason, if the frame ends before that and was not cut. */
  bound(length: number): boolean {
    if (length > this.end - this.at) return this.isCut || this.stop('cut short');
    this.end = this.at + length;
    return true;
  }

  has(length: number): boolean {
    return this.end - this.at >= length || this.stop('cut short');
  }
}

const MENDED = [
  'ethernet',
  'ipv4',
  'ipv6',
  'udp',
  'length-after',
  'gtp',
  'l2tp',
  'gre-checksum',
  'pptp',
] as const;
const MOST = 24;
const EMPTY = new Uint8Array(0);

/* EtherTypes (IEEE 802 Numbers, IANA). */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_MPLS = 0x8847;
export const ETHERTYPE_MPLS_UPSTREAM = 0x8848;
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
/** An Ethernet frame in GRE, Geneve and the like. */
export const ETHERTYPE_ETHERNET = 0x6558;
/** A PPP frame in GRE. */
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_ERSPAN = 0x88be;
export const ETHERTYPE_ERSPAN_3 = 0x22eb;
export const ETHERTYPE_NSH = 0x894f;
/** Ours, for LLC after the length of an IEEE 802.3 frame; no EtherType is so low. */
export const TYPE_LLC = 1;
/** Ours, for a packet whose first four bits are its version. */
export const TYPE_IP = 2;
