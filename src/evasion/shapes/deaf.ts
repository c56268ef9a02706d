import { FIN, RST, SYN, seqDistance } from '../../wire/tcp.ts';
import type { Shape, WirePacket } from '../shape.ts';

/**
 * After a RST that a kernel obeys (RFC 5961 §3.2: with exactly the number that it expects), the client goes on: it sends again what it had
 * sent, ends the connection, or acknowledges what came after the RST.
 */
export const goesOnAfterReset: Shape = (wire) => {
  const resetAt = wire.findIndex((one, i) => isObeyed(one, wire.slice(0, i)));
  if (resetAt < 0) return 'a RST to the client';
  const before = wire.slice(0, resetAt + 1);
  const received = expectedOf(before) ?? 0;
  const sent = Math.max(...ends(before, 'out'));
  const goesOn = wire.slice(resetAt + 1).some(({ way, packet: { tcp, payload } }) => {
    if (way !== 'out' || tcp === undefined || (tcp.flags & RST) !== 0) return false;
    const isAgain = payload.length > 0 && seqDistance(tcp.seq, firstOf(before) + sent) > 0;
    const isNews = seqDistance(received, tcp.ack) > 0;
    return isAgain || isNews || (tcp.flags & FIN) !== 0;
  });
  return goesOn ? undefined : 'a client that goes on after a RST';
};

function isObeyed({ way, packet: { tcp } }: WirePacket, before: readonly WirePacket[]): boolean {
  const isReset = way === 'in' && tcp !== undefined && (tcp.flags & RST) !== 0;
  return isReset && tcp.seq === expectedOf(before);
}

/** By the client, next; undefined before the handshake. */
function expectedOf(before: readonly WirePacket[]): number | undefined {
  const answer = before.find(
    ({ way, packet: { tcp } }) => way === 'in' && tcp !== undefined && (tcp.flags & SYN) !== 0,
  );
  if (answer?.packet.tcp === undefined) return undefined;
  let next = (answer.packet.tcp.seq + 1) >>> 0;
  for (const { way, packet } of before) {
    const { tcp, payload } = packet;
    if (way !== 'in' || tcp === undefined || (tcp.flags & (SYN | RST)) !== 0) continue;
    const end = tcp.seq + payload.length + ((tcp.flags & FIN) !== 0 ? 1 : 0);
    if (seqDistance(tcp.seq, next) >= 0 && seqDistance(next, end) > 0) next = end >>> 0;
  }
  return next;
}

function firstOf(wire: readonly WirePacket[]): number {
  return wire.find(({ way, packet }) => way === 'out' && packet.tcp !== undefined)?.packet.tcp
    ?.seq as number;
}

/** Distances from the first sequence number. */
function ends(wire: readonly WirePacket[], way: 'out' | 'in'): number[] {
  return wire.flatMap((one) => {
    const { tcp, payload } = one.packet;
    if (one.way !== way || tcp === undefined) return [];
    return [seqDistance(firstOf(wire), tcp.seq + payload.length)];
  });
}
