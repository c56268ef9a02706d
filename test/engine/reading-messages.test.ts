import { describe, expect, test } from 'vitest';
import {
  MessageReader,
  PARTIAL,
  REFUSED,
  type RequestKind,
  UNKNOWN,
} from '../../src/engine/message-reader.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import type { Model } from '../../src/policy/model.ts';
import { Observation } from '../../src/policy/observation.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { PacketView } from '../../src/wire/packet.ts';
import type { ModelChange } from '../support/censors.ts';
import { dnsMessage, dnsQuery } from '../support/dns.ts';
import { AUTHORITY, field, frame, GET, HOST, PREFACE, plain } from '../support/http2.ts';
import {
  ascii,
  clientHello,
  clientHelloMessage,
  concat,
  edit,
  hex,
  placed,
  tcpFrame,
  tlsRecord,
} from '../support/packets.ts';
import { flight, records } from '../support/server-flights.ts';
import { helloMessage, record, serverHelloMessage, u16s, vector } from '../support/tls.ts';

const MESSAGE = clientHelloMessage({ sni: 'a.test' });
const HELLO = clientHello({ sni: 'a.test' });
const TWO_RECORDS = concat(tlsRecord(MESSAGE.slice(0, 10)), tlsRecord(MESSAGE.slice(10)));
const GATHERED = { tls: { recordReassembly: 4096 } } as const;
const HTTP2 = { http: { http2: true } } as const;
const ONE_REQUEST = { http: { everyRequest: false, http2: true } } as const;
const DNS = { dns: { tcp: true } } as const;
const QUERY = framed(dnsQuery('a.test'));
const CHANGE_CIPHER_SPEC = record(20, hex`01`);
const WARNING = record(21, hex`01 70`);
const HEADERS = frame(
  1,
  4,
  1,
  GET,
  field(AUTHORITY, plain('a.test')),
  field(HOST, plain('b.test')),
);
/** Where in the stream the messages of these tests begin. */
const OFFSET = 1000;

describe('a message that is not whole', () => {
  test.each<{ name: string; change?: ModelChange; message: Uint8Array; known: number }>([
    { name: 'a ClientHello', message: HELLO, known: 5 },
    {
      name: 'a ClientHello, where records are put together',
      change: GATHERED,
      message: HELLO,
      known: 9,
    },
    { name: 'a ClientHello in two records', change: GATHERED, message: TWO_RECORDS, known: 20 },
    { name: 'the preface of HTTP/2', change: HTTP2, message: PREFACE, known: 1 },
  ])(
    '$name: waits for more bytes, at most for all, and for all once their number is known',
    (row) => {
      const { message, known, change } = row;
      for (let length = 1; length < message.length; length++) {
        const { next, reader } = read(message.slice(0, length), { change });
        expect([length, next]).toEqual([length, 'partial']);
        expect(reader.wanted).toBeGreaterThan(length);
        expect(reader.wanted).toBeLessThanOrEqual(message.length);
        if (length >= known) expect([length, reader.wanted]).toEqual([length, message.length]);
      }
      expect(read(message, { change }).next).toBe(message.length);
    },
  );

  test('a ClientHello in two records waits for the header of the second one, too', () => {
    const { reader } = read(TWO_RECORDS.slice(0, 15), { change: GATHERED });
    expect(reader.wanted).toBe(TWO_RECORDS.length);
  });

  test.each([
    { onPartial: 'wait', next: 'partial', isLast: true },
    { onPartial: 'drop', next: 'refused', isLast: true },
    { onPartial: 'pass-and-forget', next: 'unknown', isLast: true },
  ] as const)(
    'a ClientHello is $next for a box that would $onPartial',
    ({ onPartial, ...want }) => {
      for (const recordReassembly of [0, 4096]) {
        const { next, reader } = read(HELLO.slice(0, -1), {
          change: { tls: { onPartial, recordReassembly } },
        });
        expect({ next, isLast: reader.isLast }).toEqual(want);
      }
    },
  );

  test('a ClientHello is not waited for by a box that puts no more of it together', () => {
    const next = [MESSAGE.length - 1, 5].map(
      (recordReassembly) => read(TWO_RECORDS, { change: { tls: { recordReassembly } } }).next,
    );
    expect(next).toEqual([15, 'unknown']);
  });

  test('a ClientHello is whole, and its record is not', () => {
    const longer = edit(tlsRecord(concat(MESSAGE, hex`00`)), 0, 22);
    expect(read(longer.slice(0, -1), { change: GATHERED }).next).toBe('partial');
    expect(read(longer.slice(0, -1)).next).toBe('partial');
  });

  test('a head waits for a blank line behind text, with the ends of line that the box knows', () => {
    const ends = (text: string, endOfLine: 'any' | 'crlf', from = 0): boolean => {
      const { bytes, at, end } = placed(ascii(text), 3);
      bytes.fill(0x41, 0, at);
      return new MessageReader(
        modelOf({ http: { endOfLine } }),
        SILENT,
        new Observation(),
      ).mayBeWhole(read('GET').reader.wanted, { bytes, at, end }, at + from);
    };
    const rows = [
      'A\r\n\r\n',
      'A\n\n',
      'A\r\n\n',
      'A\n\r\n',
      'A\r\n\r\nB',
      'A\n\nB\n',
      'AB\r\n',
      'AB\n',
      'A\r\n\r',
      '\r\n\r\n',
      '\n\n',
      '\n\n\n',
    ];
    expect(rows.map((text) => [text, ends(text, 'any'), ends(text, 'crlf')])).toEqual([
      ['A\r\n\r\n', true, true],
      ['A\n\n', true, false],
      ['A\r\n\n', true, false],
      ['A\n\r\n', true, false],
      ['A\r\n\r\nB', true, true],
      ['A\n\nB\n', true, false],
      ['AB\r\n', false, false],
      ['AB\n', false, false],
      ['A\r\n\r', false, false],
      ['\r\n\r\n', false, false],
      ['\n\n', false, false],
      ['\n\n\n', false, false],
    ]);
    expect(ends(`A${'\r'.repeat(15)}\n\n`, 'any')).toBe(true);
    expect(ends(`A${'\r'.repeat(16)}\n\n`, 'any')).toBe(false);
    const from = [4, 5].map((place) => ends('A\r\n\r\nB', 'crlf', place));
    expect(from).toEqual([true, false]);
  });

  test('any other may be whole as soon as the bytes are there that it waits for', () => {
    const { reader } = read(HELLO);
    const bytes = new Uint8Array(20);
    const may = [4, 5, 6].map((length) => reader.mayBeWhole(5, { bytes, at: 9, end: 9 + length }));
    expect(may).toEqual([false, true, true]);
  });
});

