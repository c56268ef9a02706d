import { decode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DnsQuery } from '../../../src/wire/dns/query.ts';
import { withTcpLength } from '../../../src/wire/dns/response.ts';
import { dnsMessage, dnsQuery, labels, OPT } from '../../support/dns.ts';
import { growthPerCall } from '../../support/growth.ts';
import {
  ascii,
  clientHello,
  concat,
  edit,
  hex,
  httpRequest,
  placed,
} from '../../support/packets.ts';

const NAME = 'www.meydan.tv';
const QUERY = dnsQuery(NAME);
const STRICT = { qdStrict: true };
const LENIENT = { qdStrict: false };
const A_QUESTION = { type: 'A', name: NAME } as const;
const A_RECORD = { type: 'A', name: NAME, ttl: 60, data: '198.18.0.80' } as const;
const OPT_BYTES = hex`00 00 29 04 d0 00 00 00 00 00 00`;
const WITH_EDNS = edit(concat(QUERY, OPT_BYTES), 10, 0, 1);

describe.each([
  { how: 'strictly', reading: STRICT },
  { how: 'leniently', reading: LENIENT },
])('read $how', ({ reading }) => {
  test('a query shows its fields and the name it asks for', () => {
    const query = read(QUERY, reading);
    expect(query).toMatchObject({
      status: 'query',
      id: 0x1234,
      flags: 0x0100,
      opcode: 0,
      rcode: 0,
      qdcount: 1,
      ancount: 0,
      nscount: 0,
      arcount: 0,
      qtype: 1,
      qclass: 1,
      hasEdns: false,
      hasOddLabel: false,
    });
    expect(nameOf(query)).toBe(NAME);
    expect(query.questionEnd).toBe(query.messageEnd);
  });

  test('a response is one, and shows what was asked', () => {
    const flags = 0x8180 | 3;
    const bytes = dnsMessage({
      type: 'response',
      flags,
      questions: [A_QUESTION],
      answers: [A_RECORD],
    });
    const response = read(bytes, reading);
    expect(response).toMatchObject({ status: 'response', rcode: 3, qdcount: 1, ancount: 1 });
    expect(nameOf(response)).toBe(NAME);
  });

  test.each([
    { name: 'AAAA', qtype: 28, bytes: dnsMessage({ questions: [{ type: 'AAAA', name: NAME }] }) },
    { name: 'of any type', qtype: 255, bytes: edit(QUERY, QUERY.length - 4, 0, 255) },
    { name: 'of class CHAOS', qtype: 1, bytes: edit(QUERY, QUERY.length - 2, 0, 3) },
    {
      name: 'of multicast DNS that asks for a unicast answer',
      qtype: 1,
      bytes: edit(QUERY, QUERY.length - 2, 0x80, 1),
    },
    { name: 'with EDNS', qtype: 1, bytes: WITH_EDNS },
    { name: 'with AD and CD', qtype: 1, bytes: edit(QUERY, 3, 0x30) },
    { name: 'without RD', qtype: 1, bytes: edit(QUERY, 2, 0) },
    { name: 'with bytes behind it', qtype: 1, bytes: concat(QUERY, hex`ff ff ff`) },
  ])('a query $name is one', ({ bytes, qtype }) => {
    const query = read(bytes, reading);
    expect(query).toMatchObject({ status: 'query', qtype });
    expect(nameOf(query)).toBe(NAME);
  });

  test.each([
    { name: 'no bytes', bytes: hex`` },
    { name: 'a header alone', bytes: QUERY.slice(0, 12) },
    { name: 'a query that is cut in its name', bytes: QUERY.slice(0, 20) },
    { name: 'a query that is cut in its class', bytes: QUERY.slice(0, -1) },
    { name: 'a query of class 0', bytes: edit(QUERY, QUERY.length - 2, 0, 0) },
    { name: 'a query of class 2', bytes: edit(QUERY, QUERY.length - 2, 0, 2) },
    { name: 'a query of type 0', bytes: edit(QUERY, QUERY.length - 4, 0, 0) },
    { name: 'a label of 64 bytes', bytes: edit(QUERY, 12, 64) },
    { name: 'zeros', bytes: new Uint8Array(48) },
    { name: 'a request of NTP', bytes: concat(hex`23 00 06 ec`, new Uint8Array(44)) },
    {
      name: 'a request of STUN',
      bytes: hex`00 01 00 00 21 12 a4 42 00 01 02 03 04 05 06 07 08 09 0a 0b`,
    },
    {
      name: 'QUIC',
      bytes: concat(
        hex`c3 00 00 00 01 08 83 94 c8 f0 3e 51 57 08 00 00`,
        new Uint8Array(1184).fill(0x9d),
      ),
    },
    { name: 'HTTP', bytes: httpRequest({ host: NAME }) },
    { name: 'a ClientHello', bytes: clientHello({ sni: NAME }) },
    { name: 'SSDP', bytes: ascii('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n') },
    {
      name: 'RTP',
      bytes: concat(hex`80 00 52 9a 00 01 38 80 5a 3c 11 02`, new Uint8Array(160).fill(0xd5)),
    },
  ])('$name is not DNS', ({ bytes }) => {
    const query = read(bytes, reading);
    expect(query.status).toBe('not-dns');
  });
});

