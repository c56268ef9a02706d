import { readFileSync } from 'node:fs';
import { NameListReader } from '../policy/match/name-list.ts';
import { inALabels } from './list-reading.ts';
import type { RuleSpec } from './rule-schema.ts';

/** The first `most` names that a rule is about, in lower case, from its own list and from its file; none of those in patterns. */
export function namesOfRule({ trigger }: RuleSpec, most: number): string[] {
  if (!('domains' in trigger || 'list' in trigger)) return [];
  const names = (trigger.domains ?? []).map(exampleOf).filter(isName).slice(0, most);
  if (trigger.list === undefined) return names;
  const list = new NameListReader(inALabels(readFileSync(trigger.list)));
  while (names.length < most && list.next()) {
    const name = Buffer.from(list.bytes.subarray(list.at, list.end)).toString('latin1');
    const example = exampleOf(list.prefix + name);
    if (isName(example)) names.push(example);
  }
  return names;
}

/** What stands for the names below a long one may be too long. */
function isName(name: string): boolean {
  return name.length <= LONGEST_NAME;
}

/** A name as a list has it, without what stands for the names below it. */
export function plainName(listed: string): string {
  return listed.replace(/^\*?\./, '');
}

/** A name that one of a list is about, in lower case: `*.example.org` is about those below it alone. */
export function exampleOf(listed: string): string {
  const name = plainName(listed).toLowerCase();
  return listed.startsWith('*') ? `www.${name}` : name;
}

/** RFC 1035 §2.3.4, as text without the dot of the root. */
const LONGEST_NAME = 253;
