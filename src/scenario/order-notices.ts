import { placedParts } from './cross-check-combinations.ts';
import type { Problem } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';

/**
 * Exceptions that may come too late: a rule with `pass`, and one behind it in the file that may act on an earlier packet. A person
 * may mean that; so it is a notice, at the exception.
 */
export function lateExceptions(rules: readonly RuleSpec[]): Problem[] {
  return rules.flatMap((pass, i) => {
    if (pass.action.do !== 'pass') return [];
    const late = rules.slice(i + 1).filter((rule) => mayComeBefore(rule, pass));
    if (late.length === 0) return [];
    const [first] = late as [RuleSpec];
    const more = late.length > 1 ? `, and ${late.length - 1} more rules,` : '';
    const message = `notice: rule "${pass.name}" asks for ${kindsOf(pass).join(' and ')}, which may come in a later packet than ${kindsOf(first).join(' and ')} of rule "${first.name}"${more} which then acts first`;
    return [{ path: ['rules', i, 'trigger', 'match'], message }];
  });
}

function mayComeBefore(rule: RuleSpec, pass: RuleSpec): boolean {
  return (
    rule.action.do !== 'pass' &&
    haveInCommon(rule.at, pass.at) &&
    haveInCommon(rule.ports, pass.ports) &&
    overlap(rule.during, pass.during) &&
    lastOf(rule) < lastOf(pass) &&
    isOneFlow(rule, pass)
  );
}

function kindsOf({ trigger }: RuleSpec): string[] {
  return placedParts(trigger).map(({ part }) => part.match);
}

/** The step in which the last part is known, of those that a flow goes through. */
function lastOf(rule: RuleSpec): number {
  return Math.max(...kindsOf(rule).map((kind) => STEPS[kind] ?? 0));
}

/** Not one message of this protocol and one of that. */
function isOneFlow(rule: RuleSpec, pass: RuleSpec): boolean {
  const families = [rule, pass].map((one) =>
    kindsOf(one).flatMap((kind) => FAMILIES.find((family) => family.includes(kind)) ?? []),
  );
  const [first = [], second = []] = families;
  return first.length === 0 || second.length === 0 || second.some((kind) => first.includes(kind));
}

function haveInCommon<T>(one: readonly T[] | undefined, other: readonly T[] | undefined): boolean {
  return one === undefined || other === undefined || one.some((value) => other.includes(value));
}

function overlap(one: RuleSpec['during'], other: RuleSpec['during']): boolean {
  if (one === undefined || other === undefined) return true;
  return Date.parse(one.from) < Date.parse(other.to) && Date.parse(other.from) < Date.parse(one.to);
}

/** A flow's first packet, its first payload, and a message as it comes: its target, its name, all of it. */
const STEPS: Readonly<Record<string, number>> = {
  address: 0,
  protocol: 1,
  'fully-encrypted': 1,
  packet: 1,
  payload: 1,
  volume: 1,
  'http.url': 2,
  'http.host': 3,
  'tls.sni': 3,
  'quic.sni': 3,
  'dns.qname': 3,
  'tls.client-hello': 4,
  'tls.server-flight': 5,
};
const FAMILIES: readonly (readonly string[])[] = [
  ['http.host', 'http.url'],
  ['tls.sni', 'quic.sni', 'tls.client-hello', 'tls.server-flight'],
  ['dns.qname'],
];
