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
      return `${DONE[original]}: rule=${decision.rule}${action} why=${decision.why}`;
    }
  }
}

/** ` do=throttle` and the like: what shows neither in the packet's verdict nor in others. */
export function lastingAction({ action }: Decision): string {
  return LASTING.has(action) ? ` do=${action}` : '';
}

const LASTING: ReadonlySet<string> = new Set(['pass', 'blackhole', 'throttle', 'delay']);

const DONE = { accept: 'passed', drop: 'dropped', replace: 'replaced' };
