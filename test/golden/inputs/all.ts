import type { Step } from '../../support/talk.ts';
import { AZERBAIJAN } from './azerbaijan.ts';
import { DNS } from './dns.ts';
import { EVASION } from './evasion.ts';
import { IRAN } from './iran.ts';
import { OTHERS } from './others.ts';
import { SURFACE } from './surface.ts';
import { TOR } from './tor.ts';

/** What goes past the censor of each claim. */
export const INPUTS: Readonly<Record<string, readonly Step[]>> = {
  ...AZERBAIJAN,
  ...TOR,
  ...IRAN,
  ...DNS,
  ...OTHERS,
  ...SURFACE,
  ...EVASION,
};