describe('only the lenient reading takes for DNS', () => {
  const mutated = (at: number, ...values: number[]) => edit(QUERY, at, ...values);
  test.each([
    {
      name: 'two questions',
      bytes: concat(mutated(4, 0, 2), labels('b', 'example'), hex`00 01 00 01`),
    },
    { name: 'a count of no questions', bytes: mutated(4, 0, 0) },
    { name: 'a count of 65535 questions', bytes: mutated(4, 255, 255) },
    {
      name: 'a query with an answer',
      bytes: dnsMessage({ questions: [A_QUESTION], answers: [A_RECORD] }),
    },
    { name: 'a count of answers that are not there', bytes: mutated(6, 0, 1) },
    { name: 'an inverse query', bytes: mutated(2, 0x09) },
    { name: 'an opcode that there is not', bytes: mutated(2, 0x79) },
    { name: 'the bit that must be zero', bytes: mutated(3, 0x40) },
  ])('$name', ({ bytes }) => {
    expect(read(bytes, STRICT).status).toBe('not-dns');
    const query = read(bytes, LENIENT);
    expect(query.status).toBe('query');
    expect(nameOf(query)).toBe(NAME);
  });
});

describe('EDNS', () => {
  const questions = [A_QUESTION];
  test.each([
    { name: 'of a query', bytes: WITH_EDNS, has: true },
    {
      name: 'of another program',
      bytes: dnsMessage({ questions, additionals: [OPT] }),
      has: true,
    },
    {
      name: 'behind answers',
      bytes: dnsMessage({
        type: 'response',
        questions,
        answers: [A_RECORD, A_RECORD],
        additionals: [OPT],
      }),
      has: true,
    },
    { name: 'that is not counted', bytes: edit(WITH_EDNS, 10, 0, 0), has: false },
    { name: 'that is cut', bytes: WITH_EDNS.slice(0, -1), has: false },
    { name: 'that is no OPT', bytes: edit(WITH_EDNS, QUERY.length + 1, 0, 16), has: false },
    { name: 'that is counted, but not there', bytes: edit(QUERY, 10, 255, 255), has: false },
  ])('$name is seen: $has', ({ bytes, has }) => {
    expect(read(bytes, STRICT)).toMatchObject({ hasEdns: has });
  });

  test('is seen behind a second question', () => {
    const second = concat(labels('b', 'example'), hex`00 01 00 01`);
    const bytes = edit(concat(QUERY, second, OPT_BYTES), 4, 0, 2, 0, 0, 0, 0, 0, 1);
    expect(read(bytes, LENIENT).hasEdns).toBe(true);
  });
});

describe('a name', () => {
  const asked = (name: Uint8Array) => concat(QUERY.slice(0, 12), name, hex`00 01 00 01`);

  test('of the root is empty', () => {
    const query = read(asked(hex`00`), STRICT);
    expect([query.status, nameOf(query)]).toEqual(['query', '']);
  });

  test('with a dot in a label is not the name with that dot', () => {
    const query = read(asked(labels('www.meydan', 'tv')), STRICT);
    expect([query.hasOddLabel, nameOf(query)]).toEqual([true, 'www\0meydan.tv']);
  });

  test('that points behind the question is none, as servers have it', () => {
    const bytes = concat(asked(hex`03 77 77 77 c0 16`), labels('meydan', 'tv'));
    expect(read(bytes, LENIENT).status).toBe('not-dns');
  });

  test('that points into the header is read from there', () => {
    const bytes = edit(asked(hex`02 74 76 c0 08`), 8, 1, 0x78, 0, 0);
    const query = read(bytes, LENIENT);
    expect([query.status, nameOf(query)]).toEqual(['query', 'tv.x']);
    expect(query.questionEnd).toBe(query.messageEnd);
  });
});

describe('over TCP', () => {
  const framed = withTcpLength(QUERY);

  test('a query is partial until its last byte is there', () => {
    for (let cut = 1; cut <= framed.length; cut++) {
      const { bytes, at } = placed(framed);
      const query = new DnsQuery(STRICT).readTcp(bytes, at, at + cut);
      expect({ cut, status: query.status }).toEqual({
        cut,
        status: cut < framed.length ? 'partial' : 'query',
      });
    }
  });

  test('one message after the other is read, each at the end of the one before', () => {
    const { bytes, at, end } = placed(concat(framed, withTcpLength(dnsQuery('b.example'))));
    const query = new DnsQuery(STRICT).readTcp(bytes, at, end);
    expect([nameOf(query), query.messageEnd]).toEqual([NAME, at + framed.length]);
    expect(nameOf(query.readTcp(bytes, query.messageEnd, end))).toBe('b.example');
    expect(query.messageEnd).toBe(end);
  });

  test('what follows the message is no part of it', () => {
    const short = edit(concat(framed, hex`00 00 00`), 0, 0, QUERY.length - 1);
    expect(readTcp(short).status).toBe('not-dns');
  });

  test.each([
    { name: 'no bytes', bytes: hex`` },
    { name: 'a length that no message has', bytes: hex`00 10` },
    { name: 'a request of HTTP', bytes: httpRequest({ host: NAME }) },
    { name: 'a ClientHello', bytes: clientHello({ sni: NAME }) },
    { name: 'a greeting of SSH', bytes: ascii('SSH-2.0-OpenSSH_9.9\r\n') },
    { name: 'a message without its length', bytes: concat(QUERY, QUERY) },
  ])('$name is not DNS, whether it goes on or not', ({ bytes }) => {
    expect(readTcp(bytes).status).toBe('not-dns');
  });

  test('a header that is not plain is known before the message is whole', () => {
    const bytes = edit(framed, 6, 0, 2).slice(0, 14);
    expect(readTcp(bytes).status).toBe('not-dns');
    expect(new DnsQuery(LENIENT).readTcp(bytes, 0, bytes.length).status).toBe('partial');
  });
});

