import { readFileSync } from 'node:fs';
import { address } from '../policy/match/address.ts';
import { all, type Part } from '../policy/match/all.ts';
import { clientHello } from '../policy/match/client-hello.ts';
import { fullyEncrypted } from '../policy/match/first-payload.ts';
import { parseHex } from '../policy/match/keyword-set.ts';
import { keywords } from '../policy/match/keywords.ts';
import type { Matcher } from '../policy/match/matcher.ts';
import { names } from '../policy/match/names.ts';
import { packet } from '../policy/match/packet.ts';
import { protocol } from '../policy/match/protocol.ts';
import { serverFlight } from '../policy/match/server-flight.ts';
import { volume } from '../policy/match/volume.ts';
import type { Model, NameMatch } from '../policy/model.ts';
import { isRaw } from './direction.ts';
import { inALabels } from './list-reading.ts';
import type {
  KeywordsSpec,
  NamesSpec,
  PacketSpec,
  SimpleTriggerSpec,
  TriggerSpec,
} from './trigger-schema.ts';

/** Names as they stand in a trigger, or as the bytes of its list file. */
export type ListOf = (trigger: NamesSpec) => readonly string[] | Uint8Array;

/** Reads each list file once, however many rules have it. */
export function readingLists(): ListOf {
  const read = new Map<string, readonly string[] | Uint8Array>();
  return (trigger) => {
    const key = JSON.stringify([trigger.list, trigger.domains]);
    const list = read.get(key) ?? listOf(trigger);
    read.set(key, list);
    return list;
  };
}

/** What a trigger of a scenario stands for in a box of this model. */
export function matcherOf(trigger: TriggerSpec, model: Model, namesOf: ListOf): Matcher {
  if (trigger.match !== 'all') return simpleMatcherOf(trigger, model, namesOf);
  const part =
    (isNegated: boolean) =>
    (one: SimpleTriggerSpec): Part => ({
      trigger: simpleMatcherOf(one, model, namesOf),
      isNegated,
      isRaw: one.match === 'payload' || isRaw(one.match, model),
    });
  return all([...trigger.of.map(part(false)), ...(trigger.not ?? []).map(part(true))]);
}

function simpleMatcherOf(trigger: SimpleTriggerSpec, model: Model, namesOf: ListOf): Matcher {
  switch (trigger.match) {
    case 'http.host':
    case 'tls.sni':
    case 'quic.sni':
    case 'dns.qname':
      return names(trigger.match, {
        names: trigger.patterns ?? namesOf(trigger),
        how: nameMatchOf(trigger, model),
        normalise: model.host.normalise,
      });
    case 'http.url':
    case 'payload':
      return keywordsOf(trigger);
    case 'address':
      return address(trigger);
    case 'tls.client-hello':
      return clientHello(trigger);
    case 'tls.server-flight': {
      const { session_id_length: sessionIdLength, key_share_group: keyShareGroup } = trigger;
      return serverFlight({ ...trigger, sessionIdLength, keyShareGroup });
    }
    case 'protocol':
      return protocol(trigger.is === undefined ? { not: trigger.not ?? [] } : { is: trigger.is });
    case 'fully-encrypted':
      return fullyEncrypted();
    case 'volume': {
      const { bytes_over: bytesOver, packets_over: packetsOver, of } = trigger;
      return volume({ bytesOver, packetsOver, of });
    }
    case 'packet':
      return packetOf(trigger);
  }
}

function packetOf({ transport, min_length, max_length, bytes }: PacketSpec): Matcher {
  return packet({
    transport,
    minLength: min_length,
    maxLength: max_length,
    bytes: bytes?.map(({ at, hex, mask }) => ({
      at,
      value: parseHex(hex) as Uint8Array,
      mask: mask === undefined ? undefined : parseHex(mask),
    })),
  });
}

/** How the names of a trigger are compared: as it says itself, or else as the box does. */
export function nameMatchOf({ as, patterns }: NamesSpec, model: Model): NameMatch {
  return as ?? (patterns === undefined ? model.host.match : 'regex');
}

function listOf({ domains = [], list }: NamesSpec): readonly string[] | Uint8Array {
  if (list === undefined) return domains;
  const more = domains.map((name) => `\n${name}`).join('');
  return Buffer.concat([inALabels(readFileSync(list)), Buffer.from(more)]);
}

/** Hexadecimal stands for those very bytes: letter case and tokens are for text. */
function keywordsOf(trigger: KeywordsSpec): Matcher {
  const { match, hex = [], patterns = [] } = trigger;
  const text = keywords(match, {
    keywords: trigger.keywords ?? [],
    patterns,
    caseSensitive: trigger.case_sensitive,
    wholeToken: trigger.whole_token,
  });
  if (hex.length === 0) return text;
  const bytes = keywords(match, {
    keywords: hex.map((digits) => parseHex(digits) as Uint8Array),
    patterns: [],
    caseSensitive: true,
  });
  return { observes: match, matches: (seen) => text.matches(seen) || bytes.matches(seen) };
}
