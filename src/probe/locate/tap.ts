import { formatAddress } from '../../base/address.ts';
import { u8, u16 } from '../../base/bytes.ts';
import type { Millis } from '../../base/units.ts';
import { Arena } from '../../dataplane/ffi/arena.ts';
import { PacketRing, RING_PAIR_LENGTH } from '../../dataplane/ffi/packet-ring.ts';
import { PacketView, PROTOCOL_ICMP } from '../../wire/packet.ts';

/** A packet of one of this host's ports, as it left or arrived; a value. */
export interface Tapped {
  /** By the kernel's clock, in ms. */
  readonly at: Millis;
  readonly way: 'out' | 'in' | 'time-exceeded';
  /** Who sent it. */
  readonly from: string;
  readonly ttl: number;
  readonly ipId: number;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly options: Uint8Array;
  readonly payloadLength: number;
  /** Of `time-exceeded`: the packet whose TTL ended. */
  readonly quoted: { readonly ipId: number; readonly totalLength: number } | undefined;
}

/**
 * All that leaves and arrives on this host's way to others, with the kernel's own times. One for each process and interface, as
 * its rings are never given back.
 */
export class Tap {
  static readonly #open = new Map<string, Tap>();
  readonly #own: string;
  readonly #ring: PacketRing;
  readonly #view = new PacketView();
  readonly #listeners = new Map<number, (packet: Tapped) => void>();
  #timer: NodeJS.Timeout | undefined;

  /** On this interface, whose address that is. */
  static on(interfaceName: string, own: string): Tap {
    const known = Tap.#open.get(interfaceName);
    if (known !== undefined) return known;
    const tap = new Tap(own, interfaceName);
    Tap.#open.set(interfaceName, tap);
    return tap;
  }

  private constructor(own: string, interfaceName: string) {
    this.#own = own;
    this.#ring = new PacketRing(interfaceName, new Arena(2 * RING_PAIR_LENGTH), 'both ways');
  }

  /** Until the function that it returns is called; what came before is not told. */
  listen(port: number, listener: (packet: Tapped) => void): () => void {
    if (this.#timer === undefined) {
      this.drain();
      this.#timer = setInterval(() => this.drain(), POLL);
    }
    this.#listeners.set(port, listener);
    return () => {
      this.#listeners.delete(port);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Tells of every packet until now. */
  drain(): void {
    const ring = this.#ring;
    while (ring.take()) {
      this.#tell(ring.frameAt, ring.frameEnd, ring.takenAt);
      ring.release();
    }
  }

  #tell(frameAt: number, frameEnd: number, at: Millis): void {
    const { bytes } = this.#ring;
    const view = this.#view.decode(bytes, frameAt, frameEnd);
    if (view.ipVersion !== 4) return;
    const from = formatAddress(bytes, view.srcAt, 4);
    const isOut = from === this.#own;
    const common = { at, from, ttl: view.ttl, ipId: view.ipId };
    if (view.isTcp || view.isUdp) {
      const port = isOut ? view.srcPort : view.dstPort;
      const listener = this.#listeners.get(port);
      listener?.({ ...common, way: isOut ? 'out' : 'in', ...transportOf(view) });
    } else if (view.protocol === PROTOCOL_ICMP && !isOut) {
      const { transportAt } = view;
      if (u8(bytes, transportAt) !== TIME_EXCEEDED) return;
      // It quotes the packet's own header and the first eight bytes behind that (RFC 792).
      const quotedAt = transportAt + 8;
      const quotedEnd = quotedAt + (u8(bytes, quotedAt) & 0x0f) * 4;
      if (quotedEnd + 8 > view.ipEnd) return;
      const listener = this.#listeners.get(u16(bytes, quotedEnd));
      const quoted = { ipId: u16(bytes, quotedAt + 4), totalLength: u16(bytes, quotedAt + 2) };
      listener?.({ ...common, way: 'time-exceeded', ...NO_TRANSPORT, quoted });
    }
  }
}

type Transport = Omit<Tapped, 'at' | 'way' | 'from' | 'ttl' | 'ipId'>;

function transportOf(view: PacketView): Transport {
  const { payloadLength } = view;
  if (view.isUdp) return { ...NO_TRANSPORT, payloadLength };
  const { flags, seq, ack, window, tcpOptionsEnd, transportAt } = view;
  const options = view.bytes.slice(transportAt + 20, tcpOptionsEnd);
  return { flags, seq, ack, window, options, payloadLength, quoted: undefined };
}

const NO_TRANSPORT: Transport = {
  flags: 0,
  seq: 0,
  ack: 0,
  window: 0,
  options: new Uint8Array(0),
  payloadLength: 0,
  quoted: undefined,
};
const TIME_EXCEEDED = 11;
/** In ms; how late a packet is looked at does not show in its time. */
const POLL = 1;
