import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClientHello } from '../../../src/wire/tls/client-hello.ts';
import { ascii, concat, edit, hex, placed, tlsRecord } from '../../support/packets.ts';
import {
  type Extension,
  extension,
  firstFlight,
  type HelloFields,
  helloMessage,
  readU16s,
} from '../../support/tls.ts';

/** RFC 8448 §3, "Simple 1-RTT Handshake". */
const RFC_8448 = hex`
  01 00 00 c0 03 03 cb 34 ec b1 e7 81 63 ba 1c 38 c6 da cb 19 6a 6d ff a2 1a 8d 99 12 ec 18 a2 ef
  62 83 02 4d ec e7 00 00 06 13 01 13 03 13 02 01 00 00 91 00 00 00 0b 00 09 00 00 06 73 65 72 76
  65 72 ff 01 00 01 00 00 0a 00 14 00 12 00 1d 00 17 00 18 00 19 01 00 01 01 01 02 01 03 01 04 00
  23 00 00 00 33 00 26 00 24 00 1d 00 20 99 38 1d e5 60 e4 bd 43 d2 3d 8e 43 5a 7d ba fe b3 c0 6e
  51 c1 3c ae 4d 54 13 69 1e 52 9a af 2c 00 2b 00 03 02 03 04 00 0d 00 20 00 1e 04 03 05 03 06 03
  02 03 08 04 08 05 08 06 04 01 05 01 06 01 02 01 04 02 05 02 06 02 02 02 00 2d 00 02 01 01 00 1c
  00 02 40 01
`;
const KEY = new Uint8Array(32).fill(0x6b);
const FULL: Extension[] = [
  extension.serverName('www.meydan.tv'),
  extension.supportedGroups(0x001d, 0x0017),
  extension.ecPointFormats(0, 1, 2),
  extension.signatureAlgorithms(0x0403, 0x0804, 0x0401),
  extension.alpn(ascii('h2'), ascii('http/1.1')),
  extension.supportedVersions(0x0304, 0x0303),
  extension.keyShare(0x001d, KEY),
  [0xfe0d, hex`00 01 02`],
  [0xffce, hex`13 01`],
];
const MESSAGE = helloMessage({
  version: 0x0302,
  sessionId: hex`aa bb cc`,
  ciphers: [0x1301, 0xc02f, 0x0039],
  compressionMethods: hex`01 00`,
  extensions: FULL,
});

test('the ClientHello of RFC 8448 §3 shows all that is in it', () => {
  expect(shown(RFC_8448)).toMatchObject({
    status: 'complete',
    legacyVersion: 0x0303,
    sessionId: '',
    cipherSuites: '130113031302',
    compressionMethods: '00',
    sni: ascii('server'),
    supportedGroups: '001d00170018001901000101010201030104',
    supportedVersions: '0304',
    signatureAlgorithms: '040305030603020308040805080604010501060102010402050206020202',
    keyShare: '001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d541369'.concat('1e529aaf2c'),
    alpn: undefined,
    ecPointFormats: undefined,
    hasAllExtensions: true,
    hasServerNameExtension: true,
    hasEch: false,
    hasEsni: false,
  });
});

test('every field lies where it is, whatever is around the message', () => {
  expect(shown(MESSAGE)).toEqual({
    status: 'complete',
    messageLength: MESSAGE.length,
    legacyVersion: 0x0302,
    sessionId: 'aabbcc',
    cipherSuites: '1301c02f0039',
    compressionMethods: '0100',
    extensionsEnd: MESSAGE.length,
    sni: ascii('www.meydan.tv'),
    alpn: '02683208687474702f312e31',
    supportedVersions: '03040303',
    supportedGroups: '001d0017',
    ecPointFormats: '000102',
    signatureAlgorithms: '040308040401',
    keyShare: `001d0020${'6b'.repeat(32)}`,
    hasEch: true,
    hasEsni: true,
    hasServerNameExtension: true,
    hasAllExtensions: true,
  });
});