test('nothing of the last message is left after the next', () => {
  const query = read(WITH_EDNS, STRICT);
  query.read(hex`00`, 0, 1);
  expect(query).toMatchObject({
    status: 'not-dns',
    qtype: 0,
    qclass: 0,
    nameEnd: 0,
    hasEdns: false,
  });
});

test('reading allocates nothing', () => {
  const { bytes, at, end } = placed(WITH_EDNS);
  const query = new DnsQuery(STRICT);
  const growth = growthPerCall(() => {
    query.read(bytes, at, end);
    return query.hasEdns ? query.nameEnd + query.id : 0;
  });
  expect(growth).toBeLessThan(8);
});

test('a query is read as another program wrote it', () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
  const anyName = fc.array(label, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
  const anyType = fc.constantFrom('A' as const, 'AAAA' as const, 'TXT' as const, 'MX' as const);
  fc.assert(
    fc.property(anyName, anyType, fc.nat(0xffff), (name, type, id) => {
      const bytes = dnsMessage({ id, questions: [{ type, name }] });
      const query = read(bytes, STRICT);
      expect([query.status, query.id, nameOf(query)]).toEqual(['query', id, name]);
      expect(decode(Buffer.from(bytes)).questions?.[0]?.name).toBe(name);
    }),
  );
});

describe('whatever the bytes', () => {
  const edits = fc.array(fc.tuple(fc.nat(80), fc.nat(0xff)), { maxLength: 4 });
  const mutated = fc
    .tuple(fc.constantFrom(QUERY, WITH_EDNS), edits, fc.nat(8))
    .map(([whole, changes, cut]) => {
      const bytes = whole.slice(0, whole.length - cut);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 64 }), { arbitrary: mutated, weight: 3 });
  const anyReading = fc.record({ qdStrict: fc.boolean() });

  test('read never throws, and shows a question only inside the bytes', () => {
    fc.assert(
      fc.property(anyBytes, anyReading, (payload, reading) => {
        const { bytes, at, end } = placed(payload);
        const query = new DnsQuery(reading).read(bytes, at, end);
        expect(query.status).not.toBe('partial');
        expect(typeof query.hasEdns).toBe('boolean');
        if (query.status === 'not-dns') return;
        expect(query.questionEnd).toBeGreaterThanOrEqual(at + 17);
        expect(query.questionEnd).toBeLessThanOrEqual(end);
        expect(query.nameEnd).toBeLessThanOrEqual(253);
      }),
      { numRuns: 1000 },
    );
  });

  test('what is DNS strictly is so leniently, with the same name', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const [strict, lenient] = [read(bytes, STRICT), read(bytes, LENIENT)];
        if (strict.status === 'not-dns') return;
        expect([lenient.status, nameOf(lenient)]).toEqual([strict.status, nameOf(strict)]);
      }),
      { numRuns: 1000 },
    );
  });

  test('over TCP further bytes change no answer but "partial"', () => {
    const anyStream = fc
      .tuple(anyBytes, fc.boolean())
      .map(([bytes, isFramed]) => (isFramed ? withTcpLength(bytes) : bytes));
    fc.assert(
      fc.property(anyStream, anyReading, fc.nat(), (whole, reading, n) => {
        const cut = Math.min(whole.length, 1 + (n % Math.max(1, whole.length)));
        const before = new DnsQuery(reading).readTcp(whole, 0, cut);
        const after = new DnsQuery(reading).readTcp(whole, 0, whole.length);
        if (whole.length === 0 || before.status === 'partial') return;
        expect([after.status, nameOf(after)]).toEqual([before.status, nameOf(before)]);
      }),
      { numRuns: 1000 },
    );
  });
});

function read(message: Uint8Array, reading: { readonly qdStrict: boolean }): DnsQuery {
  const { bytes, at, end } = placed(message);
  return new DnsQuery(reading).read(bytes, at, end);
}

function readTcp(stream: Uint8Array): DnsQuery {
  const { bytes, at, end } = placed(stream);
  return new DnsQuery(STRICT).readTcp(bytes, at, end);
}

function nameOf({ name, nameEnd }: DnsQuery): string {
  return Buffer.from(name.slice(0, nameEnd)).toString('latin1');
}
