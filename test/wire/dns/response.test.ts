import { decode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DnsQuery } from '../../../src/wire/dns/query.ts';
import {
  buildDnsResponse,
  type DnsAnswer,
  type DnsResponse,
  withTcpLength,
} from '../../../src/wire/dns/response.ts';
import { dnsMessage, dnsQuery, OPT } from '../../support/dns.ts';
import { addressBytes, concat, edit, hex, placed } from '../../support/packets.ts';

const NAME = 'wWw.meydan.tv';
const QUERY = dnsQuery(NAME);
const NO_ANSWERS: DnsResponse = { rcode: 'noerror', answers: [] };
const V4: DnsAnswer = { type: 'A', address: addressBytes('10.10.34.34'), ttl: 300 };
const V6: DnsAnswer = { type: 'AAAA', address: addressBytes('d0::11'), ttl: 0xffff_ffff };

test('a forged answer is these bytes', () => {
  const response = respond(dnsQuery('a.tv'), { rcode: 'noerror', answers: [V4] });
  expect(response).toEqual(hex`
    12 34 81 80 00 01 00 01 00 00 00 00   # id, response RD RA, one question, one answer
    01 61 02 74 76 00  00 01 00 01        # a.tv A IN
    c0 0c 00 01 00 01 00 00 01 2c 00 04 0a 0a 22 22
  `);
});

test.each([
  { rcode: 'noerror' as const, code: 'NOERROR' },
  { rcode: 'servfail' as const, code: 'SERVFAIL' },
  { rcode: 'nxdomain' as const, code: 'NXDOMAIN' },
  { rcode: 'refused' as const, code: 'REFUSED' },
])('$rcode is $code to another program', ({ rcode, code }) => {
  const response = decode(Buffer.from(respond(QUERY, { rcode, answers: [] })));
  expect(response).toMatchObject({ type: 'response', id: 0x1234, rcode: code, answers: [] });
  expect(response.questions).toEqual([{ name: NAME, type: 'A', class: 'IN' }]);
});

test('several answers, of both kinds, are of the name that was asked for', () => {
  const response = decode(Buffer.from(respond(QUERY, { rcode: 'noerror', answers: [V4, V6, V4] })));
  expect(response.answers).toMatchObject([
    { name: NAME, type: 'A', class: 'IN', ttl: 300, data: '10.10.34.34' },
    { name: NAME, type: 'AAAA', class: 'IN', ttl: 0xffff_ffff, data: 'd0::11' },
    { name: NAME, type: 'A', class: 'IN', ttl: 300, data: '10.10.34.34' },
  ]);
});

describe('the flags of a response', () => {
  test.each([
    { name: 'echo RD', query: QUERY, response: NO_ANSWERS, want: 0x8180 },
    {
      name: 'echo that RD is not set',
      query: edit(QUERY, 2, 0),
      response: NO_ANSWERS,
      want: 0x8080,
    },
    {
      name: 'say AA when asked to',
      query: QUERY,
      response: { ...NO_ANSWERS, isAuthoritative: true },
      want: 0x8580,
    },
    {
      name: 'do not echo TC, AD or CD',
      query: edit(QUERY, 2, 0x03, 0x30),
      response: NO_ANSWERS,
      want: 0x8180,
    },
    { name: 'echo the opcode', query: edit(QUERY, 2, 0x11), response: NO_ANSWERS, want: 0x9180 },
  ])('$name', ({ query, response, want }) => {
    expect(respond(query, response).slice(2, 4)).toEqual(Uint8Array.of(want >>> 8, want & 0xff));
  });
});

test('a response has one question and no EDNS, whatever the query has', () => {
  const [question, other] = [
    { type: 'A', name: NAME } as const,
    { type: 'A', name: 'b.example' } as const,
  ];
  const query = dnsMessage({
    questions: [question, other],
    additionals: [OPT],
  });
  expect(respond(query, NO_ANSWERS)).toEqual(respond(QUERY, NO_ANSWERS));
});

test('over TCP the length comes first', () => {
  expect(withTcpLength(QUERY)).toEqual(concat(Uint8Array.of(0, QUERY.length), QUERY));
});

test('a response is read back as what was built', () => {
  const anyAnswer = fc.oneof(
    fc
      .uint8Array({ minLength: 4, maxLength: 4 })
      .map((address): DnsAnswer => ({ type: 'A', address, ttl: 1 })),
    fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((address): DnsAnswer => ({ type: 'AAAA', address, ttl: 1 })),
  );
  fc.assert(
    fc.property(fc.array(anyAnswer, { maxLength: 8 }), fc.boolean(), (answers, isAuthoritative) => {
      const message = respond(QUERY, { rcode: 'noerror', answers, isAuthoritative });
      const read = new DnsQuery({ qdStrict: true }).read(message, 0, message.length);
      expect(read).toMatchObject({
        status: 'response',
        ancount: answers.length,
        rcode: 0,
        hasEdns: false,
      });
      expect(read.messageEnd).toBe(message.length);
    }),
  );
});

function respond(query: Uint8Array, response: DnsResponse): Uint8Array {
  const { bytes, at, end } = placed(query);
  return buildDnsResponse(new DnsQuery({ qdStrict: false }).read(bytes, at, end), response);
}
