import type { Assembled } from '../flow/defragmenter.ts';
import type { Tunnels } from '../policy/model.ts';
import { PacketView } from '../wire/packet.ts';
import { unreadText } from '../wire/tunnel/unread.ts';

/** How many packets were not read, for each kind of them. */
export type UnreadCounts = Readonly<Record<string, number>>;

/** An Ethernet frame in `bytes[at, end)`. */
interface Frame {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

/** Counts what a box could read nothing of: no TCP and no UDP, or behind what it does not look into. */
export class UnreadCounter {
  readonly #open = new PacketView(OPEN);
  readonly #whole = new PacketView(OPEN);
  readonly #isClosed: boolean;
  readonly #counts = new Map<string, number>();

  constructor(tunnels: Tunnels) {
    this.#isClosed = tunnels === 'closed';
  }

  get counts(): UnreadCounts {
    return Object.fromEntries(this.#counts);
  }

  /** The frame that was taken in last, with its tunnels opened. */
  get packet(): PacketView {
    return this.#open;
  }

  /** The packet of a frame that is not counted. */
  decode({ bytes, at, end }: Frame): PacketView {
    return this.#open.decode(bytes, at, end);
  }

  /** Takes in a frame; `unread` is why the link that it was captured on has no IP, and `isCut` whether a snapshot length cut it. */
  take(frame: Frame, unread?: string, isCut = false): void {
    const packet = this.decode(frame);
    const kind = unread ?? this.#kindOf(packet, isCut);
    if (kind !== undefined) this.add(kind);
  }

  /** Takes in the datagram that the frame taken in last made whole, of which each part counts. */
  takeWhole({ bytes, end, parts }: Assembled, isCut = false): void {
    const kind = this.#kindOf(this.#whole.decode(bytes, 0, end), isCut);
    if (kind !== undefined) this.add(kind, parts);
  }

  /** Counts packets of this kind. */
  add(kind: string, count = 1): void {
    if (count === 0) return;
    const known = this.#counts.get(kind);
    if (known === undefined && this.#counts.size >= MOST_KINDS) this.add('of other kinds', count);
    else this.#counts.set(kind, (known ?? 0) + count);
  }

  #kindOf(packet: PacketView, isCut: boolean): string | undefined {
    if (packet.malformed !== undefined) {
      if (isCut) return CUT_SHORT;
      return `malformed (${packet.malformed.layer} ${packet.malformed.reason})`;
    }
    if (this.#isClosed && packet.tunnel !== undefined) return `${packet.tunnel} (closed)`;
    if (packet.isTcp || packet.isUdp || packet.isFragment) return undefined;
    return unreadText(packet.unread, packet.unreadNumber);
  }
}

const OPEN = { tcpHeader: 'strict', extensionHeaders: 'walk', tunnels: 'open' } as const;
const MOST_KINDS = 64;
/** The kind of fragments whose datagram never became whole. */
export const IN_PARTS = 'of fragmented datagrams that are not whole';
/** The kind of packets that were not captured whole, so that they cannot be read. */
export const CUT_SHORT = 'cut short';