test("OpenSSL's ClientHello says what it was asked to say", () => {
  const { bytes, at, end } = placed(
    firstFlight({
      servername: 'www.example.org',
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.2',
      ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
      ecdhCurve: 'P-256',
      sigalgs: 'rsa_pss_rsae_sha256',
    }),
  );
  const hello = new ClientHello().read(bytes, at, end);
  expect(readU16s(bytes, hello.cipherSuitesAt, hello.cipherSuitesEnd)).toEqual([
    0x1301, 0xc02f, 0x00ff,
  ]);
  expect(readU16s(bytes, hello.supportedGroupsAt, hello.supportedGroupsEnd)).toEqual([0x0017]);
  expect(readU16s(bytes, hello.supportedVersionsAt, hello.supportedVersionsEnd)).toEqual([
    0x0304, 0x0303,
  ]);
  expect(readU16s(bytes, hello.signatureAlgorithmsAt, hello.signatureAlgorithmsEnd)).toEqual([
    0x0804,
  ]);
  expect(bytes.slice(hello.alpnAt, hello.alpnEnd)).toEqual(concat(hex`02`, ascii('h2')));
  expect(hello.keyShareEnd - hello.keyShareAt).toBe(2 + 2 + 65);
  expect(hello).toMatchObject({ hasAllExtensions: true, messageEnd: end, legacyVersion: 0x0303 });
});

describe('a message cut at any byte', () => {
  const cuts = Array.from({ length: MESSAGE.length }, (_, cut) => MESSAGE.slice(0, cut));

  test('is partial, and its length is known from the fourth byte on', () => {
    for (const cut of cuts) {
      const messageLength = cut.length < 4 ? undefined : MESSAGE.length;
      expect(shown(cut)).toMatchObject({ status: 'partial', messageLength });
    }
  });

  test('shows a list or a name exactly when it is whole', () => {
    const whole = read(MESSAGE);
    for (const cut of cuts) {
      const hello = read(cut);
      for (const [at, end] of RANGES) {
        const want = cut.length < whole[end] ? -1 : whole[at];
        expect([cut.length, at, hello[at]]).toEqual([cut.length, at, want]);
      }
    }
  });

  test('may still get further extensions', () => {
    for (const cut of cuts) expect(read(cut).hasAllExtensions).toBe(false);
  });

  test('shows a flag as soon as the header of its extension is there', () => {
    for (const cut of cuts) {
      const headerEnd = (type: Uint8Array): number => Buffer.from(MESSAGE).lastIndexOf(type) + 4;
      expect(read(cut)).toMatchObject({
        hasEch: cut.length >= headerEnd(hex`fe 0d 00 03`),
        hasEsni: cut.length >= headerEnd(hex`ff ce 00 02`),
        hasServerNameExtension: cut.length >= headerEnd(hex`00 00 00 12 00 10`),
      });
    }
  });
});

describe('the absence of an extension is certain', () => {
  const name = extension.serverName('a.example');
  const empty = helloMessage({ extensions: [] });
  const one = helloMessage({ extensions: [extension.empty(23)] });
  const lengthAt = one.length - 4 - 2;
  test.each([
    { name: 'without a block of extensions', bytes: helloMessage(), certain: true },
    { name: 'with an empty block', bytes: empty, certain: true },
    { name: 'with a whole block', bytes: one, certain: true },
    { name: 'with a byte behind the message', bytes: concat(one, hex`00`), certain: true },
    {
      name: 'with a block that is shorter than the message',
      bytes: edit(concat(one, hex`00`), 3, one.length - 3),
      certain: true,
    },
    {
      name: 'not with a block that is longer than the message',
      bytes: edit(one, lengthAt, 0, 5),
      certain: false,
    },
    {
      name: 'not with an extension that is longer than the block',
      bytes: edit(one, one.length - 1, 1),
      certain: false,
    },
    {
      name: 'not with half an extension header at the end',
      bytes: edit(concat(one, hex`00 00`), 3, one.length - 2, ...one.slice(4, lengthAt), 0, 6),
      certain: false,
    },
    {
      name: 'not with one byte where the block should be',
      bytes: edit(concat(helloMessage(), hex`00`), 3, helloMessage().length - 3),
      certain: false,
    },
    { name: 'with the name there', bytes: helloMessage({ extensions: [name] }), certain: true },
  ])('$name', ({ bytes, certain }) => {
    expect(read(bytes)).toMatchObject({ status: 'complete', hasAllExtensions: certain });
  });

  test('not in a record that holds only the beginning of the message', () => {
    const { bytes, at, end } = placed(tlsRecord(helloMessage({ extensions: [name] }).slice(0, -1)));
    const hello = new ClientHello().read(bytes, at, end);
    expect(hello).toMatchObject({ status: 'complete', sniAt: -1, hasAllExtensions: false });
    expect(hello.messageEnd).toBe(end + 1);
  });
});

