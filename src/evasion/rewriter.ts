import type { Millis } from '../base/units.ts';
import type { Packet } from './packet.ts';

/** A packet that leaves in place of another. */
export interface Outgoing {
  readonly packet: Packet;
  /** How long after the one that it is made of. */
  readonly delay: Millis;
}

/** What becomes of the packets of one connection. It may remember what it has seen; each connection has its own. */
export interface Rewriter {
  /** In order; `undefined` leaves the packet as it is, and an empty list lets nothing leave. */
  readonly out: (packet: Packet) => readonly Outgoing[] | undefined;
  /** Of packets that arrive: what the host's kernel sees of it. */
  readonly in?: ((packet: Packet) => readonly Outgoing[] | undefined) | undefined;
}

export function atOnce(packet: Packet): Outgoing {
  return { packet, delay: 0 };
}
