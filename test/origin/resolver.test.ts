import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type OptAnswer, type RecordType } from 'dns-packet';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type HeldZone, type Lie, transfer } from '../../src/origin/dns/knowledge.ts';
import { startResolver } from '../../src/origin/resolver.ts';
import { startOnOwnPort } from '../support/ports.ts';
import { until } from '../support/processes.ts';

/** A port that the system chose. */
let PORT: number;
const ZONES = [
  { name: 'meydan.tv', ipv4: '198.18.3.2', ipv6: '2001:db8:3::2' },
  { name: 'ns.mts.am', ipv4: '217.76.1.85' },
];
/** Of the zone's version. */
const SERIAL = 2020101600;
/** As a resolver of 2022 transferred it. */
const TAINTED: HeldZone = {
  name: 'tiktok.com',
  isOpen: true,
  during: undefined,
  soa: {
    ...{ type: 'SOA', name: 'tiktok.com', ttl: 1800 },
    data: {
      ...{ mname: 'ns2.mts.am', rname: 'ns.mts.am', serial: SERIAL, refresh: 3600 },
      ...{ retry: 600, expire: 1_296_000, minimum: 3600 },
    },
  },
  records: [
    { type: 'NS', name: 'tiktok.com', ttl: 1800, data: 'ns2.mts.am' },
    { type: 'NS', name: 'tiktok.com', ttl: 1800, data: 'ns.mts.am' },
    { type: 'A', name: 'tiktok.com', ttl: 1800, data: '172.217.17.228' },
  ],
};
const CLOSED: HeldZone = {
  ...TAINTED,
  name: 'closed.example',
  isOpen: false,
  soa: {
    ...TAINTED.soa,
    name: 'closed.example',
    data: { ...TAINTED.soa.data, minimum: 600 },
  },
};
const MANY = Array.from({ length: 60 }, (_, i) => `192.0.2.${i}`);
const LIES: readonly Lie[] = [
  lie(['nxdomain.example'], { kind: 'nxdomain' }, { except: ['true.nxdomain.example'] }),
  lie(['refused.example'], { kind: 'refused' }),
  lie(['lied.example'], { kind: 'servfail' }),
  lie(['servfail.example'], { kind: 'servfail' }),
  lie(['empty.example'], { kind: 'empty' }),
  lie(['exact.example'], { kind: 'nxdomain' }, { isExact: true }),
  lie(['phases.example'], { kind: 'nxdomain' }, { during: { from: 0, to: 1000 } }),
  lie(
    ['phases.example'],
    { kind: 'forged', addresses: ['95.216.36.80'], ttl: 300 },
    { during: { from: 1000, to: 2000 } },
  ),
  lie(['forged.example'], { kind: 'forged', addresses: ['192.0.2.1', '2001:db8::1'], ttl: 7 }),
  lie(['many.example'], { kind: 'forged', addresses: MANY, ttl: 7 }),
];
const PLAIN = { questions: 1, flags: 0, class: 'IN' } as const;
/** The resolver's calendar. */
let now = 0;

beforeAll(async () => {
  PORT = await startOnOwnPort(start);
});

function start(port: number): Promise<void> {
  return startResolver({
    addresses: ['127.0.0.1', '::1'],
    port,
    zones: [
      ...ZONES,
      { name: 'example', ipv4: '198.18.3.2', ipv6: '2001:db8:3::2' },
      { name: 'own.example', ipv4: '192.0.2.7' },
    ],
    lies: LIES,
    held: [
      TAINTED,
      CLOSED,
      { ...TAINTED, name: 'later.example', during: { from: 1000, to: 2000 } },
    ],
    now: () => now,
  });
}

