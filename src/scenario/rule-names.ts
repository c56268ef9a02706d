import { readFileSync } from 'node:fs';
import { NameListReader } from '../policy/match/name-list.ts';
import { inALabels } from './list-reading.ts';
import type { RuleSpec } from './rule-schema.ts';

/** The first `most` names that a rule is about, from its own list and from its file; none of those in patterns. */
export function namesOfRule({ trigger }: RuleSpec, most: number): string[] {
  if (!('domains' in trigger || 'list' in trigger)) return [];
  const names = (trigger.domains ?? []).slice(0, most);
  if (trigger.list === undefined) return names;
  const list = new NameListReader(inALabels(readFileSync(trigger.list)));
  while (names.length < most && list.next()) {
    const name = Buffer.from(list.bytes.subarray(list.at, list.end)).toString('latin1');
    // Only what is below the name counts.
    names.push(list.prefix === '*.' ? `www.${name}` : name);
  }
  return names;
}
