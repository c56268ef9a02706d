import type { Direction } from '../flow/flow.ts';
import type { DnsQuery } from '../wire/dns/query.ts';
import type { Observation, ObservationKind } from './observation.ts';

/** An observation that set a rule off, as it was: more may be read before the packet is judged. */
export interface Finding {
  readonly kind: ObservationKind;
  /** As the box sees the roles. */
  readonly direction: Direction;
  /** What was matched, for people; and where, in bytes of the payload or stream. */
  readonly text: string;
  readonly why: string;
  readonly offset: number;
  readonly length: number;
  readonly within: Observation['within'];
  /** The DNS message whose question it is. */
  readonly query: DnsQuery | undefined;
  /** What the box had read. */
  readonly view: View;
}

/** Bytes read up to what set a rule off, as text; the last of them, when they are many. */
export interface View {
  readonly read: string;
  readonly readLength: number;
}

export function findingOf(seen: Observation, view: View): Finding {
  const { kind, direction, within, query, matchedText: text } = seen;
  return {
    ...{ kind, direction, within, query, view, text },
    why: seen.why ?? `${kind}=${text}`,
    offset: seen.matchedOffset,
    length: seen.matchedEnd - seen.matchedAt,
  };
}
