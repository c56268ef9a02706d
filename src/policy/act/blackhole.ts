import type { Millis } from '../../base/units.ts';
import { Silence } from './silence.ts';
import { type Plan, type Trigger, wayInFlow } from './trigger.ts';

/** Drop every packet of the flow, or those of one direction, for a time. */
export interface BlackholeAction {
  readonly do: 'blackhole';
  /** As the box sees the roles. */
  readonly way: 'both' | 'to-server' | 'to-client';
  /** Whether the trigger itself is dropped too, or was the last to arrive. */
  readonly trigger: 'drop' | 'pass';
  /** 0 for as long as the flow is remembered. */
  readonly duration: Millis;
}

export function blackhole(action: BlackholeAction, trigger: Trigger): Plan {
  const until = action.duration > 0 ? trigger.now + action.duration : Number.POSITIVE_INFINITY;
  const sentence = new Silence(wayInFlow(action.way, trigger), 'all', until);
  return { original: action.trigger === 'drop' ? 'drop' : 'accept', packets: [], sentence };
}
