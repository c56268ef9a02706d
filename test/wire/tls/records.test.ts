import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClientHello } from '../../../src/wire/tls/client-hello.ts';
import { HandshakeRecords } from '../../../src/wire/tls/records.ts';
import {
  ascii,
  clientHelloMessage,
  concat,
  edit,
  hex,
  placed,
  tlsRecord,
} from '../../support/packets.ts';
import { record } from '../../support/tls.ts';

const LIMIT = 4096;
const MESSAGE = clientHelloMessage({ sni: 'www.meydan.tv' });
const [CHANGE_CIPHER_SPEC, ALERT, APPLICATION_DATA] = [20, 21, 23];

test('a message split at any byte is read as if it were not', () => {
  for (let cut = 1; cut < MESSAGE.length; cut++) {
    const source = concat(...[MESSAGE.slice(0, cut), MESSAGE.slice(cut)].map(tlsRecord));
    const { records } = gather(source);
    const hello = new ClientHello().readMessage(records.bytes, records.at, records.end);
    expect(hello).toMatchObject({ status: 'complete', messageEnd: records.end });
    expect(hello.bytes.slice(hello.sniAt, hello.sniEnd)).toEqual(ascii('www.meydan.tv'));
  }
});

test('a message in records of one byte each is read as if it were not', () => {
  const records = gather(concat(...Array.from(MESSAGE, (byte) => tlsRecord(Uint8Array.of(byte)))));
  expect(records.contents).toEqual(MESSAGE);
});

describe('nothing is copied', () => {
  const whole = tlsRecord(MESSAGE);
  test.each([
    { name: 'of one record', source: whole },
    { name: 'of one record that is cut', source: whole.slice(0, 50) },
    { name: 'of one record after empty ones', source: concat(tlsRecord(hex``), whole) },
    { name: 'of one record before empty ones', source: concat(whole, tlsRecord(hex``)) },
    { name: 'before a record of another type', source: concat(whole, record(23, MESSAGE)) },
  ])('$name', ({ source }) => {
    const { records, bytes } = gather(source);
    expect(records.bytes).toBe(bytes);
    expect(records.sourceAt(records.at)).toBe(records.at);
  });
});

test('what has been allocated for one message is used for the next', () => {
  const records = new HandshakeRecords(LIMIT);
  const source = concat(...[MESSAGE.slice(0, 9), MESSAGE.slice(9)].map(tlsRecord));
  const first = records.read(source, 0, source.length).bytes;
  expect(first).not.toBe(source);
  expect(records.read(source, 0, source.length).bytes).toBe(first);
});

describe('a reader of any records passes over', () => {
  const [one, other] = [tlsRecord(hex`01 02`), tlsRecord(hex`03`)];
  test.each([
    { name: 'ChangeCipherSpec', between: record(CHANGE_CIPHER_SPEC, hex`01`) },
    { name: 'a warning', between: record(ALERT, hex`01 64`) },
    { name: 'several', between: concat(record(ALERT, hex`01 64`), record(ALERT, hex`01 5a`)) },
  ])('$name between two records', ({ between }) => {
    const source = concat(one, between, other);
    const records = new HandshakeRecords(LIMIT, undefined, 'any').read(source, 0, source.length);
    expect(records.bytes.slice(records.at, records.end)).toEqual(hex`01 02 03`);
    expect(records.sourceAt(records.at + 2)).toBe(source.length - 1);
    expect(records.nextAt).toBe(source.length);
  });

  test('versions that no TLS has, up to 15.255, and nothing else', () => {
    const read = (bytes: Uint8Array): number => {
      const records = new HandshakeRecords(LIMIT, undefined, 'any').read(bytes, 0, bytes.length);
      return records.end - records.at;
    };
    expect(read(hex`16 0f ff 00 01 aa 16 00 00 00 01 bb`)).toBe(2);
    expect(read(hex`16 10 00 00 01 aa`)).toBe(0);
    expect(read(hex`16 03 01 00 01 aa 15 03 01 01 00 00 16 03 01 00 01 bb`)).toBe(1);
    expect(read(hex`16 03 01 00 01 aa 17 03 01 00 01 00 16 03 01 00 01 bb`)).toBe(1);
  });
});

describe('the gathering ends', () => {
  const two = concat(tlsRecord(hex`01 02`), tlsRecord(hex`03`));
  test.each([
    { name: 'at change_cipher_spec', behind: record(CHANGE_CIPHER_SPEC, hex`01`) },
    { name: 'at an alert', behind: record(ALERT, hex`02 28`) },
    { name: 'at application data', behind: record(APPLICATION_DATA, hex`00 01`) },
    { name: 'at a record of major version 2', behind: hex`16 02 00 00 01 04` },
    { name: 'at something else', behind: ascii('GET / HTTP/1.1') },
    { name: 'with the bytes', behind: hex`` },
  ])('$name', ({ behind }) => {
    const { records, contents, at } = gather(concat(two, behind));
    expect(contents).toEqual(hex`01 02 03`);
    expect(records).toMatchObject({ status: 'complete-records', over: false });
    expect(records.nextAt - at).toBe(two.length);
  });

  test.each([
    { name: 'inside a record', behind: hex`16 03 03 00 02 04`, contents: hex`01 02 03 04` },
    { name: 'behind a header', behind: hex`16 03 03 00 02`, contents: hex`01 02 03` },
    { name: 'inside a header', behind: hex`16 03 03`, contents: hex`01 02 03` },
    { name: 'behind one byte of a header', behind: hex`16`, contents: hex`01 02 03` },
  ])('with the bytes, $name, and what comes may belong to it', ({ behind, contents: want }) => {
    const { records, contents, at } = gather(concat(two, behind));
    expect(contents).toEqual(want);
    expect(records).toMatchObject({ status: 'partial', over: false });
    expect(records.nextAt - at).toBe(two.length);
  });
});