describe('a list is not taken from', () => {
  test.each([
    { name: 'an extension too short for its length', extensions: [[16, hex`00`]] },
    { name: 'an empty extension', extensions: [extension.empty(16)] },
    { name: 'a list longer than its extension', extensions: [[16, hex`00 04 02 68 32`]] },
  ] as const)('$name', ({ extensions }) => {
    expect(read(helloMessage({ extensions }))).toMatchObject({ alpnAt: -1, alpnEnd: -1 });
  });

  test('a second extension, unless the first holds none', () => {
    const [first, second] = [extension.alpn(ascii('h2')), extension.alpn(ascii('h3'))];
    const twice = shown(helloMessage({ extensions: [first, second] }));
    expect(twice.alpn).toBe('026832');
    const broken = shown(helloMessage({ extensions: [extension.empty(16), second] }));
    expect(broken.alpn).toBe('026833');
  });

  test('a second server_name, ever', () => {
    const extensions = [extension.empty(0), extension.serverName('a.example')];
    expect(shown(helloMessage({ extensions })).sni).toBeUndefined();
  });
});

describe('what is not a ClientHello sets nothing', () => {
  test.each([
    { name: 'a ServerHello', bytes: edit(MESSAGE, 0, 2) },
    { name: 'a HelloRequest', bytes: hex`00 00 00 00` },
    { name: 'a record', bytes: tlsRecord(MESSAGE) },
  ])('$name', ({ bytes }) => {
    const blank = new ClientHello();
    expect(new ClientHello().readMessage(bytes, 0, bytes.length)).toEqual(
      Object.assign(blank, { bytes }),
    );
    const reused = new ClientHello().readMessage(MESSAGE, 0, MESSAGE.length);
    expect(reused.readMessage(bytes, 0, bytes.length)).toEqual(Object.assign(blank, { bytes }));
  });

  test('but no bytes at all may become one', () => {
    expect(read(hex``).status).toBe('partial');
  });
});

test('a record and its contents are read alike', () => {
  const contents = placed(MESSAGE, 12);
  const whole = placed(tlsRecord(MESSAGE), 7);
  const message = new ClientHello().readMessage(contents.bytes, contents.at, contents.end);
  const inRecord = new ClientHello().read(whole.bytes, whole.at, whole.end);
  expect(inRecord).toEqual(Object.assign(message, { bytes: whole.bytes }));
});

test('bytes behind an empty record do not belong to it', () => {
  const bytes = concat(hex`16 03 01 00 00`, tlsRecord(MESSAGE));
  expect(new ClientHello().read(bytes, 0, bytes.length)).toMatchObject({
    status: 'complete',
    messageEnd: -1,
  });
});

describe('whatever the bytes', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 5 });
  const mutated = fc.tuple(edits, fc.nat(20)).map(([changes, cut]) => {
    const bytes = MESSAGE.slice(0, MESSAGE.length - cut);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes;
  });
  const anyMessage = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.uint8Array({ maxLength: 96 }).map((rest) => concat(MESSAGE.slice(0, 50), rest)),
    { arbitrary: mutated, weight: 3 },
  );

  test('reading never throws, and what it shows lies inside the bytes', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { bytes, at, end } = placed(message);
        const hello = new ClientHello().readMessage(bytes, at, end);
        for (const [from, to] of [...RANGES, ['extensionsAt', 'extensionsEnd'] as const]) {
          if (hello[from] < 0) expect(hello[to]).toBe(-1);
          else expectInOrder([at + 4, hello[from], hello[to], end]);
        }
        if (hello.hasAllExtensions) expect(hello.compressionMethodsEnd).toBeLessThanOrEqual(end);
      }),
      { numRuns: 2000 },
    );
  });

  test('the bytes around the message make no difference', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(0xff), (message, filler) => {
        const { bytes, at, end } = placed(message);
        const other = bytes.slice().fill(filler, 0, at).fill(filler, end);
        const [one, two] = [new ClientHello(), new ClientHello()];
        one.readMessage(bytes, at, end);
        two.readMessage(other, at, end);
        expect(two).toEqual(Object.assign(one, { bytes: other }));
      }),
      { numRuns: 1000 },
    );
  });

  test('what has been seen stays where it is when further bytes come', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, n) => {
        const whole = read(message);
        const part = read(message.slice(0, n % (message.length + 1)));
        for (const name of RANGES.flat()) {
          if (part[name] >= 0) expect([name, whole[name]]).toEqual([name, part[name]]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing is left of the message before', () => {
    fc.assert(
      fc.property(anyMessage, anyMessage, (first, second) => {
        const reused = new ClientHello().readMessage(first, 0, first.length);
        expect(reused.readMessage(second, 0, second.length)).toEqual(read(second));
      }),
    );
  });
});