describe('a ClientHello', () => {
  test('shows its name and itself, with their places in the stream', () => {
    const nameAt = Buffer.from(HELLO).indexOf('a.test');
    for (const change of [{}, GATHERED]) {
      const { next, told, seen } = read(HELLO, { change });
      expect([next, seen.isQuic]).toEqual([HELLO.length, false]);
      expect(told).toEqual([
        `tls.sni a.test @${OFFSET + nameAt}`,
        `tls.client-hello ${MESSAGE.length} bytes @${OFFSET + 5}`,
      ]);
    }
    const { told } = read(TWO_RECORDS, { change: GATHERED });
    expect(told[0]).toBe(`tls.sni a.test @${OFFSET + nameAt + 5}`);
  });

  test('shows no name of its own where the box looks for names in any bytes', () => {
    const { told } = read(HELLO, { change: { tls: { parse: 'substring' } } });
    expect(told).toEqual([`tls.client-hello ${MESSAGE.length} bytes @${OFFSET + 5}`]);
  });

  test('shows itself once its extensions are whole, with a name or without', () => {
    const shown = [`tls.client-hello ${MESSAGE.length} bytes @${OFFSET + 5}`];
    const longer = tlsRecord(concat(MESSAGE, hex`00 00`));
    expect(read(longer.slice(0, -1)).told.slice(1)).toEqual(shown);
    expect(read(HELLO.slice(0, 40)).told).toEqual([]);
    const without = helloMessage({ extensions: [] });
    const odd = helloMessage({ extensions: [[0x1234, hex`00`]] });
    const garbled = edit(odd, odd.length - 2, 9);
    for (const message of [without, garbled]) {
      const { told } = read(tlsRecord(message));
      expect(told).toEqual([`tls.client-hello ${message.length} bytes @${OFFSET + 5}`]);
    }
  });

  test('is no other handshake message', () => {
    const other = record(22, hex`02 00 00 00`);
    for (const change of [{}, GATHERED]) {
      expect(read(other, { change })).toMatchObject({ next: 'unknown', told: [] });
    }
  });

  test('is common, for a strict prefix, from TLS 1.0 on, and known not to be by its version', () => {
    const change = { tls: { parse: 'prefix-strict' } } as const;
    const next = [0, 1, 3, 4].map(
      (minor) => read(edit(HELLO, 10, minor).slice(0, 11), { change }).next,
    );
    expect(next).toEqual(['unknown', 'partial', 'partial', 'unknown']);
  });

  test('is the last message, unless the box reads every one', () => {
    const isLast = (everyHello: boolean): boolean =>
      read(HELLO, { change: { tls: { everyHello } } }).reader.isLast;
    expect([isLast(false), isLast(true)]).toEqual([true, false]);
  });

  test.each<{ name: string; change: ModelChange; bytes: Uint8Array; next: unknown }>([
    {
      name: 'change of cipher',
      change: { tls: { records: 'any' } },
      bytes: CHANGE_CIPHER_SPEC,
      next: 6,
    },
    { name: 'warning', change: { tls: { records: 'any' } }, bytes: WARNING, next: 7 },
    {
      name: 'change of cipher',
      change: { tls: { everyHello: true } },
      bytes: CHANGE_CIPHER_SPEC,
      next: 6,
    },
    { name: 'warning', change: { tls: { everyHello: true } }, bytes: WARNING, next: 'unknown' },
    { name: 'change of cipher', change: {}, bytes: CHANGE_CIPHER_SPEC, next: 'unknown' },
  ])(
    'comes behind a $name that a box with $change passes over: $next',
    ({ change, bytes, next }) => {
      expect(read(concat(bytes, HELLO), { change }).next).toBe(next);
      expect(read(bytes, { change }).next).toBe(next);
      for (let length = 1; length < bytes.length; length++) {
        const want = next === 'unknown' ? next : 'partial';
        expect([length, read(bytes.slice(0, length), { change }).next]).toEqual([length, want]);
      }
    },
  );
});

