import type { ResetAction } from './reset.ts';

/** What a rule wants done to the flow that set it off; discriminated by `do`, as in scenario files. */
export type Action = ResetAction;
