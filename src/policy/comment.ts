import { bounded, showable } from '../base/showable.ts';
import type { Decision, Verdict } from './verdict.ts';

/** What a verdict does to its packet, in a line for people; undefined where nothing was done. */
export function commentOn(verdict: Verdict): string | undefined {
  switch (verdict.kind) {
    case 'accept':
      return undefined;
    case 'drop':
      return 'dropped, without a decision of its own';
    case 'hold':
      return 'delayed';
    case 'inject': {
      const { decision, original } = verdict;
      const action = lastingAction(decision);
      return `${DONE[original]}: rule=${shown(decision.rule)}${action} why=${shown(decision.why)}`;
    }
  }
}

/** What a packet that the censor sent says of itself. */
export function commentOnInjected({ rule }: Decision): string {
  return `injected: rule=${shown(rule)}`;
}

/** Names of rules and bytes of packets are texts of others, which readers of a capture print as they are. */
function shown(text: string): string {
  return showable(bounded(text));
}

/** ` do=throttle` and the like: what shows neither in the packet's verdict nor in others. */
export function lastingAction({ action }: Decision): string {
  return LASTING.has(action) ? ` do=${action}` : '';
}

const LASTING: ReadonlySet<string> = new Set(['pass', 'blackhole', 'throttle', 'delay']);

const DONE = { accept: 'passed', drop: 'dropped', replace: 'replaced' };