describe('a request', () => {
  const head = 'GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n';

  test('shows its host and target as soon as their lines are whole, and then its head', () => {
    const shown = [`http.host a.test @${OFFSET + 23}`, `http.url /x @${OFFSET + 4}`];
    const whole = read(`${head}more`);
    expect([whole.next, ...whole.told]).toEqual([
      head.length,
      ...shown,
      `http.head ${head.length} bytes @${OFFSET}`,
    ]);
    expect(read(head.slice(0, -1))).toMatchObject({ next: 'partial', told: shown });
    expect(read(head.slice(0, 17)).told).toEqual(shown.slice(1));
    expect(read('GET ').told).toEqual([]);
    expect(read(head, { change: { http: { parse: 'substring' } } }).told).toEqual(
      whole.told.slice(1),
    );
  });

  test.each<{ lines: readonly string[]; want: object }>([
    { lines: ['GET / HTTP/1.1'], want: { request: 'other', body: 'none', bodyLength: 0 } },
    { lines: ['HEAD / HTTP/1.1'], want: { request: 'head', body: 'none' } },
    { lines: ['CONNECT a:443 HTTP/1.1'], want: { request: 'connect', body: 'none' } },
    {
      lines: ['PUT / HTTP/1.1', 'Content-Length: 7'],
      want: { request: 'other', body: 'length', bodyLength: 7, isLast: false },
    },
    {
      lines: ['PUT / HTTP/1.1', 'Transfer-Encoding: chunked'],
      want: { body: 'chunked', bodyLength: 0, isLast: false },
    },
    { lines: ['PUT / HTTP/1.1', 'Content-Length: x'], want: { body: 'refused', isLast: true } },
  ])('tells what follows it: $lines', ({ lines, want }) => {
    const request = ascii([...lines, 'Host: a', '', ''].join('\r\n'));
    const { reader, seen } = read(request);
    expect(reader).toMatchObject(want);
    const { message } = seen;
    reader.readToServer(HELLO, 0, 20, 0);
    expect(reader).toMatchObject({ request: undefined, body: 'none', bodyLength: 0 });
    expect(seen.message).not.toBe(message);
  });

  test('is the last message, unless the box reads every one', () => {
    const isLast = [true, false].map(
      (everyRequest) => read(head, { change: { http: { everyRequest } } }).reader.isLast,
    );
    expect(isLast).toEqual([false, true]);
  });

  test('sets a rule off; without telling, it is only noted what it shows', () => {
    const hit = read(head, { isHit: true });
    expect([hit.reader.hasHit, hit.told.length]).toEqual([true, 3]);
    hit.reader.isMuted = true;
    hit.reader.readToServer(ascii(head), 0, head.length, OFFSET);
    expect([hit.reader.hasHit, hit.told.length]).toEqual([false, 3]);
    const places = hit.reader.shown.map(({ kind, offset }) => `${kind} @${offset}`);
    expect(places).toEqual(hit.told.map((text) => text.replace(/ .* @/, ' @')));
  });

  test('that has set a rule off says what of it is old', () => {
    const { reader, seen, told } = read(head);
    reader.isMuted = true;
    reader.readToServer(ascii(head), 0, head.length - 2, OFFSET);
    reader.isMuted = false;
    const trigger: Matcher = { observes: 'http.host', matches: () => true };
    const rule: Rule = { name: 'host', trigger, action: { do: 'drop' } };
    reader.told = { rules: [rule], shown: reader.shown };
    told.length = 0;
    reader.readToServer(ascii(head), 0, head.length, OFFSET);
    expect(told.map((text) => text.split(' ')[0])).toEqual(['http.host', 'http.url', 'http.head']);
    // The last of them is the head, which was not whole before.
    expect([seen.kind, seen.isOld, seen.setOff]).toEqual(['http.head', false, [rule]]);
    reader.readToServer(ascii(head), 0, head.length - 2, OFFSET);
    expect([seen.kind, seen.isOld]).toEqual(['http.url', true]);
  });
});

