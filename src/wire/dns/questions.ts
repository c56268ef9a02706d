import { u16 } from '../../base/bytes.ts';
import { DnsName } from './name.ts';
import type { DnsQuery } from './query.ts';

/** A question behind the first one of a message; the name is valid until the next. */
export interface FurtherQuestion {
  readonly name: DnsName;
  readonly qtype: number;
}

/** The questions behind the first, as many as the header promises and the message holds whole. */
export function* furtherQuestions(query: DnsQuery): Generator<FurtherQuestion> {
  const { bytes, messageAt, messageEnd, qdcount } = query;
  const name = new DnsName();
  let at = query.questionEnd;
  for (let i = 1; i < qdcount; i++) {
    const typeAt = name.read(bytes, messageAt, at, messageEnd);
    if (typeAt < 0 || typeAt + 4 > messageEnd) return;
    yield { name, qtype: u16(bytes, typeAt) };
    at = typeAt + 4;
  }
}
