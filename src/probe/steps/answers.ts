import { isIPv6 } from 'node:net';
import { type Answer, decode, type Packet } from 'dns-packet';
import type { DnsAnswer } from '../../ooni/techniques.ts';

/** Of an answer to a question, as OONI's data formats have it. */
export interface Answered {
  readonly failure: string | null;
  readonly addresses: readonly string[];
}

/** An answer's bytes read. */
export interface Response extends Answered {
  readonly id: number;
  readonly rcode: number;
  readonly answers: DnsAnswer[];
}

/** The number of the autonomous system that an address belongs to; 0 if that is not known. */
export type AsnOf = (address: string) => number;

export function addressAnswer(address: string, ttl: number | null, asnOf: AsnOf): DnsAnswer {
  const asn = asnOf(address);
  const known = asn === 0 ? {} : { asn };
  return isIPv6(address)
    ? { answer_type: 'AAAA', ipv6: address, ttl, ...known }
    : { answer_type: 'A', ipv4: address, ttl, ...known };
}

/** Undefined: these bytes are no response. */
export function readResponse(
  bytes: Buffer,
  type: 'A' | 'AAAA',
  asnOf: AsnOf,
): Response | undefined {
  let packet: Packet;
  try {
    packet = decode(bytes);
  } catch {
    return undefined;
  }
  if (packet.type !== 'response') return undefined;
  const answers = (packet.answers ?? []).flatMap((answer) => answerOf(answer, asnOf));
  const addresses = answers.flatMap(({ ipv4, ipv6 }) => (type === 'A' ? ipv4 : ipv6) ?? []);
  const rcode = (packet.flags ?? 0) & 0xf;
  const failure =
    rcode === 0
      ? addresses.length === 0
        ? 'dns_no_answer'
        : null
      : (RCODES[rcode] ?? 'dns_server_misbehaving');
  return { id: packet.id ?? 0, rcode, answers, addresses, failure };
}

function answerOf(answer: Answer, asnOf: AsnOf): DnsAnswer[] {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return [addressAnswer(answer.data, answer.ttl ?? null, asnOf)];
    case 'CNAME':
      return [{ answer_type: 'CNAME', hostname: answer.data, ttl: answer.ttl ?? null }];
    default:
      return [];
  }
}

/** RFC 1035 §4.1.1. */
const RCODES: Readonly<Record<number, string>> = {
  2: 'dns_servfail_error',
  3: 'dns_nxdomain_error',
  5: 'dns_refused_error',
};