describe('HTTP/2', () => {
  const opened = (change: ModelChange, bytes: Uint8Array) => {
    const start = read(PREFACE, { change });
    start.told.length = 0;
    const { reader, told } = start;
    const next = nameOf(reader.readToServer(bytes, 0, bytes.length, OFFSET), 0);
    return { next, reader, told };
  };

  test('begins with its preface, for a box that reads it', () => {
    expect(read(PREFACE, { change: HTTP2 }).next).toBe(PREFACE.length);
    expect(read(PREFACE, { change: HTTP2 }).reader.http2).toBeDefined();
    expect(read(PREFACE).reader.http2).toBeUndefined();
    expect(read('GET / HTTP/1.1\r\n\r\n', { change: HTTP2 })).toMatchObject({ next: 18 });
  });

  test('shows the hosts and the target of a request, at the place of its frame', () => {
    const { next, told } = opened(HTTP2, HEADERS);
    expect(next).toBe(HEADERS.length);
    expect(told).toEqual([
      `http.url / @${OFFSET}`,
      `http.host a.test @${OFFSET}`,
      `http.host b.test @${OFFSET}`,
    ]);
    const raw = opened({ http: { http2: true, parse: 'substring' } }, HEADERS);
    expect(raw.told).toEqual([`http.url / @${OFFSET}`]);
  });

  test('is done with the first request, not with a frame before it, unless the box reads every one', () => {
    expect(opened(ONE_REQUEST, frame(4, 0, 0)).reader).toMatchObject({
      isLast: false,
      body: 'none',
    });
    expect(opened(ONE_REQUEST, HEADERS).reader.isLast).toBe(true);
    expect(opened(HTTP2, HEADERS).reader.isLast).toBe(false);
  });

  test('has frames that are passed over, not whole yet, or broken', () => {
    const data = frame(0, 0, 1, new Uint8Array(300));
    expect(opened(HTTP2, data)).toMatchObject({
      next: 9,
      reader: { body: 'length', bodyLength: 300 },
    });
    const cut = opened(HTTP2, HEADERS.slice(0, -1));
    expect(cut).toMatchObject({ next: 'partial', told: [], reader: { wanted: HEADERS.length } });
    expect(opened(HTTP2, frame(9, 4, 1)).next).toBe('unknown');
  });
});

