import { type Dates, dateText } from '../replay/dates.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import type { NamedCensor } from './censor.ts';
import { tell } from './terminal.ts';

/** Says on stderr what of a censor a capture of these dates cannot show. */
export function tellUnseen({ rules, resolvers }: NamedCensor, dates: Dates | undefined): void {
  for (const text of [...resolverNotices(resolvers), ...idleNotices(rules, dates)]) tell(text);
}

/** A capture shows what resolvers answered; it is not asked of them anew. */
function resolverNotices(resolvers: readonly string[]): string[] {
  if (resolvers.length === 0) return [];
  const whose = `${resolvers.length === 1 ? 'the resolver' : 'resolvers'} of ${resolvers.join(', ')}`;
  return [
    `this censor is also ${whose}, of which nothing is emulated here: its answers are seen with \`run\` and \`up\``,
  ];
}

/** A line for each rule that no packet of a capture could set off, for its time. */
function idleNotices(rules: readonly RuleSpec[], dates: Dates | undefined): string[] {
  if (dates === undefined) return [];
  const { first, last } = dates;
  const time = `the capture's time, ${dateText(first)} to ${dateText(last)}`;
  return rules.flatMap(({ name, during }) => {
    if (during === undefined) return [];
    const { from, to } = during;
    if (last >= Date.parse(from) && first < Date.parse(to)) return [];
    return `rule "${name}" is in force from ${from} to ${to}, not at ${time}: date its first packet with --at`;
  });
}
