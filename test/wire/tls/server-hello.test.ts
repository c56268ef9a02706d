import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { HandshakeRecords } from '../../../src/wire/tls/records.ts';
import { ServerHello } from '../../../src/wire/tls/server-hello.ts';
import { type Certified, certify } from '../../support/certificates.ts';
import { ascii, concat, edit, hex, placed } from '../../support/packets.ts';
import {
  type Extension,
  extension,
  serverHelloMessage,
  tlsSession,
  u16s,
} from '../../support/tls.ts';

/** RFC 8448 §3, "Simple 1-RTT Handshake". */
const RFC_8448 = hex`
  02 00 00 56 03 03 a6 af 06 a4 12 18 60 dc 5e 6e 60 24 9c d3 4c 95 93 0c 8a c5 cb 14 34 da c1 55
  77 2e d3 e2 69 28 00 13 01 00 00 2e 00 33 00 24 00 1d 00 20 c9 82 88 76 11 20 95 fe 66 76 2b db
  f7 c6 72 e1 56 d6 cc 25 3b 83 3d f1 dd 69 b1 b0 4e 75 1f 0f 00 2b 00 02 03 04
`;
/** As in RFC 8446 §4.1.3. */
const RETRY_RANDOM = hex`
  cf 21 ad 74 e5 9a 61 11 be 1d 8c 02 1e 65 b8 91 c2 a2 11 16 7a bb 8c 5e 07 9e 09 e2 c8 a8 33 9c
`;
/** What Tor relays of 2012 answered: no session id, TLS_DHE_RSA_WITH_AES_256_CBC_SHA, renegotiation_info alone. */
const TOR_2012 = serverHelloMessage({
  version: 0x0301,
  cipher: 0x0039,
  extensions: [[0xff01, hex`00`]],
});
const FULL = serverHelloMessage({
  sessionId: hex`01 02 03`,
  cipher: 0x1303,
  extensions: [
    [16, concat(hex`00 03 02`, ascii('h2'))],
    [51, concat(u16s(0x0017), hex`00 01 04`)],
    [43, hex`03 04`],
  ],
});

test('the ServerHello of RFC 8448 §3 shows all that is in it', () => {
  expect(read(RFC_8448)).toMatchObject({
    status: 'complete',
    messageEnd: RFC_8448.length,
    legacyVersion: 0x0303,
    selectedVersion: 0x0304,
    version: 0x0304,
    isRetryRequest: false,
    sessionIdLength: 0,
    cipherSuite: 0x1301,
    compressionMethod: 0,
    extensionsEnd: RFC_8448.length,
    keyShareGroup: 0x001d,
    alpnAt: -1,
  });
});

test('a ServerHello of TLS 1.0 has the version that it says', () => {
  expect(read(TOR_2012)).toMatchObject({
    status: 'complete',
    version: 0x0301,
    selectedVersion: -1,
    sessionIdLength: 0,
    cipherSuite: 0x0039,
    keyShareGroup: -1,
  });
});

test('the protocol chosen lies where it is', () => {
  const { bytes, at, end } = placed(FULL);
  const hello = new ServerHello().readMessage(bytes, at, end);
  expect(bytes.slice(hello.alpnAt, hello.alpnEnd)).toEqual(ascii('h2'));
  expect(hello).toMatchObject({ sessionIdLength: 3, cipherSuite: 0x1303, keyShareGroup: 0x17 });
});

test('a HelloRetryRequest is told by its random, and by nothing else', () => {
  const retry = serverHelloMessage({ random: RETRY_RANDOM, extensions: [[51, u16s(0x0018)]] });
  expect(read(retry)).toMatchObject({ isRetryRequest: true, keyShareGroup: 0x0018 });
  for (let i = 0; i < 32; i++) {
    expect(read(edit(retry, 6 + i, 0)).isRetryRequest).toBe(RETRY_RANDOM[i] === 0);
  }
});

test('of an extension that comes twice the first counts', () => {
  const extensions: Extension[] = [
    [43, hex`03 04`],
    [51, hex`00 1d`],
    [43, hex`03 03`],
    [51, hex`00 17`],
  ];
  expect(read(serverHelloMessage({ extensions }))).toMatchObject({
    ...{ version: 0x0304, keyShareGroup: 0x001d },
  });
});