describe('not TLS', () => {
  test.each([
    { name: 'no bytes', source: hex`` },
    { name: 'application data', source: record(APPLICATION_DATA, hex`01`) },
    { name: 'HTTP', source: ascii('GET / HTTP/1.1') },
    { name: 'SSL 2', source: hex`80 2e 01 03 01` },
    { name: 'a record of major version 2', source: edit(tlsRecord(MESSAGE), 1, 2) },
  ])('$name', ({ source }) => {
    const { records, contents, at } = gather(source);
    expect(contents).toEqual(hex``);
    expect(records).toMatchObject({ status: 'not-tls', over: false, nextAt: at });
  });
});

describe('no more than the limit is gathered', () => {
  const ten = new Uint8Array(10).fill(0x0a);
  test.each([
    { name: 'of one record', source: tlsRecord(new Uint8Array(11).fill(0x0a)), nextAt: 0 },
    { name: 'of two', source: concat(tlsRecord(ten), tlsRecord(hex`0b`)), nextAt: 15 },
    {
      name: 'of two, the second in part',
      source: concat(tlsRecord(ten.slice(1)), tlsRecord(hex`0a 0b`)),
      nextAt: 14,
    },
  ])('$name', ({ source, nextAt }) => {
    const { records, contents, at } = gather(source, 10);
    expect(contents).toEqual(ten);
    expect(records).toMatchObject({ over: true, status: 'complete-records', nextAt: at + nextAt });
  });

  test('but exactly the limit is', () => {
    const { records, contents } = gather(concat(tlsRecord(ten), tlsRecord(hex``)), 10);
    expect(contents).toEqual(ten);
    expect(records.over).toBe(false);
  });

  test('and no more records than their limit, empty ones too', () => {
    const empty = tlsRecord(hex``);
    const three = concat(empty, empty, tlsRecord(hex`01`));
    expect(gather(three, LIMIT, 3)).toMatchObject({ contents: hex`01`, records: { over: false } });
    const { records, contents, at } = gather(concat(three, tlsRecord(hex`02`)), LIMIT, 3);
    expect(contents).toEqual(hex`01`);
    expect(records).toMatchObject({ over: true, nextAt: at + three.length });
  });

  test('a million empty records are given up early', () => {
    const source = new Uint8Array(5_000_000);
    for (let at = 0; at < source.length; at += 5) source.set([22, 3, 1], at);
    const records = new HandshakeRecords(LIMIT).read(source, 0, source.length);
    expect(records).toMatchObject({ over: true, at: records.end, nextAt: 5 * 2048 });
  });
});

describe('whatever the bytes', () => {
  const anyPart = fc.uint8Array({ maxLength: 12 });
  const anyParts = fc.array(anyPart, { maxLength: 12 });

  test('contents are gathered in order, and each byte knows where it came from', () => {
    fc.assert(
      fc.property(anyParts, fc.nat(), (parts, n) => {
        const all = concat(...parts.map(tlsRecord));
        const cut = n % (all.length + 1);
        const { records, contents, bytes, end } = gather(all.slice(0, cut));
        expect(contents).toEqual(concat(...parts).slice(0, contents.length));
        expect(records.over).toBe(false);
        for (let i = 0; i < contents.length; i++) {
          const source = records.sourceAt(records.at + i);
          expect(source).toBeLessThan(end);
          expect(bytes[source]).toBe(contents[i]);
        }
        if (cut === all.length) expect(contents).toHaveLength(concat(...parts).length);
      }),
      { numRuns: 500 },
    );
  });

  test('places in the source grow with the places in the contents', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const { records, contents } = gather(concat(...parts.map(tlsRecord)));
        const sources = Array.from(contents, (_, i) => records.sourceAt(records.at + i));
        expect(sources).toEqual([...new Set(sources)].toSorted((a, b) => a - b));
      }),
    );
  });

  test('reading never throws, keeps to the bytes and to the limits, and leaves nothing behind', () => {
    const reused = new HandshakeRecords(20, 4);
    const anySource = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      anyParts.map((parts) => concat(...parts.map(tlsRecord))),
      fc.tuple(anyParts, fc.nat(), fc.nat(0xff)).map(([parts, n, value]) => {
        const bytes = concat(...parts.map(tlsRecord));
        return edit(bytes, n % Math.max(1, bytes.length), ...(bytes.length > 0 ? [value] : []));
      }),
    );
    fc.assert(
      fc.property(anySource, (source) => {
        const { records, contents, at, end } = gather(source, 20, 4);
        expect(contents.length).toBeLessThanOrEqual(20);
        expect(records.nextAt).toBeGreaterThanOrEqual(at);
        expect(records.nextAt).toBeLessThanOrEqual(end);
        const again = reused.read(placed(source).bytes, at, end);
        expect(again).toMatchObject({ status: records.status, over: records.over });
        expect(again.bytes.slice(again.at, again.end)).toEqual(contents);
      }),
      { numRuns: 1000 },
    );
  });
});

function gather(source: Uint8Array, limit = LIMIT, recordLimit?: number) {
  const { bytes, at, end } = placed(source);
  const records = new HandshakeRecords(limit, recordLimit).read(bytes, at, end);
  return { records, contents: records.bytes.slice(records.at, records.end), bytes, at, end };
}