test('any fields come out as they went in', () => {
  const u16 = fc.nat(0xffff);
  const anyFields: fc.Arbitrary<HelloFields> = fc.record({
    version: u16,
    sessionId: fc.uint8Array({ maxLength: 32 }),
    ciphers: fc.array(u16, { maxLength: 20 }),
    compressionMethods: fc.uint8Array({ maxLength: 3 }),
    extensions: fc.array(fc.tuple(u16, fc.uint8Array({ maxLength: 20 })), { maxLength: 9 }),
  });
  fc.assert(
    fc.property(anyFields, (fields) => {
      const message = helloMessage(fields);
      const hello = read(message);
      expect(hello).toMatchObject({ status: 'complete', hasAllExtensions: true });
      expect(hello.legacyVersion).toBe(fields.version);
      expect(message.slice(hello.sessionIdAt, hello.sessionIdEnd)).toEqual(fields.sessionId);
      const ciphers = readU16s(message, hello.cipherSuitesAt, hello.cipherSuitesEnd);
      expect(ciphers).toEqual(fields.ciphers);
    }),
  );
});

const RANGES = [
  ['sessionIdAt', 'sessionIdEnd'],
  ['cipherSuitesAt', 'cipherSuitesEnd'],
  ['compressionMethodsAt', 'compressionMethodsEnd'],
  ['sniAt', 'sniEnd'],
  ['alpnAt', 'alpnEnd'],
  ['supportedVersionsAt', 'supportedVersionsEnd'],
  ['supportedGroupsAt', 'supportedGroupsEnd'],
  ['ecPointFormatsAt', 'ecPointFormatsEnd'],
  ['signatureAlgorithmsAt', 'signatureAlgorithmsEnd'],
  ['keyShareAt', 'keyShareEnd'],
] as const;

function read(message: Uint8Array): ClientHello {
  return new ClientHello().readMessage(message, 0, message.length);
}

/** Ranges as hexadecimal text, other places relative to the message; what is -1 is undefined. */
function shown(message: Uint8Array) {
  const { bytes, at, end } = placed(message);
  const hello = new ClientHello().readMessage(bytes, at, end);
  const text = (from: number, to: number): string | undefined =>
    from < 0 ? undefined : Buffer.from(bytes.slice(from, to)).toString('hex');
  const place = (position: number): number | undefined =>
    position < 0 ? undefined : position - at;
  const { status, legacyVersion, hasEch, hasEsni } = hello;
  const { hasServerNameExtension, hasAllExtensions } = hello;
  return {
    ...{ status, legacyVersion, hasEch, hasEsni, hasServerNameExtension, hasAllExtensions },
    messageLength: place(hello.messageEnd),
    extensionsEnd: place(hello.extensionsEnd),
    sessionId: text(hello.sessionIdAt, hello.sessionIdEnd),
    cipherSuites: text(hello.cipherSuitesAt, hello.cipherSuitesEnd),
    compressionMethods: text(hello.compressionMethodsAt, hello.compressionMethodsEnd),
    sni: hello.sniAt < 0 ? undefined : bytes.slice(hello.sniAt, hello.sniEnd),
    alpn: text(hello.alpnAt, hello.alpnEnd),
    supportedVersions: text(hello.supportedVersionsAt, hello.supportedVersionsEnd),
    supportedGroups: text(hello.supportedGroupsAt, hello.supportedGroupsEnd),
    ecPointFormats: text(hello.ecPointFormatsAt, hello.ecPointFormatsEnd),
    signatureAlgorithms: text(hello.signatureAlgorithmsAt, hello.signatureAlgorithmsEnd),
    keyShare: text(hello.keyShareAt, hello.keyShareEnd),
  };
}

function expectInOrder(places: readonly number[]): void {
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}
