import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClientHello } from '../../../src/wire/tls/client-hello.ts';
import {
  ascii,
  clientHello,
  clientHelloMessage,
  concat,
  edit,
  hex,
  placed,
  tlsRecord,
} from '../../support/packets.ts';
import { helloMessage, vector } from '../../support/tls.ts';

const SNI = 'www.meydan.tv';

test("OpenSSL's ClientHello, cut at any byte, shows its name exactly when it is all there", () => {
  const bytes = clientHelloOfOpenSsl(SNI);
  const nameEnd = Buffer.from(bytes).indexOf(SNI) + SNI.length;
  expect(nameEnd).toBeGreaterThan(SNI.length);
  expectRightPrefixes(bytes, SNI, nameEnd);
});

test("OpenSSL's ClientHello without a name shows none", () => {
  const bytes = clientHelloOfOpenSsl(undefined);
  expect(read(bytes)).toEqual({ status: 'complete', sni: undefined });
});

test('a ClientHello cut at any byte shows its name exactly when it is all there, whatever is around it', () => {
  const extension = fc.tuple(fc.integer({ min: 1, max: 0xffff }), fc.nat(12));
  const extensions = fc.array(extension, { maxLength: 4 });
  const anyHello = fc.record({
    sni: fc.stringMatching(/^[a-zA-Z0-9.-]{0,24}$/),
    sessionIdLength: fc.constantFrom(0, 1, 32),
    before: extensions,
    after: extensions,
  });
  fc.assert(
    fc.property(anyHello, (hello) => {
      const bytes = clientHello(hello);
      const behind = hello.after.reduce((sum, [, length]) => sum + 4 + length, 0);
      expectRightPrefixes(bytes, hello.sni, bytes.length - behind);
    }),
  );
});

describe('no name is seen', () => {
  const whole = clientHello({ sni: SNI });
  const bare = clientHello({ sni: SNI, before: [], after: [] });
  test.each([
    { name: 'in a ClientHello without server_name', bytes: clientHello({}) },
    {
      name: 'in a ClientHello without any extension',
      bytes: clientHello({ before: [], after: [] }),
    },
    { name: 'whose first extension is empty', bytes: clientHello({ sni: SNI, before: [[0, 0]] }) },
    { name: 'whose extension is four bytes', bytes: clientHello({ before: [[0, 4]] }) },
    { name: 'of another type than host_name', bytes: edit(whole, nameAt(whole) - 3, 1) },
    { name: 'that runs past its extension', bytes: edit(whole, nameAt(whole) - 1, SNI.length + 1) },
    {
      name: 'past the end of the extensions',
      bytes: edit(bare, nameAt(bare) - 11, 0, 9 + SNI.length - 1),
    },
    { name: 'in a handshake message that ends before it', bytes: edit(whole, 6, 0, 0, 60) },
  ])('$name', ({ bytes }) => {
    expect(read(bytes).sni).toBeUndefined();
  });

  test('when the ClientHello spans two records and the first ends before the name does', () => {
    const message = clientHelloMessage({ sni: SNI });
    const nameEnd = Buffer.from(message).indexOf(SNI) + SNI.length;
    for (let cut = 1; cut < message.length; cut++) {
      const records = [message.slice(0, cut), message.slice(cut)].map(tlsRecord);
      const want = { cut, status: 'complete', sni: cut < nameEnd ? undefined : SNI };
      expect({ cut, ...read(concat(...records)) }).toEqual(want);
    }
  });
});

describe('not a ClientHello', () => {
  test.each([
    { name: 'no bytes', bytes: hex`` },
    { name: 'application data', bytes: hex`17 03 03 00 02 01 01` },
    { name: 'an alert', bytes: hex`15 03 03 00 02 02 28` },
    { name: 'SSL 2', bytes: hex`80 2e 01 03 01` },
    { name: 'a record of major version 2', bytes: hex`16 02 01 00 05 01` },
    { name: 'two bytes of it', bytes: hex`16 02` },
    { name: 'a ServerHello', bytes: hex`16 03 03 00 05 02 00 00 01 00` },
    { name: 'HTTP', bytes: hex`47 45 54 20 2f` },
  ])('$name', ({ bytes }) => {
    expect(read(bytes)).toEqual({ status: 'not-client-hello', sni: undefined });
  });
});