describe('DNS over TCP', () => {
  const told = [`dns.qname a.test @${OFFSET + 15}`];
  const server = { way: 'server', change: DNS } as const;

  test('is read on its ports, whoever speaks', () => {
    expect(read(QUERY, { change: DNS, to: 53 })).toMatchObject({ next: QUERY.length, told });
    expect(read(QUERY, { change: DNS, from: 53 }).next).toBe('unknown');
    expect(read(QUERY, { to: 53 }).next).toBe('unknown');
    expect(read(QUERY, { ...server, from: 53 })).toMatchObject({ next: QUERY.length, told });
    expect(read(QUERY, { ...server, to: 53 }).next).toBe('unknown');
  });

  test('is waited for, but not where the bytes may begin anywhere', () => {
    for (const length of [1, 2, 14, QUERY.length - 1]) {
      const part = QUERY.slice(0, length);
      expect([length, read(part, { change: DNS, to: 53 }).next]).toEqual([length, 'partial']);
      const resyncing = read(part, { change: DNS, to: 53, isResyncing: true });
      expect([length, resyncing.next]).toEqual([length, 'unknown']);
    }
  });

  test('is passed over where it has no question, or one of another class', () => {
    const query = dnsQuery('a.test');
    for (const odd of [dnsMessage({ questions: [] }), edit(query, query.length - 1, 7)]) {
      const message = framed(odd);
      expect(read(message, { change: DNS, to: 53 }).next).toBe(message.length);
      expect(read(message.slice(0, 9), { change: DNS, to: 53 }).next).toBe('partial');
      expect(read(message, { change: DNS, to: 53, isResyncing: true }).next).toBe('unknown');
    }
    expect(read(framed(new Uint8Array(11)), { change: DNS, to: 53 }).next).toBe('unknown');
  });

  test('leaves the query alone that has set a rule off, for an answer to it', () => {
    const other = framed(dnsQuery('other.test'));
    const { reader, seen } = read(QUERY, { change: DNS, to: 53, isHit: true });
    const { query } = seen;
    reader.readToServer(other, 0, other.length, 0);
    expect(Buffer.from(query?.name.slice(0, query.nameEnd) ?? '').toString()).toBe('a.test');
  });
});

describe('what a server says', () => {
  const PLAIN_HELLO = serverHelloMessage({ version: 0x0303 });
  const MODERN = serverHelloMessage({ extensions: [[43, u16s(0x0304)]] });
  const [hello, certificate] = flight({ version: 0x0303 }) as [Uint8Array, Uint8Array];
  const server = (bytes: Uint8Array, change: ModelChange = {}, answered?: RequestKind) =>
    read(bytes, { way: 'server', change, answered });

  test('a ServerHello of TLS 1.3 is whole by itself', () => {
    const bytes = records(MODERN);
    for (const change of [{}, GATHERED]) {
      const { next, told, reader } = server(bytes, change);
      expect([next, reader.isLast]).toEqual([bytes.length, true]);
      expect(told).toEqual([`tls.server-flight ${MODERN.length} bytes @${OFFSET + 5}`]);
    }
  });

  test('one of an earlier version waits for its certificate', () => {
    const bytes = records(hello, certificate);
    for (let length = records(hello).length; length < bytes.length; length++) {
      const { next, reader } = server(bytes.slice(0, length), GATHERED);
      expect([length, next]).toEqual([length, 'partial']);
      expect(reader.wanted).toBeGreaterThan(length);
      expect(reader.wanted).toBeLessThanOrEqual(bytes.length);
    }
    expect(server(bytes, GATHERED).next).toBe(bytes.length);
    const together = records(concat(hello, certificate));
    const cut = together.slice(0, -1);
    expect(server(cut)).toMatchObject({ next: 'partial', reader: { wanted: together.length } });
    expect(server(together).next).toBe(together.length);
  });

  test('one that is followed by no certificate waits for none', () => {
    const done = records(concat(PLAIN_HELLO, hex`0e 00 00 00`));
    expect(server(done, GATHERED).next).toBe(done.length);
    expect(server(records(PLAIN_HELLO)).next).toBe(records(PLAIN_HELLO).length);
    expect(server(records(PLAIN_HELLO), GATHERED).next).toBe('partial');
    const ended = concat(records(PLAIN_HELLO), record(23, hex`00`));
    expect(server(ended, GATHERED).next).toBe(records(PLAIN_HELLO).length);
  });

  test('a ServerHello that is not whole waits for as many bytes as it lacks', () => {
    const bytes = records(MODERN);
    for (let length = 1; length < bytes.length; length++) {
      const { next, told, reader } = server(bytes.slice(0, length));
      expect([length, next, ...told]).toEqual([length, length < 5 ? next : 'partial']);
      if (length >= 9) expect([length, reader.wanted]).toEqual([length, bytes.length]);
    }
  });

  test('another message in its place is not read', () => {
    expect(server(records(hex`0e 00 00 00`)).next).toBe('unknown');
    expect(server(ascii('220 mail\r\n')).next).toBe('unknown');
  });

  test('a warning before it is passed over', () => {
    expect(server(concat(WARNING, records(MODERN))).next).toBe(WARNING.length);
    for (let length = 1; length < WARNING.length; length++) {
      expect(server(WARNING.slice(0, length)).next).toBe('partial');
    }
    expect(server(edit(WARNING, 1, 4)).next).toBe('unknown');
  });

  test.each<{ lines: readonly string[]; to?: RequestKind; want: object }>([
    { lines: ['100 Continue'], want: { body: 'none', isAnswered: false, isLast: false } },
    { lines: ['204 No Content'], want: { body: 'none', isAnswered: true, isLast: false } },
    {
      lines: ['200 OK', 'Content-Length: 7'],
      want: { body: 'length', bodyLength: 7, isLast: false },
    },
    { lines: ['200 OK', 'Content-Length: 7'], to: 'head', want: { body: 'none', bodyLength: 0 } },
    {
      lines: ['200 OK'],
      to: 'other',
      want: { body: 'until-close', isLast: true, isAnswered: true },
    },
    { lines: ['200 OK'], to: 'connect', want: { body: 'none', isLast: false } },
  ])('an answer of $lines to $to tells what follows it', ({ lines, to, want }) => {
    const [status, ...fields] = lines;
    const bytes = ascii([`HTTP/1.1 ${status}`, ...fields, '', ''].join('\r\n'));
    const { next, reader } = server(bytes, {}, to);
    expect(next).toBe(bytes.length);
    expect(reader).toMatchObject(want);
    expect(server(bytes.slice(0, -1), {}, to)).toMatchObject({
      next: 'partial',
      reader: { isAnswered: false, isLast: false, body: 'none' },
    });
  });
});

