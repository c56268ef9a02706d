import { putU16, putU32 } from '../../base/bytes.ts';
import {
  CLASS_IN,
  FLAG_AUTHORITATIVE,
  FLAG_RECURSION_AVAILABLE,
  FLAG_RECURSION_DESIRED,
  FLAG_RESPONSE,
  HEADER_LENGTH,
  OPCODE_MASK,
  TYPE_A,
  TYPE_AAAA,
} from './numbers.ts';
import type { DnsQuery } from './query.ts';

export interface DnsResponse {
  readonly rcode: 'noerror' | 'servfail' | 'nxdomain' | 'refused';
  /** None, and `noerror`: the name exists, but has no such record. */
  readonly answers: readonly DnsAnswer[];
  readonly isAuthoritative?: boolean;
}

export interface DnsAnswer {
  readonly type: 'A' | 'AAAA';
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** In seconds. */
  readonly ttl: number;
}

/**
 * The response to a query: its id, RD bit and question, recursion available, no EDNS whatever the query has. Each answer
 * is of the name that was asked for, whether it was asked for that type or not.
 */
export function buildDnsResponse(query: DnsQuery, response: DnsResponse): Uint8Array {
  const { bytes, questionAt, questionEnd } = query;
  const question = bytes.subarray(questionAt, questionEnd);
  const answers = response.answers.map(buildAnswer);
  const length = answers.reduce((sum, answer) => sum + answer.length, 0);
  const message = new Uint8Array(HEADER_LENGTH + question.length + length);
  putU16(message, 0, query.id);
  putU16(message, 2, flagsFor(query, response));
  putU16(message, 4, 1);
  putU16(message, 6, answers.length);
  message.set(question, HEADER_LENGTH);
  let at = HEADER_LENGTH + question.length;
  for (const answer of answers) {
    message.set(answer, at);
    at += answer.length;
  }
  return message;
}

/** The message as it goes over TCP, behind two bytes of length (RFC 1035 §4.2.2). */
export function withTcpLength(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(2 + message.length);
  putU16(framed, 0, message.length);
  framed.set(message, 2);
  return framed;
}

function flagsFor(query: DnsQuery, { rcode, isAuthoritative }: DnsResponse): number {
  const echoed = query.flags & (OPCODE_MASK | FLAG_RECURSION_DESIRED);
  const authoritative = isAuthoritative ? FLAG_AUTHORITATIVE : 0;
  return FLAG_RESPONSE | echoed | authoritative | FLAG_RECURSION_AVAILABLE | RCODES[rcode];
}

function buildAnswer({ type, address, ttl }: DnsAnswer): Uint8Array {
  const record = new Uint8Array(12 + address.length);
  putU16(record, 0, NAME_OF_QUESTION);
  putU16(record, 2, type === 'A' ? TYPE_A : TYPE_AAAA);
  putU16(record, 4, CLASS_IN);
  putU32(record, 6, ttl);
  putU16(record, 10, address.length);
  record.set(address, 12);
  return record;
}

/** A compression pointer to the byte behind the header (RFC 1035 §4.1.4). */
const NAME_OF_QUESTION = 0xc000 | HEADER_LENGTH;
const RCODES = { noerror: 0, servfail: 2, nxdomain: 3, refused: 5 } as const;
