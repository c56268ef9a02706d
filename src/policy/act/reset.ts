import type { DeliveredEdge } from '../../flow/delivered-edge.ts';
import { buildSegment } from '../../wire/build.ts';
import type { PacketView } from '../../wire/packet.ts';
import { ACK, RST, seqDistance } from '../../wire/tcp.ts';
import type { Injection } from '../verdict.ts';

/** Drop the trigger and everything that follows in its flow; send RSTs. */
export interface ResetAction {
  readonly do: 'reset';
  readonly to: 'client' | 'server' | 'both';
  /** RSTs for each end that `to` names. */
  readonly count: number;
  readonly flags: 'R' | 'RA';
  readonly ttl: number;
  readonly ipId: number;
  readonly window: number;
}

/** What has reached the trigger's sender and its receiver before the trigger, which is dropped. */
export interface Delivered {
  readonly toSender: DeliveredEdge;
  readonly toReceiver: DeliveredEdge;
}

/**
 * RSTs that both ends accept (RFC 5961 §3.2: SEG.SEQ must equal RCV.NXT): each end is sent the first byte of its
 * incoming direction that was not forwarded. Where that direction was never seen, the trigger's own numbers serve:
 * its ack towards its sender, its seq towards its receiver.
 */
export function resets(
  action: ResetAction,
  trigger: PacketView,
  delivered: Delivered,
  senderIs: 'client' | 'server',
): Injection[] {
  const { toSender: back } = delivered;
  const isUnbacked = (trigger.flags & ACK) === 0 && back.isKnown;
  const toSender = isUnbacked ? back.next : laterOf(back, trigger.ack);
  const toReceiver = delivered.toReceiver.isKnown ? delivered.toReceiver.next : trigger.seq;
  const injections: Injection[] = [];
  const wantsSender = action.to === 'both' || action.to === senderIs;
  const wantsReceiver = action.to === 'both' || action.to !== senderIs;
  for (let i = 0; i < action.count; i++) {
    if (wantsSender) injections.push(resetPacket(action, trigger, 'back', [toSender, toReceiver]));
    if (wantsReceiver)
      injections.push(resetPacket(action, trigger, 'along', [toReceiver, toSender]));
  }
  return injections;
}

function laterOf(edge: DeliveredEdge, ack: number): number {
  return edge.isKnown && seqDistance(ack, edge.next) > 0 ? edge.next : ack;
}

function resetPacket(
  action: ResetAction,
  trigger: PacketView,
  way: 'back' | 'along',
  [seq, ack]: readonly [number, number],
): Injection {
  const withAck = action.flags === 'RA';
  const frame = buildSegment(trigger, way, {
    seq,
    ack: withAck ? ack : 0,
    flags: withAck ? RST | ACK : RST,
    window: action.window,
    ttl: action.ttl,
    ipId: action.ipId,
  });
  return { way, frame, seq: seq >>> 0, flags: action.flags };
}
