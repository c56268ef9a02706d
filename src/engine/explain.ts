import { formatAddress, formatEndpoint } from '../base/address.ts';
import { printable } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import type { Direction, Flow } from '../flow/flow.ts';
import type { Plan } from '../policy/act/trigger.ts';
import type { Finding, View } from '../policy/finding.ts';
import type { Observation } from '../policy/observation.ts';
import type { Rule } from '../policy/rule.ts';
import type { Decision } from '../policy/verdict.ts';
import type { PacketView } from '../wire/packet.ts';
import { QuicReading } from './quic-reading.ts';

/** What set off which rule. */
export interface Found extends Finding {
  readonly rule: Rule;
}

/** What was decided, and everything it was decided by. */
export interface Deciding {
  readonly packet: PacketView;
  readonly flow: Flow;
  readonly found: Found;
  readonly plan: Plan;
  readonly now: Millis;
}

/** The record of a decision. Client and server are as the box sees them: also where the flow's start was not seen. */
export function explain({ packet, flow, found, plan, now }: Deciding): Decision {
  const { rule, kind, text, why, offset, length, within, direction } = found;
  const [src, dst] = endpointsOf(packet);
  const isFromClient = direction === 'to-server';
  return {
    at: now,
    rule: rule.name,
    action: rule.action.do,
    why,
    matched: { kind, text, offset, length, within },
    flow: {
      client: isFromClient ? src : dst,
      server: isFromClient ? dst : src,
      direction,
      startWasSeen: flow.startWasSeen,
    },
    trigger: {
      seq: packet.isTcp ? packet.seq >>> 0 : 0,
      ack: packet.isTcp ? packet.ack >>> 0 : 0,
      payloadLength: packet.payloadLength,
    },
    injected: plan.packets.map(({ way, what }) => ({
      to: (way === 'back') === isFromClient ? ('client' as const) : ('server' as const),
      ...what,
    })),
    view: { ...found.view, ignored: [...flow.ignored] },
  };
}

/** What the box has read of this direction, by who began the flow, when it makes an observation. */
export function viewOf(seen: Observation, flow: Flow, direction: Direction): View {
  const { bytes, at, end } = readBytes(seen.packet, flow, direction, seen);
  // Up to what set the rule off, where that is part of it.
  const isWithin = seen.bytes === bytes && seen.matchedEnd > at && seen.matchedEnd <= end;
  const shownEnd = isWithin ? seen.matchedEnd : end;
  return {
    read: printable(bytes, Math.max(at, shownEnd - MOST_SHOWN), shownEnd),
    readLength: end - at,
  };
}

function readBytes(
  packet: PacketView,
  flow: Flow,
  direction: Direction,
  seen: Observation,
): { readonly bytes: Uint8Array; readonly at: number; readonly end: number } {
  const { stream } = flow.half(direction);
  if (seen.within === 'stream' && stream !== undefined) return stream;
  if (seen.within === 'stream' && flow.reading instanceof QuicReading) {
    const { shown } = flow.reading;
    if (shown !== undefined) return shown;
  }
  return { bytes: packet.bytes, at: packet.payloadAt, end: packet.payloadEnd };
}

function endpointsOf(packet: PacketView): readonly [src: string, dst: string] {
  const version = packet.ipVersion === 4 ? 4 : 6;
  return [
    formatEndpoint(formatAddress(packet.bytes, packet.srcAt, version), packet.srcPort),
    formatEndpoint(formatAddress(packet.bytes, packet.dstAt, version), packet.dstPort),
  ];
}

const MOST_SHOWN = 256;
