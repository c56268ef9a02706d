import { formatAddress } from '../../base/address.ts';
import type { Millis } from '../../base/units.ts';
import { buildDatagram, buildSegment } from '../../wire/build.ts';
import type { DnsQuery } from '../../wire/dns/query.ts';
import {
  buildDnsResponse,
  type DnsAnswer,
  type DnsResponse,
  withTcpLength,
} from '../../wire/dns/response.ts';
import { ACK, PSH } from '../../wire/tcp.ts';
import type { Injection } from '../verdict.ts';
import { expectedBySender, ipIdOf, type ResetShape, ttlOf } from './reset.ts';
import type { Plan, Trigger } from './trigger.ts';

/**
 * Lie about a name. In path, the query does not reach the resolver, or the resolver's answer is replaced, if that set it off;
 * on path, the lie races the answer.
 */
export interface DnsAction {
  readonly do: 'dns';
  readonly rcode: DnsResponse['rcode'];
  /** Of both families; a question for one gets the records of that one. */
  readonly answers: readonly DnsAnswer[];
  readonly count: number;
  readonly delay: Millis;
  readonly ttl: ResetShape['ttl'];
  readonly ipId: ResetShape['ipId'];
}

export function dns(action: DnsAction, trigger: Trigger): Plan {
  const { found, packet, isInPath } = trigger;
  const { query } = found;
  if (found.kind !== 'dns.qname' || query === undefined) return { original: 'accept', packets: [] };
  const isAnswer = query.status === 'response';
  const answers = answersTo(query, action);
  const message = buildDnsResponse(query, { ...action, answers });
  const packets = Array.from({ length: action.count }, (): Injection => {
    const way = isAnswer ? 'along' : 'back';
    const what = { answer: nameOf(action.rcode, answers) };
    return { way, frame: frameOf(action, trigger, way, message), delay: action.delay, what };
  });
  if (!isInPath) return { original: 'accept', packets };
  return { original: isAnswer && packet.isUdp ? 'replace' : 'drop', packets };
}

function answersTo({ qtype }: DnsQuery, { answers }: DnsAction): readonly DnsAnswer[] {
  return answers.filter(({ type }) => qtype === (type === 'A' ? 1 : 28));
}

function nameOf(rcode: DnsAction['rcode'], answers: readonly DnsAnswer[]): string {
  const addresses = answers.map(({ type, address }) =>
    formatAddress(address, 0, type === 'A' ? 4 : 6),
  );
  return rcode === 'noerror' ? addresses.join(' ') || 'empty' : rcode;
}

function frameOf(
  action: DnsAction,
  trigger: Trigger,
  way: 'back' | 'along',
  message: Uint8Array,
): Uint8Array {
  const { packet, random } = trigger;
  const envelope = {
    ttl: ttlOf(action.ttl, packet, random),
    ipId: ipIdOf(action.ipId, packet, random),
  };
  if (packet.isUdp) return buildDatagram(packet, way, message, envelope);
  return buildSegment(packet, way, {
    ...envelope,
    seq: way === 'along' ? packet.seq : expectedBySender(trigger),
    ack: way === 'along' ? packet.ack : (packet.seq + packet.sequenceLength) | 0,
    flags: ACK | PSH,
    window: 0xffff,
    payload: withTcpLength(message),
  });
}
