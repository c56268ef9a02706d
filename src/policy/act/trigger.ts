import type { Millis } from '../../base/units.ts';
import { type Direction, type Flow, opposite } from '../../flow/flow.ts';
import type { PacketView } from '../../wire/packet.ts';
import type { Finding } from '../finding.ts';
import type { Injection, Verdict } from '../verdict.ts';

/** What an action has to work with. */
export interface Trigger {
  readonly found: Finding;
  readonly packet: PacketView;
  readonly flow: Flow;
  /** The trigger's way, by who began the flow. */
  readonly direction: Direction;
  readonly isInPath: boolean;
  readonly now: Millis;
  /** A whole number below `limit`; the next one of a sequence that belongs to the flow. */
  readonly random: (limit: number) => number;
}

/** What becomes of the trigger, of what follows it in its flow, and what is sent besides. */
export interface Plan {
  readonly original: 'accept' | 'drop' | 'replace' | 'hold';
  readonly packets: readonly Injection[];
  /** Judges the rest of the flow; without one, it goes on as before. */
  readonly sentence?: Sentence | undefined;
  /** For `hold`. */
  readonly until?: Millis | undefined;
}

/** What a flow that was interfered with goes through from then on. */
export interface Sentence {
  /** Whether the box still reads the flow. */
  readonly isRead: boolean;
  judge(packet: PacketView, direction: Direction, now: Millis): Verdict;
}

/** An action's way, which goes by the roles as the box sees them, by who began the flow. */
export function wayInFlow(way: 'both' | Direction, { found, direction }: Trigger) {
  if (way === 'both' || found.direction === direction) return way;
  return opposite(way);
}

export const NOTHING_DONE: Plan = { original: 'accept', packets: [] };
