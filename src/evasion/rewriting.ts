import { formatAddress } from '../base/address.ts';
import type { Millis } from '../base/units.ts';
import { PacketView } from '../wire/packet.ts';
import { buildPacket, parsePacket } from './packet.ts';
import type { Outgoing, Rewriter } from './rewriter.ts';

/** What becomes of a frame: it goes on as it is, or others go in its place, the same way. */
export type Rewritten =
  | { readonly kind: 'accept' }
  | {
      readonly kind: 'replace';
      readonly packets: readonly {
        readonly way: 'along';
        readonly frame: Uint8Array;
        readonly delay: Millis;
      }[];
    };

/** Rewrites what a host sends and receives, connection by connection; each is known by the host's own port. */
export class Rewriting {
  readonly #isOwn: (address: string) => boolean;
  readonly #view = new PacketView();
  readonly #byPort = new Map<number, Rewriter>();
  #forOthers: (() => Rewriter) | undefined;
  /** Packets in whose place others went, by the host's port. */
  readonly #changed = new Map<number, number>();

  constructor(isOwn: (address: string) => boolean) {
    this.#isOwn = isOwn;
  }

  /** For a connection from this port, which begins now. */
  use(port: number, rewriter: Rewriter): void {
    this.#byPort.set(port, rewriter);
    this.#changed.set(port, 0);
  }

  /** For every connection that begins from now on and has none of its own; nothing by default. */
  useForOthers(make: (() => Rewriter) | undefined): void {
    this.#forOthers = make;
    this.#byPort.clear();
    this.#changed.clear();
  }

  /** How many packets were changed of a connection, which is then forgotten. */
  forget(port: number): number {
    const changed = this.#changed.get(port) ?? 0;
    this.#byPort.delete(port);
    this.#changed.delete(port);
    return changed;
  }

  get changed(): number {
    return [...this.#changed.values()].reduce((sum, count) => sum + count, 0);
  }

  decide(bytes: Uint8Array, at: number, end: number): Rewritten {
    if (this.#byPort.size === 0 && this.#forOthers === undefined) return ACCEPT;
    const view = this.#view.decode(bytes, at, end);
    if (view.malformed !== undefined || (!view.isTcp && !view.isUdp)) return ACCEPT;
    const isOut = this.#isOwn(formatAddress(bytes, view.srcAt, view.ipVersion === 4 ? 4 : 6));
    const port = isOut ? view.srcPort : view.dstPort;
    const rewriter = this.#rewriterFor(port);
    const rewrite = isOut ? rewriter?.out : rewriter?.in;
    if (rewrite === undefined) return ACCEPT;
    const frame = bytes.slice(at, end);
    const packet = parsePacket(frame);
    const packets = (packet && rewrite(packet))?.map(onItsWay);
    if (packets === undefined || isUnchanged(frame, packets)) return ACCEPT;
    this.#changed.set(port, (this.#changed.get(port) ?? 0) + 1);
    return { kind: 'replace', packets };
  }

  #rewriterFor(port: number): Rewriter | undefined {
    const known = this.#byPort.get(port);
    if (known !== undefined || this.#forOthers === undefined) return known;
    const rewriter = this.#forOthers();
    this.use(port, rewriter);
    return rewriter;
  }
}

function onItsWay({ packet, delay }: Outgoing) {
  return { way: 'along', frame: buildPacket(packet), delay } as const;
}

/** The same frame at the same time: nothing was done to it. */
function isUnchanged(frame: Uint8Array, packets: readonly ReturnType<typeof onItsWay>[]): boolean {
  const [only] = packets;
  return packets.length === 1 && only?.delay === 0 && Buffer.compare(only.frame, frame) === 0;
}

const ACCEPT = { kind: 'accept' } as const;