describe.each([
  { over: 'UDP', ask: askUdp },
  { over: 'TCP', ask: askTcp },
])('over $over', ({ ask }) => {
  test.each([
    ['meydan.tv', 'A', ['198.18.3.2']],
    ['www.meydan.tv', 'A', ['198.18.3.2']],
    ['MEYDAN.TV', 'A', ['198.18.3.2']],
    ['meydan.tv', 'AAAA', ['2001:db8:3::2']],
    ['meydan.tv', 'TXT', []],
    ['ns.mts.am', 'A', ['217.76.1.85']],
    ['other.example', 'A', ['198.18.3.2']],
    ['own.example', 'A', ['192.0.2.7']],
    ['www.own.example', 'A', ['192.0.2.7']],
    ['ns.mts.am', 'AAAA', []],
    // Who is told that these do not exist believes that nothing below them does (RFC 8020).
    ['mts.am', 'A', []],
    ['tv', 'NS', []],
    ['.', 'NS', []],
  ] as const)('%s %s resolves', async (name, type, addresses) => {
    const { rcode, answers, id } = (await ask(query(name, type))) as DecodedPacket & {
      rcode: string;
    };
    expect({ rcode, id }).toEqual({ rcode: 'NOERROR', id: 7 });
    expect(answers?.map((answer) => 'data' in answer && answer.data)).toEqual(addresses);
  });

  test.each(['notmeydan.tv', 'eydan.tv', 'v', 'meydan.tv.test'])(
    '%s does not exist',
    async (name) => {
      expect(await ask(query(name, 'A'))).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
    },
  );

  test('bytes that are no query are told so, and the next query is answered', async () => {
    const garbage = Buffer.alloc(20, 0x7f);
    expect(await ask(garbage)).toMatchObject({ rcode: 'FORMERR' });
    expect(await ask(query('meydan.tv', 'A'))).toMatchObject({ rcode: 'NOERROR' });
  });
});

test('a response is not answered: two servers would never stop', async () => {
  const response = encode({
    type: 'response',
    id: 7,
    questions: [{ name: 'meydan.tv', type: 'A' }],
  });
  const answers: Buffer[] = [];
  const socket = createSocket('udp4').on('message', (message) => answers.push(message));
  socket.send(response, PORT, '127.0.0.1');
  // An answer to the response would come before the second of these two.
  for (const count of [1, 2]) {
    socket.send(query('meydan.tv', 'A'), PORT, '127.0.0.1');
    await until('an answer comes', () => answers.length >= count);
  }
  socket.close();
  const right = { rcode: 'NOERROR' };
  expect(answers.map((answer) => decode(answer))).toMatchObject([right, right]);
});

test('two queries in one TCP segment, or one in two, are answered', async () => {
  const one = framed(query('meydan.tv', 'A'));
  expect(await talkTcp([Buffer.concat([one, one])], 2)).toHaveLength(2);
  expect(await talkTcp([one.subarray(0, 5), one.subarray(5)], 1)).toHaveLength(1);
});

