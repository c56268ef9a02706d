import { ACCEPT } from '../verdict.ts';
import type { Plan, Sentence } from './trigger.ts';
import { NOTHING_DONE } from './trigger.ts';

/** Let the flow through and do not look at it again: an exception, where its rule comes before others. */
export interface PassAction {
  readonly do: 'pass';
}

export function pass(): Plan {
  return { ...NOTHING_DONE, sentence: FREE };
}

const FREE: Sentence = { isRead: false, judge: () => ACCEPT };
