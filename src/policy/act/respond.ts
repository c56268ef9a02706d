import { buildSegment, splitPayload } from '../../wire/build.ts';
import { ACK, FIN, PSH } from '../../wire/tcp.ts';
import type { Injection } from '../verdict.ts';
import { expectedBySender, ipIdOf, type ResetShape, resets, ttlOf } from './reset.ts';
import { Silence } from './silence.ts';
import type { Plan, Trigger } from './trigger.ts';

/** Answer in the server's place, with an HTTP response for instance, and end the connection. */
export interface RespondAction {
  readonly do: 'respond';
  readonly payload: Uint8Array;
  /** How the server's side is told. */
  readonly server: 'reset' | 'nothing';
  readonly shape: ResetShape;
}

/**
 * The response as the client accepts it: from the next number it expects, acknowledging the trigger; FIN at the end. A
 * datagram, which a trigger on payloads may be, has no connection to answer on.
 */
export function respond(action: RespondAction, trigger: Trigger): Plan {
  const { packet, isInPath, random } = trigger;
  if (!packet.isTcp) return { original: isInPath ? 'drop' : 'accept', packets: [] };
  const { shape } = action;
  const fields = {
    seq: expectedBySender(trigger),
    ack: (packet.seq + packet.sequenceLength) | 0,
    flags: ACK | PSH | FIN,
    window: 0xffff,
    ttl: ttlOf(shape.ttl, packet, random),
    ipId: ipIdOf(shape.ipId, packet, random),
    dontFragment: shape.dontFragment,
    payload: action.payload,
  };
  const packets = splitPayload(packet, fields).map((segment): Injection => {
    const flags = (segment.flags & FIN) === 0 ? 'A' : 'FPA';
    const what = { flags, seq: segment.seq >>> 0, payloadLength: segment.payload?.length ?? 0 };
    return { way: 'back', frame: buildSegment(packet, 'back', segment), delay: shape.delay, what };
  });
  if (action.server === 'reset') packets.push(...resets({ ...shape, to: 'server' }, trigger));
  const sentence = isInPath ? new Silence('both', 'all') : undefined;
  return { original: isInPath ? 'drop' : 'accept', packets, sentence };
}