interface ReadOptions {
  readonly change?: ModelChange | undefined;
  readonly way?: 'client' | 'server';
  readonly from?: number;
  readonly to?: number;
  readonly answered?: RequestKind | undefined;
  readonly isResyncing?: boolean;
  readonly isHit?: boolean;
}

/** One message, that lies among other bytes; and what the sink was told. */
function read(message: string | Uint8Array, options: ReadOptions = {}) {
  const { change = {}, way = 'client', from = 40_000, to = 80, isHit = false } = options;
  const told: string[] = [];
  const seen = new Observation();
  const packet = tcpFrame({
    src: '10.0.0.1',
    dst: '10.0.0.2',
    srcPort: from,
    dstPort: to,
    seq: 1,
    ack: 1,
    flags: 'A',
  });
  seen.packet = new PacketView().decode(packet, 0, packet.length);
  seen.direction = way === 'client' ? 'to-server' : 'to-client';
  seen.isQuic = true;
  const take = ({ kind, bytes, at, end, offset }: Observation): boolean => {
    const text = Buffer.from(bytes.slice(at, end)).toString('latin1');
    const isName = end - at < 20 && !text.includes('\r');
    told.push(`${kind} ${isName ? text : `${end - at} bytes`} @${offset}`);
    return isHit;
  };
  const reader = new MessageReader(modelOf(change), { ...SILENT, take }, seen);
  reader.answered = options.answered ?? 'unknown';
  reader.isResyncing = options.isResyncing ?? false;
  const { bytes, at, end } = placed(typeof message === 'string' ? ascii(message) : message, 50);
  const next =
    way === 'client'
      ? reader.readToServer(bytes, at, end, OFFSET)
      : reader.readToClient(bytes, at, end, OFFSET);
  return { next: nameOf(next, at), reader, told, seen };
}

function nameOf(next: number, at: number): number | 'partial' | 'unknown' | 'refused' {
  const known = { [PARTIAL]: 'partial', [UNKNOWN]: 'unknown', [REFUSED]: 'refused' } as const;
  return known[next as typeof PARTIAL] ?? next - at;
}

function modelOf({ tls, http, dns }: ModelChange): Model {
  return {
    ...PLAIN,
    tls: { ...PLAIN.tls, ...tls },
    http: { ...PLAIN.http, ...http },
    dns: { ...PLAIN.dns, ...dns },
  };
}

function framed(message: Uint8Array): Uint8Array {
  return vector(2, message);
}

const SILENT = { asksAbout: () => true, take: () => false, hasFound: false };
