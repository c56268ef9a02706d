import { beforeFirstPayload } from './moments.ts';
import { copyPacket, type Packet } from './packet.ts';
import { decoyOf } from './request.ts';
import type { Rewriter } from './rewriter.ts';
import type { Facts } from './strategy.ts';
import { type Trick, tricked } from './tricks.ts';

/** The request for a name that nobody blocks goes first, in a packet that the server should refuse; the real one follows. */
export function decoy(...tricks: readonly Trick[]): (facts: Facts) => Rewriter {
  return beforeFirstPayload((packet, facts) => [decoyPacket(packet, facts, ...tricks)]);
}

/** The same packet with the request for another name, on which tricks were played. */
export function decoyPacket(packet: Packet, facts: Facts, ...tricks: readonly Trick[]): Packet {
  const copy = copyPacket(packet);
  copy.payload = decoyOf(packet.payload, facts.name);
  return tricked(copy, facts, ...tricks);
}
