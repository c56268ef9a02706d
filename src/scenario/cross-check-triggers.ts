import { parseHex } from '../policy/match/keyword-set.ts';
import { contradictsItself } from './contradictions.ts';
import { impossibleCombination, placedParts } from './cross-check-combinations.ts';
import { type Problem, within } from './problem.ts';
import type {
  KeywordsSpec,
  NamesSpec,
  PacketSpec,
  ServerFlightSpec,
  TriggerSpec,
} from './trigger-schema.ts';

/** Triggers that ask for nothing, or for what cannot be. Paths begin in the trigger. */
export function impossibleTriggers(trigger: TriggerSpec): Problem[] {
  if (trigger.match === 'all') {
    const parts = placedParts(trigger).flatMap(({ part, path }) =>
      within(path, impossibleTriggers(part)),
    );
    return [...parts, ...impossibleCombination(trigger)];
  }
  switch (trigger.match) {
    case 'http.host':
    case 'tls.sni':
    case 'quic.sni':
    case 'dns.qname':
      return namesProblems(trigger);
    case 'http.url':
    case 'payload':
      return keywordsProblems(trigger);
    case 'tls.server-flight':
      return flightProblems(trigger);
    case 'protocol':
      if (trigger.is !== undefined && trigger.not !== undefined) {
        return [{ path: ['not'], message: 'cannot be combined with "is"; leave one of them out' }];
      }
      return [
        ...(trigger.is === undefined ? needsOne(trigger, ['not'], ['is', 'not']) : []),
        ...contradictsItself(trigger),
      ];
    case 'volume':
      return needsOne(trigger, ['bytes_over', 'packets_over']);
    case 'packet':
      return packetProblems(trigger);
    default:
      return [];
  }
}

function namesProblems(trigger: NamesSpec): Problem[] {
  const { domains, list, patterns, as } = trigger;
  if (patterns === undefined) return needsOne(trigger, ['domains', 'list'], NAMES);
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries({ domains, list })) {
    if (value === undefined) continue;
    const message = `names cannot be combined with patterns in one trigger; expected a rule of its own for them`;
    problems.push({ path: [key], message });
  }
  if (as !== undefined && as !== 'regex') {
    const message = `"${as}" cannot be combined with patterns, which are regular expressions; leave it out`;
    problems.push({ path: ['as'], message });
  }
  return problems;
}

function keywordsProblems(trigger: KeywordsSpec): Problem[] {
  const problems = needsOne(trigger, ['keywords', 'hex', 'patterns']);
  if (trigger.keywords !== undefined) return problems;
  for (const key of ['whole_token', 'case_sensitive'] as const) {
    if (!trigger[key]) continue;
    const message = 'true has no effect: it is for keywords, and there are none; leave it out';
    problems.push({ path: [key], message });
  }
  return problems;
}

function packetProblems(trigger: PacketSpec): Problem[] {
  const { min_length: least, max_length: most, bytes = [] } = trigger;
  const problems = needsOne(trigger, ['transport', 'min_length', 'max_length', 'bytes']);
  if (least !== undefined && most !== undefined && least > most) {
    const message = `expected at most max_length, which is ${most}; found ${least}`;
    problems.push({ path: ['min_length'], message });
  }
  for (const [i, { at, hex }] of bytes.entries()) {
    const end = at + (parseHex(hex)?.length ?? 0);
    if (most === undefined || end <= most) continue;
    const message = `expected bytes within max_length, which is ${most}; found bytes up to ${end}`;
    problems.push({ path: ['bytes', i, 'at'], message });
  }
  return [...problems, ...contradictsItself(trigger)];
}

function flightProblems(trigger: ServerFlightSpec): Problem[] {
  const { version, subject, issuer, key_share_group: group } = trigger;
  if (version === undefined) return [];
  const problems: Problem[] = [];
  const impossible = (key: string, value: unknown, because: string): void => {
    if (value === undefined) return;
    const versions = version.map((code) => `0x${code.toString(16).padStart(4, '0')}`).join(', ');
    const message = `cannot be combined with version ${versions}: ${because}`;
    problems.push({ path: [key], message });
  };
  if (version.every((code) => code >= TLS_1_3)) {
    impossible('subject', subject, 'TLS 1.3 encrypts the certificate');
    impossible('issuer', issuer, 'TLS 1.3 encrypts the certificate');
  }
  if (version.every((code) => code < TLS_1_3)) {
    impossible('key_share_group', group, 'only TLS 1.3 has key shares');
  }
  return problems;
}

/** At least one of the keys must be there; `told` are all that a person may choose from. */
function needsOne(trigger: object, keys: readonly string[], told = keys): Problem[] {
  if (keys.some((key) => key in trigger)) return [];
  const quoted = told.map((key) => `"${key}"`);
  const choice = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  const found = told.length === 2 ? 'neither' : 'none of them';
  return [{ path: [], message: `expected ${choice}; found ${found}` }];
}

const NAMES = ['domains', 'list', 'patterns'];
const TLS_1_3 = 0x0304;
