import { counted } from '../base/counted.ts';
import { isWithin } from '../base/domain.ts';
import { doAddressesMeet, doAllAddressesMeet, isAddressWithin } from './contradictions-address.ts';
import { doBytesMeet, endOf, isPacketWithin } from './contradictions-packet.ts';
import type { Problem } from './problem.ts';
import type {
  CombinationSpec,
  KeywordsSpec,
  NamesSpec,
  SimpleTriggerSpec,
} from './trigger-schema.ts';

/** Parts of a combination that never hold together, and parts that must not hold but always do. Paths begin in the trigger. */
export function contradictions({ of, not = [] }: CombinationSpec): Problem[] {
  const clashes = of.flatMap((part, i) =>
    of.slice(0, i).flatMap((earlier, j) => {
      const because = clashOf(earlier, part);
      return because === undefined ? [] : [tell(['of', i], `of[${j}]`, because)];
    }),
  );
  const forced = not.flatMap((part, i) => {
    const j = of.findIndex((one) => implies(one, part));
    if (j >= 0) return [tell(['not', i], `of[${j}]`, 'where that holds, this holds too')];
    const k = not.slice(0, i).findIndex((earlier) => isOpposite(earlier, part));
    return k < 0 ? [] : [tell(['not', i], `not[${k}]`, 'one of the two always holds')];
  });
  const problems = [...clashes, ...forced];
  return problems.length > 0 ? problems : together(of, not);
}

/** Parts that agree in pairs, and never hold all together: told at the first part that leaves nothing. */
function together(of: readonly SimpleTriggerSpec[], not: readonly SimpleTriggerSpec[]): Problem[] {
  for (let count = 1; count <= of.length + not.length; count++) {
    const denied = not.slice(0, Math.max(0, count - of.length));
    const because = nothingLeft(of.slice(0, count), denied);
    if (because === undefined) continue;
    const path = denied.length > 0 ? ['not', denied.length - 1] : ['of', count - 1];
    const message = `cannot be combined with all parts before it: ${because}; leave one of them out`;
    return [{ path, message }];
  }
  return [];
}

function nothingLeft(
  of: readonly SimpleTriggerSpec[],
  not: readonly SimpleTriggerSpec[],
): string | undefined {
  const addresses = of.filter((part) => part.match === 'address');
  if (!doAllAddressesMeet(addresses)) return 'no address is in all';
  const wanted = of.filter((part) => part.match === 'protocol').map(protocolsOf);
  const refused = not.filter((part) => part.match === 'protocol').flatMap(protocolsOf);
  if (isNothingLeft([PROTOCOLS, ...wanted], refused)) return 'no protocol is left';
  const field = of
    .flatMap((part) => fieldsOf(part).map(([key]) => ({ match: part.match, key })))
    .find(({ match, key }) => {
      if (!ANY_OF.has(key)) return false;
      const sets = valuesOf(of, match, key);
      const alone = not.filter((part) => fieldsOf(part).length === 1);
      const denied = valuesOf(alone, match, key).flat();
      // A JA3 and its MD5 may stand for the same.
      const kinds = new Set([...sets.flat(), ...denied].map((one) => String(one).includes(',')));
      return kinds.size === 1 && isNothingLeft(sets, denied);
    });
  return field && `no value of "${field.key}" is left`;
}

function valuesOf(parts: readonly SimpleTriggerSpec[], match: string, key: string): unknown[][] {
  return parts
    .filter((part) => part.match === match && fieldOf(part, key) !== undefined)
    .map((part) => fieldOf(part, key) as unknown[]);
}

/** Nothing is in all of the sets, once what is refused is taken away. */
function isNothingLeft<T>(
  [first = [], ...others]: readonly (readonly T[])[],
  refused: readonly T[],
): boolean {
  return !first.some(
    (value) => !refused.includes(value) && others.every((other) => other.includes(value)),
  );
}

/** A trigger that no packet and no flow can fit. Paths begin in the trigger. */
export function contradictsItself(part: SimpleTriggerSpec): Problem[] {
  if (part.match === 'protocol' && protocolsOf(part).length === 0) {
    return [{ path: ['not'], message: 'expected a protocol to be left; found all of them' }];
  }
  if (part.match !== 'packet') return [];
  const { bytes = [] } = part;
  return bytes.flatMap((one, i) => {
    const j = bytes.slice(0, i).findIndex((earlier) => !doBytesMeet([earlier], [one]));
    if (j < 0) return [];
    const message = `cannot be combined with bytes[${j}]: no packet has both at one place; leave one out`;
    return [{ path: ['bytes', i, 'hex'], message }];
  });
}

function tell(path: Problem['path'], other: string, because: string): Problem {
  const message = `cannot be combined with ${other}: ${because}; leave one of them out`;
  return { path, message };
}

