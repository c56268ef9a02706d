import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import { censor, type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { dnsMessage, dnsQuery } from '../support/dns.ts';
import {
  ascii,
  clientHello,
  clientHelloMessage,
  concat,
  edit,
  hex,
  httpRequest,
  tlsRecord,
} from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { record } from '../support/tls.ts';
import { fateOf } from '../support/verdicts.ts';

const NAME = 'www.blocked.test';
const HELLO = clientHello({ sni: NAME });
const OTHER_HELLO = clientHello({ sni: 'allowed.test' });
const REQUEST = httpRequest({ host: NAME });
const IN_ORDER = { mode: 'in-order' } as const;
const CHANGE_CIPHER_SPEC = record(20, hex`01`);

describe('tls.parse', () => {
  const outside = tlsRecord(clientHelloMessage({ sni: NAME }).slice(30));
  test.each<{ name: string; payload: Uint8Array; substring: string; prefix: string; full: string }>(
    [
      {
        name: 'a usual ClientHello',
        payload: HELLO,
        substring: 'drop',
        prefix: 'drop',
        full: 'drop',
      },
      {
        name: 'a minor version of 4 in the record',
        payload: edit(HELLO, 2, 4),
        substring: 'drop',
        prefix: 'accept',
        full: 'drop',
      },
      {
        name: 'a minor version of 3 in the record',
        payload: edit(HELLO, 2, 3),
        substring: 'drop',
        prefix: 'drop',
        full: 'drop',
      },
      {
        name: 'a version of 3.5 in the ClientHello',
        payload: edit(HELLO, 10, 5),
        substring: 'drop',
        prefix: 'accept',
        full: 'drop',
      },
      {
        name: 'a version of 3.0 in the ClientHello',
        payload: edit(HELLO, 10, 0),
        substring: 'drop',
        prefix: 'accept',
        full: 'drop',
      },
      {
        name: 'a record without the message’s beginning',
        payload: outside,
        substring: 'drop',
        prefix: 'accept',
        full: 'accept',
      },
      {
        name: 'a name without TLS',
        payload: ascii(`see ${NAME}`),
        substring: 'drop',
        prefix: 'accept',
        full: 'accept',
      },
      {
        name: 'a ClientHello behind a byte',
        payload: concat(hex`00`, HELLO),
        substring: 'drop',
        prefix: 'accept',
        full: 'accept',
      },
      {
        name: 'another name',
        payload: OTHER_HELLO,
        substring: 'accept',
        prefix: 'accept',
        full: 'accept',
      },
    ],
  )('$name: substring $substring, prefix-strict $prefix, full $full', (row) => {
    for (const mode of ['packet', 'in-order'] as const) {
      const fates = (['substring', 'prefix-strict', 'full'] as const).map((parse) =>
        fateOf(opened(sni({ tls: { parse }, stream: { mode } })).send('client', row.payload)),
      );
      expect([mode, ...fates]).toEqual([mode, row.substring, row.prefix, row.full]);
    }
  });

  test('a beginning that is too short to tell is not refused for it', () => {
    const session = opened(sni({ tls: { parse: 'prefix-strict' }, stream: IN_ORDER }));
    for (const byte of HELLO.slice(0, 12)) session.send('client', Uint8Array.of(byte));
    expect(fateOf(session.send('client', HELLO.slice(12)))).toBe('drop');
  });
});

describe('tls.recordReassembly', () => {
  const message = clientHelloMessage({ sni: NAME });
  const nameAt = Buffer.from(message).indexOf(NAME);

  test('of 0 sees a name only in the first record', () => {
    const session = (cut: number): string =>
      fateOf(opened(sni({})).send('client', inRecords(message, cut)));
    expect(session(nameAt - 1)).toBe('accept');
    expect(session(nameAt + 3)).toBe('accept');
    expect(session(nameAt + NAME.length)).toBe('drop');
  });

  test.each(['packet', 'in-order'] as const)(
    'of more puts any records together, read by %s',
    (mode) => {
      const change: ModelChange = { tls: { recordReassembly: 4096 }, stream: { mode } };
      for (const cut of [1, 3, 4, 40, nameAt, nameAt + 1, nameAt + NAME.length - 1]) {
        const session = opened(sni(change));
        expect([cut, fateOf(session.send('client', inRecords(message, cut)))]).toEqual([
          cut,
          'drop',
        ]);
      }
      const bytes = inRecords(
        message,
        ...Array.from({ length: message.length - 1 }, (_, i) => i + 1),
      );
      expect(fateOf(opened(sni(change)).send('client', bytes))).toBe('drop');
    },
  );

  test('puts together what also comes in many segments', () => {
    const bytes = inRecords(message, 10, nameAt + 3);
    for (let cut = 1; cut < bytes.length; cut += 7) {
      const session = opened(sni({ tls: { recordReassembly: 4096 }, stream: IN_ORDER }));
      const fates = [bytes.slice(0, cut), bytes.slice(cut)].map((part) =>
        fateOf(session.send('client', part)),
      );
      expect([cut, fates.includes('drop')]).toEqual([cut, true]);
    }
  });

  test('is bounded: what lies beyond is not seen', () => {
    const see = (recordReassembly: number): string =>
      fateOf(opened(sni({ tls: { recordReassembly } })).send('client', inRecords(message, 10)));
    expect([see(nameAt + NAME.length), see(nameAt + NAME.length - 1)]).toEqual(['drop', 'accept']);
    // What one record holds need not be put together.
    expect(fateOf(opened(sni({ tls: { recordReassembly: 10 } })).send('client', HELLO))).toBe(
      'drop',
    );
  });
});

describe('tls.onPartial, of a ClientHello in two segments,', () => {
  const cut = HELLO.length - 40;
  const halves = [HELLO.slice(0, 20), HELLO.slice(20)] as const;

  test.each([
    { onPartial: 'wait', mode: 'in-order', want: ['accept', 'drop'] },
    { onPartial: 'pass-and-forget', mode: 'in-order', want: ['accept', 'accept'] },
    { onPartial: 'wait', mode: 'packet', want: ['accept', 'accept'] },
    { onPartial: 'pass-and-forget', mode: 'packet', want: ['accept', 'accept'] },
    { onPartial: 'drop', mode: 'packet', want: ['drop', 'accept'] },
    { onPartial: 'drop', mode: 'in-order', want: ['drop', 'accept'] },
  ] as const)('$onPartial, read by $mode: $want', ({ onPartial, mode, want }) => {
    const session = opened(sni({ tls: { onPartial }, stream: { mode } }));
    expect(halves.map((half) => fateOf(session.send('client', half)))).toEqual(want);
  });

  test('pass-and-forget lets the whole one through that follows; wait does not', () => {
    const fate = (onPartial: 'wait' | 'pass-and-forget'): string => {
      const session = opened(sni({ tls: { onPartial } }));
      session.send('client', OTHER_HELLO.slice(0, cut));
      return fateOf(session.send('client', HELLO, { offset: 0 }));
    };
    expect([fate('wait'), fate('pass-and-forget')]).toEqual(['drop', 'accept']);
  });

  describe.each(['packet', 'in-order', 'full'] as const)('drop, read by %s', (mode) => {
    const dropper = (): Session => opened(sni({ tls: { onPartial: 'drop' }, stream: { mode } }));

    test('drops the first part each time it comes', () => {
      const session = dropper();
      const fates = [0, 0, 0].map((offset) =>
        fateOf(session.send('client', halves[0], { offset })),
      );
      expect(fates).toEqual(['drop', 'drop', 'drop']);
    });

    test('lets a whole one of another name through, also after that', () => {
      const session = dropper();
      session.send('client', OTHER_HELLO.slice(0, 20));
      expect(fateOf(session.send('client', OTHER_HELLO, { offset: 0 }))).toBe('accept');
    });

    test('and knows a whole one of a listed name after that', () => {
      const session = dropper();
      session.send('client', HELLO.slice(0, 20));
      expect(fateOf(session.send('client', HELLO, { offset: 0 }))).toBe('drop');
      expect(session.resets).toEqual([
        { to: 'client', isObeyed: true },
        { to: 'server', isObeyed: true },
      ]);
    });
  });
});

describe('tls.everyHello', () => {
  const retry = (everyHello: boolean, mode: 'in-order' | 'full'): string => {
    const session = opened(sni({ tls: { everyHello }, stream: { mode } }));
    session.send('client', OTHER_HELLO);
    session.send('server', record(22, hex`02 00 00 00`));
    return fateOf(session.send('client', concat(CHANGE_CIPHER_SPEC, HELLO)));
  };

  test.each(['in-order', 'full'] as const)(
    'decides whether a second one is read, by %s',
    (mode) => {
      expect([retry(true, mode), retry(false, mode)]).toEqual(['drop', 'accept']);
    },
  );

  test('has it read without a change of cipher before it, and in segments', () => {
    const session = opened(sni({ tls: { everyHello: true }, stream: IN_ORDER }));
    session.send('client', OTHER_HELLO);
    session.send('client', HELLO.slice(0, 30));
    expect(fateOf(session.send('client', HELLO.slice(30)))).toBe('drop');
  });

  test('ends with the first encrypted record', () => {
    const session = opened(sni({ tls: { everyHello: true }, stream: IN_ORDER }));
    session.send('client', concat(OTHER_HELLO, record(23, new Uint8Array(50))));
    expect(fateOf(session.send('client', HELLO))).toBe('accept');
  });
});

describe('http', () => {
  test.each([
    { everyRequest: true, want: 'drop' },
    { everyRequest: false, want: 'accept' },
  ])('everyRequest $everyRequest: a second request is $want', ({ everyRequest, want }) => {
    for (const mode of ['packet', 'in-order'] as const) {
      const session = opened(host({ http: { everyRequest }, stream: { mode } }));
      session.send('client', httpRequest({ host: 'allowed.test' }));
      session.send('server', 'HTTP/1.1 200 OK\r\n\r\n');
      expect([mode, fateOf(session.send('client', REQUEST))]).toEqual([mode, want]);
    }
  });

  test('everyRequest false: the second of two in a segment passes as well', () => {
    const both = concat(httpRequest({ host: 'allowed.test' }), REQUEST);
    const fate = (everyRequest: boolean): string =>
      fateOf(opened(host({ http: { everyRequest } })).send('client', both));
    expect([fate(true), fate(false)]).toEqual(['drop', 'accept']);
  });

  test.each<{ name: string; http: ModelChange['http']; payload: Uint8Array; want: string }>([
    { name: 'a known method', http: { methods: ['GET'] }, payload: REQUEST, want: 'drop' },
    {
      name: 'a method that is not known',
      http: { methods: ['POST'] },
      payload: REQUEST,
      want: 'accept',
    },
    {
      name: 'a name in other letters',
      http: { nameCase: 'exact' },
      payload: changed('Host', 'hoSt'),
      want: 'accept',
    },
    {
      name: 'a name in other letters, ignored',
      http: {},
      payload: changed('Host', 'hoSt'),
      want: 'drop',
    },
    {
      name: 'no space after the colon',
      http: { whitespace: 'strict' },
      payload: changed('Host: ', 'Host:'),
      want: 'accept',
    },
    {
      name: 'a space before the colon',
      http: { whitespace: 'lenient' },
      payload: changed('Host:', 'Host :'),
      want: 'drop',
    },
    {
      name: 'bare line feeds',
      http: { endOfLine: 'crlf' },
      payload: httpRequest({ host: NAME, eol: '\n' }),
      want: 'accept',
    },
    { name: 'a blank line first', http: {}, payload: changed('GET', '\r\nGET'), want: 'accept' },
    {
      name: 'a blank line first, passed over',
      http: { leadingBlankLines: true },
      payload: changed('GET', '\r\nGET'),
      want: 'drop',
    },
    {
      name: 'another version',
      http: { versions: 'known' },
      payload: changed('HTTP/1.1', 'HTTP/1.7'),
      want: 'accept',
    },
    {
      name: 'the last Host',
      http: { hostField: 'last' },
      payload: httpRequest({ host: ['a.example', NAME] }),
      want: 'drop',
    },
    {
      name: 'the host of the target',
      http: { hostField: 'target' },
      payload: httpRequest({ target: `http://${NAME}/`, host: 'a.example' }),
      want: 'drop',
    },
    {
      name: 'a head that is not whole',
      http: { whenHost: 'head' },
      payload: REQUEST.slice(0, -2),
      want: 'accept',
    },
    {
      name: 'a line that is whole',
      http: { whenHost: 'line' },
      payload: REQUEST.slice(0, -2),
      want: 'drop',
    },
    {
      name: 'a name anywhere',
      http: { parse: 'substring' },
      payload: ascii(`x ${NAME}`),
      want: 'drop',
    },
    {
      name: 'a name anywhere, read as a head',
      http: { parse: 'head' },
      payload: ascii(`x ${NAME}`),
      want: 'accept',
    },
  ])('$name: $want', ({ http = {}, payload, want }) => {
    for (const mode of ['packet', 'in-order'] as const) {
      expect([
        mode,
        fateOf(opened(host({ http, stream: { mode } })).send('client', payload)),
      ]).toEqual([mode, want]);
    }
  });

  test('a target is read where only names are looked for anywhere', () => {
    const url = keywords('http.url', { keywords: ['secret'], patterns: [] });
    const engine = censor([{ name: 'url', trigger: url, action: RESET }], {
      http: { parse: 'substring' },
    });
    expect(fateOf(opened(engine).send('client', httpRequest({ target: '/secret' })))).toBe('drop');
    expect(
      fateOf(new Session(engine, { client: { port: 9 } }).handshake().send('client', 'secret')),
    ).toBe('accept');
  });
});

describe('dns over TCP', () => {
  const framed = (message: Uint8Array): Uint8Array =>
    concat(Uint8Array.of(message.length >>> 8, message.length), message);
  const query = framed(dnsQuery(NAME));
  const other = framed(dnsQuery('allowed.test'));
  const dns = (change: ModelChange = {}, port = 53): Session => {
    const rule = nameRule('dns.qname', 'blocked.test', RESET);
    const engine = censor([rule], { dns: { tcp: true }, ...change });
    return new Session(engine, { server: { port } }).handshake();
  };

  test('is read if the model says so, on its ports', () => {
    expect(fateOf(dns().send('client', query))).toBe('drop');
    expect(fateOf(dns({ dns: { tcp: false } }).send('client', query))).toBe('accept');
    expect(fateOf(dns({}, 5353).send('client', query))).toBe('accept');
    expect(fateOf(dns({ dns: { tcp: true, ports: 'any' } }, 5353).send('client', query))).toBe(
      'drop',
    );
  });

  test('is read message by message', () => {
    for (const mode of ['packet', 'in-order'] as const) {
      const session = dns({ stream: { mode } });
      session.send('client', concat(other, other));
      expect(fateOf(session.send('client', concat(other, query)))).toBe('drop');
    }
  });

  test('is read in segments, in order', () => {
    for (let cut = 1; cut < query.length; cut++) {
      const session = dns({ stream: IN_ORDER });
      session.send('client', concat(other, query.slice(0, cut)));
      expect([cut, fateOf(session.send('client', query.slice(cut)))]).toEqual([cut, 'drop']);
    }
  });

  test('has one question and nothing else, for a box that is strict', () => {
    const question = { type: 'A' as const, name: NAME };
    const two = framed(dnsMessage({ questions: [question, { type: 'A', name: 'a.example' }] }));
    const fate = (qdStrict: boolean): string =>
      fateOf(dns({ dns: { tcp: true, qdStrict } }).send('client', two));
    expect([fate(false), fate(true)]).toEqual(['drop', 'accept']);
  });
});

function sni(change: ModelChange): Engine {
  return censor([nameRule('tls.sni', 'blocked.test', RESET)], change);
}

function host(change: ModelChange): Engine {
  return censor([nameRule('http.host', 'blocked.test', RESET)], change);
}

function opened(engine: Engine): Session {
  return new Session(engine).handshake();
}

function inRecords(message: Uint8Array, ...cuts: readonly number[]): Uint8Array {
  const ends = [...cuts, message.length];
  return concat(...ends.map((end, i) => tlsRecord(message.slice(ends[i - 1] ?? 0, end))));
}

function changed(from: string, to: string): Uint8Array {
  return ascii(Buffer.from(REQUEST).toString('latin1').replace(from, to));
}