test('nothing of the last ClientHello is left after the next', () => {
  const hello = new ClientHello();
  const bytes = clientHello({ sni: SNI });
  hello.read(bytes, 0, bytes.length);
  hello.read(bytes, 0, 5);
  expect(hello).toMatchObject({ status: 'partial', sniAt: -1, sniEnd: -1 });
});

describe('whatever the bytes', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 4 });
  const mutated = fc.tuple(fc.nat(4), edits).map(([padding, changes]) => {
    const bytes = clientHello({ sni: SNI, after: [[21, padding]] });
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes;
  });
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.uint8Array({ maxLength: 64 }).map((rest) => concat(hex`16 03 01 00 3c 01 00 00 38`, rest)),
    { arbitrary: mutated, weight: 3 },
  );

  test('read never throws, and a name it shows lies inside the bytes', () => {
    fc.assert(
      fc.property(anyBytes, (payload) => {
        const { bytes, at, end } = placed(payload);
        const hello = new ClientHello().read(bytes, at, end);
        if (hello.sniAt < 0) return;
        expect(hello.status).not.toBe('not-client-hello');
        expect(hello.sniAt).toBeGreaterThan(at);
        expect(hello.sniEnd).toBeGreaterThanOrEqual(hello.sniAt);
        expect(hello.sniEnd).toBeLessThanOrEqual(end);
      }),
      { numRuns: 1000 },
    );
  });

  test('further bytes change no answer but "partial", and move no name that was seen', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(), (whole, n) => {
        const cut = 1 + (n % Math.max(1, whole.length));
        const before = new ClientHello().read(whole, 0, Math.min(cut, whole.length));
        const after = new ClientHello().read(whole, 0, whole.length);
        if (whole.length > 0 && before.status !== 'partial') expect(after).toEqual(before);
        if (before.sniAt >= 0)
          expect(after).toMatchObject({ sniAt: before.sniAt, sniEnd: before.sniEnd });
      }),
      { numRuns: 1000 },
    );
  });
});

function expectRightPrefixes(hello: Uint8Array, sni: string, nameEnd: number): void {
  const { bytes, at } = placed(hello);
  for (let cut = 1; cut <= hello.length; cut++) {
    expect({ cut, ...readRange(bytes, at, at + cut) }).toEqual({
      cut,
      status: cut < hello.length ? 'partial' : 'complete',
      sni: cut < nameEnd ? undefined : sni,
    });
  }
}

function read(payload: Uint8Array): { status: string; sni: string | undefined } {
  const { bytes, at, end } = placed(payload);
  return readRange(bytes, at, end);
}

test('the first host_name counts, also behind names of other types', () => {
  const entry = (type: number, name: string): Uint8Array =>
    concat(Uint8Array.of(type), vector(2, ascii(name)));
  const hello = (...entries: Uint8Array[]): Uint8Array =>
    tlsRecord(helloMessage({ extensions: [[0, vector(2, concat(...entries))]] }));
  expect(read(hello(entry(1, 'other'), entry(255, ''), entry(0, SNI), entry(0, 'b')))).toEqual({
    status: 'complete',
    sni: SNI,
  });
  expect(read(hello(entry(1, 'other')))).toEqual({ status: 'complete', sni: undefined });
});

function readRange(
  bytes: Uint8Array,
  at: number,
  end: number,
): { status: string; sni: string | undefined } {
  const { status, sniAt, sniEnd } = new ClientHello().read(bytes, at, end);
  const sni = sniAt < 0 ? undefined : Buffer.from(bytes.slice(sniAt, sniEnd)).toString('latin1');
  return { status, sni };
}

function nameAt(hello: Uint8Array): number {
  return Buffer.from(hello).indexOf(SNI);
}

/** What node:tls writes first; no socket is involved. */
function clientHelloOfOpenSsl(servername: string | undefined): Uint8Array {
  const written: Uint8Array[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Uint8Array, _encoding, done) => {
      written.push(chunk);
      done();
    },
  });
  const tls = connect(servername === undefined ? { socket } : { socket, servername });
  tls.on('error', () => undefined).destroy();
  return concat(...written);
}