/** Why two parts never hold of the same packet, message or flow, if so. A message may name several hosts; so names never clash. */
function clashOf(one: SimpleTriggerSpec, other: SimpleTriggerSpec): string | undefined {
  const [hello, name] = one.match === 'tls.client-hello' ? [one, other] : [other, one];
  if (hello.match === 'tls.client-hello' && isNameOfTls(name)) {
    return hello.sni === 'absent'
      ? 'a ClientHello without a server name has no such name'
      : undefined;
  }
  if (one.match === 'address' && other.match === 'address') {
    return doAddressesMeet(one, other) ? undefined : 'no address is in both';
  }
  if (one.match === 'protocol' && other.match === 'protocol') {
    const both = protocolsOf(one).filter((protocol) => protocolsOf(other).includes(protocol));
    return both.length > 0 ? undefined : 'a flow has one first payload, of one protocol';
  }
  if (one.match === 'packet' && other.match === 'packet') {
    const [least, most] = [
      Math.max(one.min_length ?? 1, other.min_length ?? 1, endOf(one), endOf(other)),
      Math.min(one.max_length ?? Infinity, other.max_length ?? Infinity),
    ];
    if (least > most) return `no packet has at least ${least} and at most ${counted(most, 'byte')}`;
    return doBytesMeet(one.bytes ?? [], other.bytes ?? [])
      ? undefined
      : 'no packet has both bytes at one place';
  }
  if (one.match !== other.match) return undefined;
  const field = fieldsOf(one).find(([key, value]) => {
    const second = fieldOf(other, key);
    return second !== undefined && isDisjoint(key, value, second);
  });
  return field && `no message has both values of "${field[0]}"`;
}

/** Whether the second part holds wherever the first does. */
function implies(one: SimpleTriggerSpec, other: SimpleTriggerSpec): boolean {
  if (isNameOfTls(one) && other.match === 'tls.client-hello') {
    return fieldsOf(other).every(([key, value]) => key === 'sni' && value === 'present');
  }
  if (one.match === 'address' && other.match === 'address') return isAddressWithin(one, other);
  if (one.match === 'packet' && other.match === 'packet') return isPacketWithin(one, other);
  if (one.match === 'protocol' && other.match === 'protocol') {
    return isSubset(protocolsOf(one), protocolsOf(other));
  }
  if (one.match !== other.match) return false;
  if (one.match === 'volume' && other.match === 'volume') {
    const isOver = (key: 'bytes_over' | 'packets_over'): boolean =>
      one[key] === undefined || (other[key] ?? Infinity) <= one[key];
    return (
      (one.of === other.of || other.of === 'both') && isOver('bytes_over') && isOver('packets_over')
    );
  }
  if (one.match === 'http.url' || one.match === 'payload') {
    return areKeywordsWithin(one, other as KeywordsSpec);
  }
  if ('domains' in one || 'list' in one) return areNamesWithin(one, other as NamesSpec);
  return fieldsOf(other).every(([key, value]) => isFieldWithin(key, fieldOf(one, key), value));
}

/** Whether one of two parts always holds, as with and without ECH. */
function isOpposite(one: SimpleTriggerSpec, other: SimpleTriggerSpec): boolean {
  if (one.match !== 'tls.client-hello' || other.match !== 'tls.client-hello') return false;
  const [[key, value] = [], ...more] = fieldsOf(one);
  const [[second, opposite] = [], ...rest] = fieldsOf(other);
  return (
    more.length + rest.length === 0 &&
    key === second &&
    typeof value === 'boolean' &&
    value !== opposite
  );
}

function areKeywordsWithin(one: KeywordsSpec, other: KeywordsSpec): boolean {
  if (one.whole_token !== other.whole_token || one.case_sensitive !== other.case_sensitive)
    return false;
  return KEYWORD_KEYS.every((key) => isSubset(one[key] ?? [], other[key] ?? []));
}

function areNamesWithin(one: NamesSpec, other: NamesSpec): boolean {
  const { domains = [], list, as } = one;
  if (as !== other.as || (list !== undefined && list !== other.list)) return false;
  return domains.every((name) =>
    (other.domains ?? []).some(
      (outer) => outer === name || (as === 'suffix' && isWithin(name, outer)),
    ),
  );
}

function isFieldWithin(key: string, one: unknown, other: unknown): boolean {
  if (one === undefined) return false;
  return ANY_OF.has(key) ? isSubset(one as unknown[], other as unknown[]) : isEqual(one, other);
}

function isDisjoint(key: string, one: unknown, other: unknown): boolean {
  if (!ANY_OF.has(key)) return ONE_OF.has(key) && !isEqual(one, other);
  const [values, others] = [one as unknown[], other as unknown[]];
  // A JA3 and its MD5 may stand for the same.
  if (new Set([...values, ...others].map((value) => String(value).includes(','))).size > 1)
    return false;
  return !values.some((value) => others.includes(value));
}

function fieldsOf({ match: _, ...fields }: SimpleTriggerSpec): [key: string, value: unknown][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined);
}

function fieldOf(part: SimpleTriggerSpec, key: string): unknown {
  return (part as Readonly<Record<string, unknown>>)[key];
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isSubset<T>(some: readonly T[], all: readonly T[]): boolean {
  return some.every((value) => all.includes(value));
}

function isNameOfTls({ match }: SimpleTriggerSpec): boolean {
  return match === 'tls.sni' || match === 'quic.sni';
}

function protocolsOf({ is, not = [] }: ProtocolSpec): readonly string[] {
  const left: readonly string[] = is ?? PROTOCOLS;
  return left.filter((protocol) => !not.some((one) => one === protocol));
}

type ProtocolSpec = Extract<SimpleTriggerSpec, { readonly match: 'protocol' }>;

const PROTOCOLS: readonly string[] = ['tls', 'http', 'dns', 'ssh', 'quic', 'unknown'];
const KEYWORD_KEYS = ['keywords', 'hex', 'patterns'] as const;
/** Fields of which a message has one value, and a part asks for one of several. */
const ANY_OF: ReadonlySet<string> = new Set([
  ...['ja3', 'ja4', 'ja3s', 'version', 'cipher', 'session_id_length', 'key_share_group'],
]);
/** Fields of which a message has one value, and a part asks for just that. */
const ONE_OF: ReadonlySet<string> = new Set(['sni', 'ech', 'esni', 'ciphers', 'extensions']);
