import type { Verdict } from './verdict.ts';

/** What a verdict does to its packet, in a line for people; undefined where nothing was done. */
export function commentOn(verdict: Verdict): string | undefined {
  switch (verdict.kind) {
    case 'accept':
      return undefined;
    case 'drop':
      return 'dropped: its flow is blocked';
    case 'hold':
      return 'delayed';
    case 'inject': {
      const { decision, original } = verdict;
      return `${DONE[original]}: rule=${decision.rule} why=${decision.why}`;
    }
  }
}

const DONE = { accept: 'passed', drop: 'dropped', replace: 'replaced' };