describe('OpenSSL answers as it was told', () => {
  let certified: Certified;
  beforeAll(() => {
    certified = certify({ subject: '/CN=server.example' });
  });

  test.each([
    {
      name: 'with TLS 1.3',
      client: { ALPNProtocols: ['h2'], ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
      server: { ALPNProtocols: ['h2'] },
      want: { version: 0x0304, cipherSuite: 0x1303, keyShareGroup: 0x001d, sessionIdLength: 32 },
    },
    {
      name: 'with a HelloRetryRequest',
      client: { ecdhCurve: 'X25519:P-256' },
      server: { ecdhCurve: 'P-256' },
      want: { version: 0x0304, isRetryRequest: true, keyShareGroup: 0x0017 },
    },
    {
      name: 'with TLS 1.2 and a protocol',
      client: { ALPNProtocols: ['x', 'http/1.1'], ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      server: { ALPNProtocols: ['http/1.1'], maxVersion: 'TLSv1.2' },
      want: { version: 0x0303, cipherSuite: 0xc02c, alpn: 'http/1.1', isRetryRequest: false },
    },
  ] as const)('$name', async ({ client, server, want }) => {
    const options = { ...server, ALPNProtocols: [...(server.ALPNProtocols ?? [])], ...certified };
    const { toClient } = await tlsSession(
      { ...client, ALPNProtocols: [...(client.ALPNProtocols ?? [])] },
      options,
    );
    const records = new HandshakeRecords(16_384).read(toClient, 0, toClient.length);
    const hello = new ServerHello().readMessage(records.bytes, records.at, records.end);
    const { version, alpnAt, alpnEnd } = hello;
    const alpn = Buffer.from(hello.bytes.slice(alpnAt, alpnEnd)).toString();
    expect({ ...hello, version, alpn }).toMatchObject({ status: 'complete', ...want });
  });
});

test('a message cut at any byte is partial, and shows a value exactly when it is whole', () => {
  const cipherEnd = 4 + 34 + 1 + 3 + 2;
  for (let cut = 0; cut < FULL.length; cut++) {
    const hello = read(FULL.slice(0, cut));
    expect(hello).toMatchObject({
      status: 'partial',
      messageEnd: cut < 4 ? -1 : FULL.length,
      legacyVersion: cut < 6 ? -1 : 0x0303,
      sessionIdLength: cut < 39 ? -1 : 3,
      cipherSuite: cut < cipherEnd ? -1 : 0x1303,
      compressionMethod: cut < cipherEnd + 1 ? -1 : 0,
      selectedVersion: -1,
    });
  }
});

describe('a value is absent', () => {
  test.each([
    { name: 'where there are no extensions', extensions: undefined },
    { name: 'where the extensions are empty', extensions: [16, 43, 51].map(extension.empty) },
    {
      name: 'where they are too short',
      extensions: [
        [16, hex`00 04 03 68 32`],
        [43, hex`03`],
        [51, hex`00`],
      ],
    },
    { name: 'where a protocol is longer than its list', extensions: [[16, hex`00 02 02 68 32`]] },
  ] as const)('$name', ({ extensions }) => {
    expect(read(serverHelloMessage({ extensions }))).toMatchObject({
      status: 'complete',
      ...{ alpnAt: -1, alpnEnd: -1, selectedVersion: -1, keyShareGroup: -1, version: 0x0303 },
    });
  });
});

test('what is not a ServerHello sets nothing', () => {
  const hello = read(FULL);
  const bytes = edit(FULL, 0, 1);
  expect(hello.readMessage(bytes, 0, bytes.length)).toEqual(
    Object.assign(new ServerHello(), { bytes }),
  );
});

describe('whatever the bytes', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 5 });
  const mutated = fc.tuple(fc.constantFrom(FULL, RFC_8448), edits).map(([message, changes]) => {
    const bytes = message.slice();
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes;
  });
  const anyMessage = fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated);

  test('reading never throws, and depends on no byte around the message', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(0xff), (message, filler) => {
        const { bytes, at, end } = placed(message);
        const other = bytes.slice().fill(filler, 0, at).fill(filler, end);
        const hello = new ServerHello().readMessage(bytes, at, end);
        expect(new ServerHello().readMessage(other, at, end)).toEqual(
          Object.assign(hello, { bytes: other }),
        );
        expect(hello.alpnEnd).toBeLessThanOrEqual(end);
        expect(hello.extensionsEnd).toBeLessThanOrEqual(end);
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing is left of the message before', () => {
    fc.assert(
      fc.property(anyMessage, anyMessage, (first, second) => {
        expect(read(first).readMessage(second, 0, second.length)).toEqual(read(second));
      }),
    );
  });
});

function read(message: Uint8Array): ServerHello {
  return new ServerHello().readMessage(message, 0, message.length);
}
