import type { Millis } from '../../base/units.ts';
import { opposite } from '../../flow/flow.ts';
import { buildSegment } from '../../wire/build.ts';
import type { PacketView } from '../../wire/packet.ts';
import { ACK, FIN, RST } from '../../wire/tcp.ts';
import type { Injection } from '../verdict.ts';
import { Silence } from './silence.ts';
import type { Plan, Trigger } from './trigger.ts';

/** End the flow with RSTs. In path, the trigger and everything that follows in its flow is dropped. */
export interface ResetAction extends ResetShape {
  readonly do: 'reset';
  /** What in-path boxes do with the trigger. */
  readonly trigger: 'drop' | 'pass';
  /** Whether the rest of the flow is dropped, in path. */
  readonly rest: 'drop' | 'pass';
}

/** RSTs, or segments that end a connection in another way. */
export interface ResetShape {
  readonly to: 'client' | 'server' | 'both';
  /** RSTs for each end that `to` names. */
  readonly count: number;
  readonly flags: 'R' | 'RA' | 'FA';
  /** The trigger's own, if `copied`; with a range, drawn for each. */
  readonly ttl: number | 'copied' | readonly [number, number];
  readonly ipId: number | 'copied' | 'random';
  readonly window: number;
  /**
   * `exact`: the next number that each end expects. `trigger`: the trigger's own, towards its receiver, and what it acknowledges,
   * towards its sender. `past-trigger`: behind its payload. `zero`. `ramp`: exact, 1460 further, 4380 further, as one kind of
   * the Great Firewall's resets (Wang et al., IMC 2017, §2.1).
   */
  readonly seq: 'exact' | 'trigger' | 'past-trigger' | 'zero' | 'ramp';
  readonly delay: Millis;
  readonly dontFragment: boolean;
}

export function reset(action: ResetAction, trigger: Trigger): Plan {
  const isDropped = trigger.isInPath && action.trigger === 'drop';
  return {
    original: isDropped ? 'drop' : 'accept',
    packets: trigger.packet.isTcp ? resets(action, trigger) : [],
    sentence: trigger.isInPath && action.rest === 'drop' ? new Silence('both', 'all') : undefined,
  };
}

/** What each end expects next, as the trigger shows it. */
interface Numbers {
  readonly toSender: number;
  readonly toReceiver: number;
}

/**
 * RSTs for both ends of the trigger's flow, or one. The exact numbers are those that both ends accept (RFC 5961 §3.2: SEG.SEQ
 * must equal RCV.NXT): the first byte of each direction that was not forwarded. Where a direction was never seen, the
 * trigger's own numbers serve: its ack towards its sender, its seq towards its receiver.
 */
export function resets(shape: ResetShape, trigger: Trigger): Injection[] {
  const { found, packet } = trigger;
  const exact = numbersOf(trigger);
  const senderIs = found.direction === 'to-server' ? 'client' : 'server';
  const injections: Injection[] = [];
  for (let i = 0; i < shape.count; i++) {
    const { toSender, toReceiver } = shifted(shape.seq, exact, packet, i);
    if (shape.to === 'both' || shape.to === senderIs) {
      injections.push(resetPacket(shape, trigger, 'back', [toSender, toReceiver]));
    }
    if (shape.to === 'both' || shape.to !== senderIs) {
      injections.push(resetPacket(shape, trigger, 'along', [toReceiver, toSender]));
    }
  }
  return injections;
}

function numbersOf(trigger: Trigger): Numbers {
  const { packet, flow, direction } = trigger;
  const along = flow.half(direction);
  return {
    toSender: expectedBySender(trigger),
    toReceiver: along.isKnown ? along.next : packet.seq,
  };
}

/** What the trigger's sender expects next. */
export function expectedBySender({ packet, flow, direction }: Trigger): number {
  const back = flow.half(opposite(direction));
  return back.isKnown ? back.next : packet.ack;
}

function shifted(
  rule: ResetShape['seq'],
  { toSender, toReceiver }: Numbers,
  packet: PacketView,
  i: number,
): Numbers {
  switch (rule) {
    case 'exact':
      return { toSender, toReceiver };
    case 'trigger':
      return { toSender: packet.ack, toReceiver: packet.seq };
    case 'past-trigger':
      return { toSender: packet.ack, toReceiver: (packet.seq + packet.sequenceLength) | 0 };
    case 'zero':
      return { toSender: 0, toReceiver: 0 };
    case 'ramp': {
      const step = RAMP[Math.min(i, RAMP.length - 1)] as number;
      return { toSender: (toSender + step) | 0, toReceiver: (toReceiver + step) | 0 };
    }
  }
}

/** Who has sent a SYN obeys a RST only if it acknowledges that (RFC 9293 §3.10.7.3): the answer to one always does. */
function resetPacket(
  shape: ResetShape,
  { packet, random }: Trigger,
  way: 'back' | 'along',
  [seq, ack]: readonly [number, number],
): Injection {
  const isAnswer = answersSyn(packet, way);
  const name = isAnswer && shape.flags === 'R' ? 'RA' : shape.flags;
  const flags = FLAGS[name];
  const acked = isAnswer && packet.isOpeningSyn ? packet.seq + 1 : ack;
  const frame = buildSegment(packet, way, {
    seq,
    ack: (flags & ACK) === 0 ? 0 : acked,
    flags,
    window: shape.window,
    ttl: ttlOf(shape.ttl, packet, random),
    ipId: ipIdOf(shape.ipId, packet, random),
    dontFragment: shape.dontFragment,
  });
  const what = { flags: name, seq: seq >>> 0, payloadLength: 0 };
  return { way, frame, delay: shape.delay, what };
}

/** Whoever waits for the answer to its SYN obeys a RST only if that is acknowledged (RFC 9293 §3.10.7.3). */
function answersSyn({ isSyn, isOpeningSyn }: PacketView, way: 'back' | 'along'): boolean {
  return isSyn && isOpeningSyn === (way === 'back');
}

export function ttlOf(
  ttl: ResetShape['ttl'],
  packet: PacketView,
  random: Trigger['random'],
): number {
  if (ttl === 'copied') return packet.ttl;
  if (typeof ttl === 'number') return ttl;
  return ttl[0] + random(ttl[1] - ttl[0] + 1);
}

export function ipIdOf(
  ipId: ResetShape['ipId'],
  packet: PacketView,
  random: Trigger['random'],
): number {
  if (ipId === 'copied') return packet.ipId;
  return ipId === 'random' ? random(0x1_0000) : ipId;
}

const FLAGS = { R: RST, RA: RST | ACK, FA: FIN | ACK };
const RAMP: readonly number[] = [0, 1460, 4380];
