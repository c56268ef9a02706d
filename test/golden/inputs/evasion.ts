import { STRATEGIES } from '../../support/strategies.ts';
import type { Step } from '../../support/talk.ts';
import { byStrategy } from './steps.ts';

/** Ways around a box, each past one that falls for it, or past one that does not. */
export const EVASION: Readonly<Record<string, readonly Step[]>> = {
  'decoy-with-a-wrong-checksum-fools-who-does-not-check': byStrategy(
    STRATEGIES.decoyWithWrongChecksum,
  ),
  'decoy-with-a-wrong-checksum-is-not-believed': byStrategy(STRATEGIES.decoyWithWrongChecksum),
  'decoy-that-dies-on-the-way-fools-who-does-not-count-hops': byStrategy(STRATEGIES.decoyThatDies),
  'decoy-that-dies-on-the-way-is-not-believed': byStrategy(STRATEGIES.decoyThatDies),
  'decoy-with-an-md5-signature-fools-who-ignores-it': byStrategy(STRATEGIES.decoyWithMd5),
  'decoy-with-an-md5-signature-is-not-believed': byStrategy(STRATEGIES.decoyWithMd5),
  'decoy-with-an-old-timestamp-is-not-believed': byStrategy(STRATEGIES.decoyWithOldTimestamp),
  'rst-with-a-wrong-checksum-ends-the-session-for-who-does-not-check': byStrategy(
    STRATEGIES.resetWithWrongChecksum,
  ),
  'rst-with-a-wrong-checksum-ends-nothing': byStrategy(STRATEGIES.resetWithWrongChecksum),
  'second-syn-moves-the-window-of-who-takes-it': byStrategy(STRATEGIES.secondSyn),
  'second-syn-is-ignored': byStrategy(STRATEGIES.secondSyn),
  'payload-on-the-syn-is-taken-for-the-first': byStrategy(STRATEGIES.payloadOnSyn),
  'urgent-byte-hides-a-name-from-who-reads-it-inline': byStrategy(STRATEGIES.urgentByte),
  'urgent-byte-is-taken-out': byStrategy(STRATEGIES.urgentByte),
  'name-in-two-records-passes-who-reads-each-alone': byStrategy(STRATEGIES.recordsInName),
  'name-in-two-records-is-put-together': byStrategy(STRATEGIES.recordsInName),
  'name-in-two-segments-reversed-is-put-together': byStrategy(STRATEGIES.reversed),
  'segments-that-overlap-are-read-as-linux-reads-them': byStrategy(
    STRATEGIES.overlapInside,
  ),
};