describe("node's own client is lied to", () => {
  test.each([
    ['nxdomain.example', 'ENOTFOUND'],
    ['www.NXDOMAIN.example', 'ENOTFOUND'],
    ['refused.example', 'EREFUSED'],
    ['servfail.example', 'ESERVFAIL'],
    ['empty.example', 'ENODATA'],
    ['exact.example', 'ENOTFOUND'],
  ])('%s: %s', async (name, code) => {
    await expect(client().resolve4(name)).rejects.toMatchObject({ code });
    await expect(client('[::1]').resolve6(name)).rejects.toMatchObject({ code });
  });

  test('forged addresses are of the version that was asked for, with the TTL of the lie', async () => {
    const ttl = await client().resolve4('www.forged.example', { ttl: true });
    expect(ttl).toEqual([{ address: '192.0.2.1', ttl: 7 }]);
    expect(await client('[::1]').resolve6('forged.example')).toEqual(['2001:db8::1']);
    await expect(client().resolve6('many.example')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  test('what does not fit a datagram is fetched over TCP', async () => {
    expect((await client().resolve4('many.example')).sort()).toEqual([...MANY].sort());
  });

  test('names that the lie leaves out are resolved', async () => {
    for (const name of ['true.nxdomain.example', 'x.true.nxdomain.example', 'www.exact.example']) {
      expect(await client().resolve4(name)).toEqual(['198.18.3.2']);
    }
    expect(await client().resolve4('notnxdomain.example')).toEqual(['198.18.3.2']);
  });

  test('each lie has its time, whose end is no part of it', async () => {
    const resolved = async (at: number): Promise<unknown> => {
      now = at;
      return client()
        .resolve4('phases.example')
        .catch(({ code }: NodeJS.ErrnoException) => code);
    };
    expect(await resolved(-1)).toEqual(['198.18.3.2']);
    expect(await resolved(0)).toBe('ENOTFOUND');
    expect(await resolved(999)).toBe('ENOTFOUND');
    expect(await resolved(1000)).toEqual(['95.216.36.80']);
    expect(await resolved(2000)).toEqual(['198.18.3.2']);
    now = 0;
  });

  test('a zone of its own is answered as far as it goes', async () => {
    expect(await client().resolve4('tiktok.com', { ttl: true })).toEqual([
      { address: '172.217.17.228', ttl: 1800 },
    ]);
    expect((await client().resolveNs('tiktok.com')).sort()).toEqual(['ns.mts.am', 'ns2.mts.am']);
    expect(await client().resolveSoa('tiktok.com')).toMatchObject({ serial: 2020101600 });
    await expect(client().resolve6('tiktok.com')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(client().resolve4('www.tiktok.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

test('what a zone of its own lacks is denied with its SOA, for as long as that says', async () => {
  const denied = await askUdp(query('www.closed.example', 'A'));
  expect(denied).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true, answers: [] });
  expect(denied.authorities).toMatchObject([{ type: 'SOA', name: 'closed.example', ttl: 600 }]);
});

describe('a zone that anybody may fetch', () => {
  test.each([
    { edns: undefined, length: 157 },
    { edns: [], length: 168 },
    { edns: [cookie(8)], length: 196 },
    { edns: [cookie(24)], length: 196 },
  ])('is one message of $length bytes', async ({ edns, length }) => {
    const [message] = await talkTcp([framed(query('tiktok.com', 'AXFR', edns))], 1);
    expect(message).toHaveLength(length);
    const { answers, flag_aa, questions } = decode(message as Buffer);
    expect(flag_aa).toBe(true);
    expect(questions).toMatchObject([{ name: 'tiktok.com', type: 'AXFR' }]);
    expect(answers?.map(({ type }) => type)).toEqual(['SOA', 'NS', 'NS', 'A', 'SOA']);
    expect(answers?.[0]).toMatchObject({ ttl: 1800, data: TAINTED.soa.data });
    expect(answers?.[4]).toEqual(answers?.[0]);
  });

  test('is in these bytes', async () => {
    const [message] = await talkTcp([framed(query('tiktok.com', 'AXFR'))], 1);
    const question = '0674696b746f6b03636f6d0000fc0001';
    const times = '78684de0 00000e10 00000258 0013c680 00000e10'.replaceAll(' ', '');
    const first = `c00c0006000100000708 0025 036e7332036d747302616d00 026e73c02c ${times}`;
    const again = `c00c0006000100000708 0018 c028 c034 ${times}`;
    const servers = 'c00c0002000100000708 0002 c028 c00c0002000100000708 0002 c034';
    const address = 'c00c0001000100000708 0004 acd911e4';
    expect(message?.toString('hex')).toBe(
      ['0007 8580 0001 0005 0000 0000', question, first, servers, address, again]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  test.each(['closed.example', 'later.example', 'www.tiktok.com', 'com', 'meydan.tv', '.'])(
    'is not %s',
    async (name) => {
      const refused = await askTcp(query(name, 'AXFR'));
      expect(refused).toMatchObject({ rcode: 'REFUSED', answers: [], flag_aa: false });
    },
  );

  test('is not told where a lie is about it', async () => {
    const name = 'lied.example';
    const held = [{ ...TAINTED, name, soa: { ...TAINTED.soa, name }, records: [] }];
    for (const lies of [[], LIES]) {
      const asked = { name, type: 'AXFR', over: 'tcp', since: undefined } as const;
      const { rcode, answers } = transfer(asked, { zones: [], held, lies }, now);
      expect([rcode, answers.length]).toEqual(lies === LIES ? ['servfail', 0] : ['noerror', 2]);
    }
  });

  test('is not fetched over UDP', async () => {
    expect(await askUdp(query('tiktok.com', 'AXFR'))).toMatchObject({ rcode: 'FORMERR' });
  });

  test('is what a client with an older version gets, that asks for what is new', async () => {
    const whole = await askTcp(query('tiktok.com', 'AXFR'));
    const older = [SERIAL - 1, SERIAL - 0x7fffffff].map((since) => askTcp(ixfr(since)));
    for (const told of await Promise.all(older)) {
      expect(told).toMatchObject({ rcode: 'NOERROR', answers: whole.answers });
    }
  });

  test('is not sent again to a client that has it, or asks over UDP: it gets the SOA record', async () => {
    const whole = await askTcp(query('tiktok.com', 'AXFR'));
    const told = await Promise.all([
      ...[SERIAL, SERIAL + 1].map((since) => askTcp(ixfr(since))),
      askUdp(ixfr(SERIAL - 1)),
    ]);
    const answers = whole.answers?.slice(0, 1);
    for (const one of told) {
      expect(one).toMatchObject({ rcode: 'NOERROR', answers, flag_aa: true });
    }
  });

  test('is asked for with a version of it, and only where it is open', async () => {
    expect(await askTcp(query('tiktok.com', 'IXFR'))).toMatchObject({ rcode: 'FORMERR' });
    expect(await askTcp(ixfr(SERIAL, 'other.example'))).toMatchObject({ rcode: 'FORMERR' });
    expect(await askTcp(query('closed.example', 'IXFR'))).toMatchObject({ rcode: 'REFUSED' });
  });
});

describe('EDNS', () => {
  test('is answered with EDNS, and only then', async () => {
    expect((await askUdp(query('meydan.tv', 'A'))).additionals).toEqual([]);
    const { additionals } = await askUdp(query('meydan.tv', 'A', [], { flag_do: true }));
    const ours = { type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0, flag_do: true, options: [] };
    expect(additionals).toMatchObject([ours]);
  });

  test.each([
    { takes: undefined, truncated: true },
    { takes: 100, truncated: true },
    { takes: 512, truncated: true },
    { takes: 1020, truncated: false },
    { takes: 65_535, truncated: false },
  ])('a client that takes $takes bytes: truncated is $truncated', async ({ takes, truncated }) => {
    const asked = query('many.example', 'A', takes === undefined ? undefined : [], {
      udpPayloadSize: takes ?? 0,
    });
    const answered = await askUdp(asked);
    expect(answered.flag_tc).toBe(truncated);
    expect(answered.answers).toHaveLength(truncated ? 0 : MANY.length);
  });

  test('a cookie comes back with a server cookie, over UDP as over TCP', async () => {
    for (const ask of [askUdp, askTcp]) {
      const { additionals } = await ask(query('meydan.tv', 'A', [cookie(8)]));
      const [option] = optionsOf(additionals);
      expect(option).toMatchObject({ code: 10 });
      expect(option?.data).toHaveLength(24);
      expect(option?.data?.subarray(0, 8)).toEqual(cookie(8).data);
    }
  });

  test.each([0, 7, 9, 15, 41])('a cookie of %i bytes is none', async (length) => {
    const answered = await askUdp(query('meydan.tv', 'A', [cookie(length)]));
    expect(answered).toMatchObject({ rcode: 'FORMERR' });
  });

  test('another version is told ours', async () => {
    const answered = await askUdp(query('meydan.tv', 'A', [], { ednsVersion: 1 }));
    expect(answered).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(answered.additionals).toMatchObject([{ extendedRcode: 1, ednsVersion: 0 }]);
  });
});

describe('a query that cannot be answered is told why', () => {
  test.each([
    { what: 'two questions', change: { questions: 2 }, rcode: 'FORMERR' },
    { what: 'no question', change: { questions: 0 }, rcode: 'FORMERR' },
    { what: 'an update', change: { flags: 5 << 11 }, rcode: 'NOTIMP' },
    { what: 'another class', change: { class: 'CH' }, rcode: 'REFUSED' },
  ] as const)('$what: $rcode', async ({ change, rcode }) => {
    const { questions: count, flags, class: klass } = { ...PLAIN, ...change };
    const question = { name: 'meydan.tv', type: 'A', class: klass } as const;
    const questions = Array.from({ length: count }, () => question);
    expect(await askUdp(encode({ type: 'query', id: 7, flags, questions }))).toMatchObject({
      rcode,
    });
  });

  test('a name in odd letters comes back as it was', async () => {
    const asked = query('meydan.tv', 'A');
    asked.set([0xff, 0x2e, 0x00], 13); // in the first label
    const [message] = await talkTcp([framed(asked)], 1);
    expect(message?.subarray(12)).toEqual(asked.subarray(12));
    expect(decode(message as Buffer)).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  test('a name that points into the header is none', async () => {
    const asked = Buffer.from('00070100000100000000000 0c00600010001'.replace(' ', ''), 'hex');
    const [message] = await talkTcp([framed(asked)], 1);
    expect(decode(message as Buffer)).toMatchObject({ rcode: 'FORMERR', questions: [] });
  });
});

test('whatever comes, queries are answered', async () => {
  const whole = query('tiktok.com', 'AXFR', [cookie(8)]);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length)).map(([at, byte, end]) => {
      const mutant = Uint8Array.from(whole);
      mutant[at] = byte;
      return mutant.subarray(0, end);
    }),
  );
  const property = fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), async (messages) => {
    const socket = createSocket('udp4').on('error', () => undefined);
    for (const message of messages) socket.send(message, PORT, '127.0.0.1');
    const stream = connect({ port: PORT, host: '127.0.0.1' }).on('error', () => undefined);
    stream.write(Buffer.concat(messages.map((message) => framed(Buffer.from(message)))));
    stream.end();
    expect(await askUdp(query('meydan.tv', 'A'))).toMatchObject({ rcode: 'NOERROR' });
    expect(await askTcp(query('meydan.tv', 'A'))).toMatchObject({ rcode: 'NOERROR' });
    socket.close();
    stream.destroy();
  });
  await fc.assert(property, { numRuns: 200 });
});

function lie(names: string[], answer: Lie['answer'], more: Partial<Lie> = {}): Lie {
  return { names, answer, except: [], isExact: false, during: undefined, ...more };
}

function cookie(length: number): { readonly code: 10; readonly data: Buffer } {
  return { code: 10, data: Buffer.alloc(length, 0xc0) };
}

function client(address = '127.0.0.1'): Resolver {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`${address}:${PORT}`]);
  return resolver;
}

function optionsOf(additionals: DecodedPacket['additionals'] = []): OptAnswer['options'] {
  return additionals.flatMap((record) => (record.type === 'OPT' ? record.options : []));
}

/** With EDNS, if there are options, or none of them. */
function query(
  name: string,
  type: RecordType,
  options?: readonly object[],
  edns: { udpPayloadSize?: number; ednsVersion?: number; flag_do?: boolean } = {},
): Buffer {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, ...edns, options };
  if (edns.flag_do) opt.flags = 0x8000;
  const additionals = options === undefined ? [] : [opt as unknown as OptAnswer];
  const questions = [{ name, type }];
  return encode({ type: 'query', id: 7, flags: 256, questions, additionals });
}

/** What is new since a version of the zone, which the client names by the zone's SOA record (RFC 1995 §3). */
function ixfr(serial: number, name = 'tiktok.com'): Buffer {
  const data = { mname: 'ns', rname: 'root', serial: serial >>> 0 };
  const times = { refresh: 0, retry: 0, expire: 0, minimum: 0 };
  return encode({
    ...{ type: 'query', id: 7, questions: [{ name: 'tiktok.com', type: 'IXFR' }] },
    authorities: [{ type: 'SOA', name, data: { ...data, ...times } }],
  });
}

function askUdp(bytes: Buffer): Promise<DecodedPacket> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.on('message', (message) => {
      socket.close();
      resolve(decode(message));
    });
    socket.send(bytes, PORT, '127.0.0.1');
  });
}

async function askTcp(bytes: Buffer): Promise<DecodedPacket> {
  const [message] = await talkTcp([framed(bytes)], 1);
  return decode(message as Buffer);
}

function framed(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** Sends the chunks a moment apart; the first `count` messages that come back. */
function talkTcp(chunks: readonly Buffer[], count: number): Promise<Buffer[]> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket = connect({ port: PORT, host: '127.0.0.1', noDelay: true });
    chunks.forEach((chunk, i) => {
      setTimeout(() => socket.write(chunk), 20 * i);
    });
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const messages: Buffer[] = [];
      for (let at = 0; at + 2 <= received.length; at += 2 + received.readUInt16BE(at)) {
        const end = at + 2 + received.readUInt16BE(at);
        if (end <= received.length) messages.push(received.subarray(at + 2, end));
      }
      if (messages.length < count) return;
      socket.destroy();
      resolve(messages);
    });
  });
}
