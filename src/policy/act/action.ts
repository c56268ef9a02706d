import { type BlackholeAction, blackhole } from './blackhole.ts';
import { type DelayAction, delay } from './delay.ts';
import { type DnsAction, dns } from './dns.ts';
import { type DropAction, drop } from './drop.ts';
import { type PassAction, pass } from './pass.ts';
import { type ResetAction, reset } from './reset.ts';
import { type RespondAction, respond } from './respond.ts';
import { type ThrottleAction, throttle } from './throttle.ts';
import { NOTHING_DONE, type Plan, type Trigger } from './trigger.ts';

/** What a rule wants done to the flow that set it off; discriminated by `do`, as in scenario files. */
export type Action =
  | PassAction
  | DropAction
  | BlackholeAction
  | ResetAction
  | RespondAction
  | DnsAction
  | ThrottleAction
  | DelayAction;

/** Whether the trigger goes on though something is injected: it arrives before that, as on path. */
export function passesTrigger(action: Action): boolean {
  return action.do === 'reset' && action.trigger === 'pass';
}

/** What an action does about a trigger. On path that is what can be injected; a box that sees copies holds nothing up. */
export function planOf(action: Action, trigger: Trigger): Plan {
  if (!trigger.isInPath && needsPath(action)) return NOTHING_DONE;
  switch (action.do) {
    case 'pass':
      return pass();
    case 'drop':
      return drop(trigger);
    case 'blackhole':
      return blackhole(action, trigger);
    case 'reset':
      return reset(action, trigger);
    case 'respond':
      return respond(action, trigger);
    case 'dns':
      return dns(action, trigger);
    case 'throttle':
      return throttle(action, trigger);
    case 'delay':
      return delay(action, trigger);
  }
}

function needsPath({ do: name }: Action): boolean {
  return name === 'drop' || name === 'blackhole' || name === 'throttle' || name === 'delay';
}
