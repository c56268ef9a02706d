import type { Step } from '../../support/talk.ts';
import { AZERBAIJAN } from './azerbaijan.ts';

/** What goes past the censor of each claim. */
export const INPUTS: Readonly<Record<string, readonly Step[]>> = { ...AZERBAIJAN };
