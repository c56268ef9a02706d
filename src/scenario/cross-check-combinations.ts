import { contradictions } from './contradictions.ts';
import { transportOfAddresses } from './contradictions-address.ts';
import type { Problem } from './problem.ts';
import type { CombinationSpec, SimpleTriggerSpec, TriggerSpec } from './trigger-schema.ts';

/** The triggers that a trigger is made of, with what must not hold; itself, if it is one alone. */
export function partsOf(trigger: TriggerSpec): readonly SimpleTriggerSpec[] {
  return trigger.match === 'all' ? [...trigger.of, ...(trigger.not ?? [])] : [trigger];
}

/** The parts with their places in the trigger. */
export function placedParts(
  trigger: TriggerSpec,
): readonly { readonly part: SimpleTriggerSpec; readonly path: Problem['path'] }[] {
  if (trigger.match !== 'all') return [{ part: trigger, path: [] }];
  const place = (key: 'of' | 'not') => (part: SimpleTriggerSpec, i: number) => ({
    part,
    path: [key, i],
  });
  return [...trigger.of.map(place('of')), ...(trigger.not ?? []).map(place('not'))];
}

/** Parts that no flow could show together, and what cannot be known not to be there. Paths begin in the trigger. */
export function impossibleCombination({ of, not = [] }: CombinationSpec): Problem[] {
  const problems: Problem[] = [];
  if (of.length + not.length === 1) {
    const message =
      'expected another part, here or in `not`; found one alone: write it without `all`';
    problems.push({ path: ['of'], message });
  }
  const tcp = of.find((part) => transportOf(part) === 'tcp');
  const udp = of.findIndex((part) => transportOf(part) === 'udp');
  if (tcp !== undefined && udp >= 0) {
    const message = `"${of[udp]?.match}" cannot be combined with ${tcp.match}: one is of UDP, the other of TCP, and no flow is both`;
    problems.push({ path: ['of', udp, 'match'], message });
  }
  const unknown = not.flatMap((part, i) => unknowable(part, i, of));
  return [...problems, ...unknown, ...contradictions({ match: 'all', of, not })];
}

/** What is not there is known of what the flow begins with, of the packet, or of a message that another part is about. */
function unknowable(
  part: SimpleTriggerSpec,
  i: number,
  of: readonly SimpleTriggerSpec[],
): Problem[] {
  if (ALWAYS_KNOWN.includes(part.match)) return [];
  const message = MESSAGES.find((kinds) => kinds.includes(part.match));
  if (message !== undefined && of.some(({ match }) => message.includes(match))) return [];
  const others = message?.filter((kind) => kind !== part.match) ?? [];
  const instead =
    message === undefined
      ? `more bytes may always come; expected one of ${ALWAYS_KNOWN.join(', ')}`
      : `nothing else here is about the same message; expected ${[part.match, ...others].join(' or ')} among \`of\``;
  return [
    {
      path: ['not', i, 'match'],
      message: `"${part.match}" cannot be known not to come: ${instead}`,
    },
  ];
}

function transportOf(part: SimpleTriggerSpec): 'tcp' | 'udp' | undefined {
  if (part.match === 'packet') return part.transport;
  if (part.match === 'address') return transportOfAddresses(part);
  if (part.match === 'protocol') return transportOfProtocols(part.is ?? []);
  if (part.match === 'quic.sni') return 'udp';
  return OF_TCP.includes(part.match) ? 'tcp' : undefined;
}

function transportOfProtocols(is: readonly string[]): 'tcp' | 'udp' | undefined {
  if (is.length === 0) return undefined;
  if (is.every((protocol) => protocol === 'quic')) return 'udp';
  return is.every((protocol) => ['tls', 'http', 'ssh'].includes(protocol)) ? 'tcp' : undefined;
}

const ALWAYS_KNOWN: readonly string[] = [
  'address',
  'packet',
  'protocol',
  'fully-encrypted',
  'volume',
];
/** What shows in the same message. */
const MESSAGES: readonly (readonly string[])[] = [
  ['http.host', 'http.url'],
  ['tls.sni', 'quic.sni', 'tls.client-hello'],
  ['tls.server-flight'],
  ['dns.qname'],
];
const OF_TCP: readonly string[] = ['http.host', 'http.url', 'tls.sni', 'fully-encrypted'];
