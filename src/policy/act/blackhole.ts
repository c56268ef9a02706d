import type { Millis } from '../../base/units.ts';
import { Silence } from './silence.ts';
import type { Plan, Trigger } from './trigger.ts';

/** Drop every packet of the flow, or those of one direction, for a time. */
export interface BlackholeAction {
  readonly do: 'blackhole';
  /** By who began the flow. */
  readonly way: 'both' | 'to-server' | 'to-client';
  /** Whether the trigger itself is dropped too, or was the last to arrive. */
  readonly trigger: 'drop' | 'pass';
  /** 0 for as long as the flow is remembered. */
  readonly duration: Millis;
}

export function blackhole(action: BlackholeAction, { now }: Trigger): Plan {
  const until = action.duration > 0 ? now + action.duration : Number.POSITIVE_INFINITY;
  const sentence = new Silence(action.way, 'all', until);
  return { original: action.trigger === 'drop' ? 'drop' : 'accept', packets: [], sentence };
}
