import { isWithin } from '../base/domain.ts';
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
    const behind = rules.slice(i + 1).filter(({ action }) => action.do !== 'pass');
    const late = behind.filter(
      (rule) => mayComeBefore(rule, pass) || isBeforeTunnel(rule, pass, rules),
    );
    if (late.length === 0) return [];
    const [first] = late as [RuleSpec];
    const more = late.length > 1 ? `, as do ${late.length - 1} more rules` : '';
    const where = mayComeBefore(first, pass) ? 'may come' : 'comes, behind a CONNECT,';
    const message = `notice: rule "${pass.name}" may be too late: its ${kindsToTell(pass)} ${where} in a later packet than ${kindsToTell(first)}, on which rule "${first.name}" acts first${more}`;
    return [{ path: ['rules', i, 'trigger', 'match'], message }];
  });
}

function mayComeBefore(rule: RuleSpec, pass: RuleSpec): boolean {
  return areTogether(rule, pass) && lastOf(rule) < lastOf(pass) && isOneFlow(rule, pass);
}

/**
 * Whether the rule may act on a CONNECT behind which the exception's server name comes. Most flows are of HTTP or of TLS alone; so
 * only a rule about the same name counts, and only without an earlier exception for that name in HTTP.
 */
function isBeforeTunnel(rule: RuleSpec, pass: RuleSpec, rules: readonly RuleSpec[]): boolean {
  const inTunnel = textsOf(pass, ['tls.sni']);
  const isOfTunnel = (one: RuleSpec): boolean =>
    textsOf(one, ['http.host', 'http.url']).some((text) =>
      inTunnel.some((name) => isSameOrWithin(name, text) || isSameOrWithin(text, name)),
    );
  const isExcepted = rules
    .slice(0, rules.indexOf(rule))
    .some((one) => one.action.do === 'pass' && areTogether(one, rule) && isOfTunnel(one));
  return areTogether(rule, pass) && isOfTunnel(rule) && !isExcepted;
}

/** Names, lists and keywords that the parts of these kinds ask for. */
function textsOf({ trigger }: RuleSpec, kinds: readonly string[]): string[] {
  const parts = trigger.match === 'all' ? trigger.of : [trigger];
  return parts.flatMap((part) => {
    if (!kinds.includes(part.match)) return [];
    if ('keywords' in part) return part.keywords ?? [];
    if (!('domains' in part || 'list' in part)) return [];
    return [...(part.domains ?? []), ...(part.list === undefined ? [] : [part.list])];
  });
}

function isSameOrWithin(name: string, outer: string): boolean {
  const [inside, outside] = [name, outer].map((text) => text.replace(/^\*?\./, '').toLowerCase());
  return isWithin(inside as string, outside as string);
}

/** Whether one packet may meet both: at one box, at one port, at one moment. */
function areTogether(rule: RuleSpec, pass: RuleSpec): boolean {
  return (
    haveInCommon(rule.at, pass.at) &&
    haveInCommon(rule.ports, pass.ports) &&
    overlap(rule.during, pass.during)
  );
}

function kindsToTell(rule: RuleSpec): string {
  return kindsOf(rule)
    .map((kind) => `"${kind}"`)
    .join(' and ');
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
