import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { CertificateMessage } from '../../../src/wire/tls/certificate.ts';
import { HandshakeRecords } from '../../../src/wire/tls/records.ts';
import { ServerHello } from '../../../src/wire/tls/server-hello.ts';
import { type Certified, certify, type Wish } from '../../support/certificates.ts';
import { ascii, concat, edit, hex, placed } from '../../support/packets.ts';
import { handshake, tlsSession, vector } from '../../support/tls.ts';

describe('of a certificate made by openssl the subject commonName is seen', () => {
  test.each<Wish & { name: string; want: string | undefined }>([
    { name: 'alone', subject: '/CN=www.example.org', want: 'www.example.org' },
    {
      name: 'behind other sets',
      subject: '/C=AZ/ST=Baku/O=Ministry/OU=CN/CN=www.example.org',
      want: 'www.example.org',
    },
    { name: 'before other sets', subject: '/CN=a.example/O=CN=b.example', want: 'a.example' },
    {
      name: 'in one set with others',
      subject: '/O=Left+CN=both.example+OU=Right/C=AZ',
      want: 'both.example',
    },
    {
      name: 'the first of two',
      subject: '/CN=first.example/CN=second.example',
      want: 'first.example',
    },
    { name: 'not, where there is none', subject: '/C=AZ/O=Nobody', want: undefined },
    { name: 'not, where there is no name at all', subject: '/', want: undefined },
    { name: 'in UTF-8', subject: '/CN=bücher.example', want: 'bücher.example' },
    {
      name: 'with an RSA key',
      subject: '/CN=rsa.example',
      key: ['rsa:2048'],
      want: 'rsa.example',
    },
    {
      name: 'with another curve',
      subject: '/CN=ec.example',
      key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
      want: 'ec.example',
    },
    {
      name: 'as a PrintableString',
      subject: '/CN=p.example',
      stringMask: 'MASK:0x2',
      want: 'p.example',
    },
    { name: 'as a T61String', subject: '/CN=t.example', stringMask: 'MASK:0x4', want: 't.example' },
    {
      name: 'as an IA5String',
      subject: '/CN=i.example',
      stringMask: 'MASK:0x10',
      want: 'i.example',
    },
    {
      name: 'as a BMPString, two bytes a character',
      subject: '/CN=b.example',
      stringMask: 'MASK:0x800',
      want: [...'b.example'].map((char) => `\0${char}`).join(''),
    },
    {
      name: 'with its length in the long form',
      subject: `/CN=${'x'.repeat(64)}`,
      stringMask: 'MASK:0x800',
      want: '\0x'.repeat(64),
    },
  ])('$name', ({ want, ...wish }) => {
    const seen = shown(message(certify(wish).der));
    expect(seen).toMatchObject({ status: 'complete', subject: want, issuer: want });
  });
});

describe('of a certificate signed by another', () => {
  let issuer: Certified;
  let leaf: Certified;
  beforeAll(() => {
    issuer = certify({ subject: '/O=Authority/CN=www.gg562izcxdvqdk.com', key: ['rsa:2048'] });
    leaf = certify({ subject: '/CN=www.fcsyvnlemwxv5p.net', issuer, days: 20_000 });
  });

  test('subject and issuer are told apart, in version 1 too', () => {
    expect(versionTagOf(leaf.der)).not.toBe(0xa0);
    expect(shown(message(leaf.der))).toMatchObject({
      subject: 'www.fcsyvnlemwxv5p.net',
      issuer: 'www.gg562izcxdvqdk.com',
    });
  });

  test('the dates are seen, as UTCTime and as GeneralizedTime', () => {
    const { notBefore, notAfter } = shown(message(leaf.der));
    expect(notBefore).toMatch(/^\d{12}Z$/);
    expect(notAfter).toMatch(/^20\d{12}Z$/);
    const lifetime = dateOf(`20${notBefore}`) - dateOf(`${notAfter}`);
    expect(Math.round(-lifetime / 86_400_000)).toBe(20_000);
  });

  test('only the first of the message counts', () => {
    const seen = shown(message(leaf.der, issuer.der));
    expect(seen).toMatchObject({ subject: 'www.fcsyvnlemwxv5p.net', certificate: leaf.der });
  });

  test('all is seen in what a server of TLS 1.2 sends, behind its ServerHello', async () => {
    const { toClient } = await tlsSession({ maxVersion: 'TLSv1.2' }, leaf);
    const records = new HandshakeRecords(16_384).read(toClient, 0, toClient.length);
    const { bytes, at, end } = records;
    const hello = new ServerHello().readMessage(bytes, at, end);
    const certificate = new CertificateMessage().readMessage(bytes, hello.messageEnd, end);
    const { certificateAt, certificateEnd, subjectCnAt, subjectCnEnd } = certificate;
    expect(bytes.slice(certificateAt, certificateEnd)).toEqual(leaf.der);
    expect(bytes.slice(subjectCnAt, subjectCnEnd)).toEqual(ascii('www.fcsyvnlemwxv5p.net'));
  });

  test('cut at any byte, a name or date is seen exactly when it is whole', () => {
    const whole = message(leaf.der);
    const text = Buffer.from(whole);
    const { notBefore = '', notAfter = '' } = shown(whole);
    const ends = {
      issuer: text.indexOf('www.gg') + 22,
      notBefore: text.indexOf(notBefore) + notBefore.length,
      notAfter: text.indexOf(notAfter) + notAfter.length,
      subject: text.indexOf('www.fc') + 22,
      certificate: whole.length,
    };
    for (let cut = 0; cut < whole.length; cut++) {
      const seen = shown(whole.slice(0, cut));
      const wholes = Object.entries(ends).filter(([, end]) => cut >= end);
      const names = Object.keys(ends).filter((name) => seen[name as keyof typeof ends]);
      expect([cut, seen.status, names]).toEqual([cut, 'partial', wholes.map(([name]) => name)]);
    }
  });
});

describe('of a certificate made by hand', () => {
  const CN = hex`06 03 55 04 03`;
  const name = (text: string): Uint8Array =>
    der(0x30, der(0x31, der(0x30, concat(CN, der(0x0c, ascii(text))))));
  const validity = der(0x30, concat(der(0x17, ascii('120101000000Z')), hex`17 84 00 00 00 01 5a`));
  const tbs = concat(hex`02 81 01 07`, der(0x30, hex``), name('i'), validity, name('s'));
  const certificate = (body: Uint8Array): Uint8Array => message(der(0x30, der(0x30, body)));

  test('lengths longer than they need be are taken', () => {
    expect(shown(certificate(tbs))).toMatchObject({
      ...{ issuer: 'i', subject: 's', notBefore: '120101000000Z', notAfter: 'Z' },
    });
  });

  test('a name in another kind of string is not taken', () => {
    const universal = edit(tbs, Buffer.from(tbs).indexOf(hex`0c 01`), 0x1c);
    expect(shown(certificate(universal))).toMatchObject({ issuer: undefined, subject: 's' });
  });

  test.each([
    { name: 'an indefinite length', body: edit(tbs, 1, 0x80) },
    { name: 'a serial number that never ends', body: edit(tbs, 1, 0x84, 0xff, 0xff, 0xff) },
    { name: 'nothing', body: hex`` },
  ])('nothing is taken behind $name', ({ body }) => {
    expect(shown(certificate(body))).toMatchObject({ issuer: undefined, subject: undefined });
  });

  test('a name longer than its set is not taken', () => {
    const cnLengthAt = Buffer.from(tbs).indexOf(hex`0c 01`) + 1;
    const long = edit(tbs, cnLengthAt, 0x7f);
    expect(shown(certificate(long)).issuer).toBeUndefined();
    expect(shown(certificate(long)).subject).toBe('s');
  });

  test('a name of sixty thousand sets is walked once', () => {
    const sets = new Uint8Array(1_200_000);
    for (let at = 0; at < sets.length; at += 20) sets.set(hex`31 12 30 10`, at);
    const body = concat(hex`02 01 07`, der(0x30, hex``), der(0x30, sets), validity, name('s'));
    expect(shown(certificate(body))).toMatchObject({ issuer: undefined, subject: 's' });
  });
});

describe('no certificate is seen', () => {
  test.each([
    { name: 'in no bytes', bytes: hex``, status: 'partial' },
    { name: 'in a ServerHello', bytes: hex`02 00 00 00`, status: 'not-certificate' },
    { name: 'in an empty list', bytes: hex`0b 00 00 03 00 00 00`, status: 'complete' },
    { name: 'in an empty message', bytes: hex`0b 00 00 00`, status: 'complete' },
    {
      name: 'that is longer than the list',
      bytes: hex`0b 00 00 09 00 00 05 00 00 03 30 01 00`,
      status: 'complete',
    },
  ])('$name', ({ bytes, status }) => {
    expect(shown(bytes)).toEqual({
      status,
      ...{ certificate: undefined, subject: undefined, issuer: undefined },
      ...{ notBefore: undefined, notAfter: undefined },
    });
  });
});

describe('whatever the bytes', () => {
  const certificate = message(certify({ subject: '/C=AZ/CN=www.example.org' }).der);
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 6 });
  const mutated = fc.tuple(edits, fc.nat(40)).map(([changes, cut]) => {
    const bytes = certificate.slice(0, certificate.length - cut);
    for (const [at, value] of changes) bytes[at % 200] = value;
    return bytes;
  });
  const anyMessage = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((rest) => concat(hex`0b 00 00 40`, rest)),
    { arbitrary: mutated, weight: 3 },
  );

  test('reading never throws, and what it shows lies inside the bytes', () => {
    fc.assert(
      fc.property(anyMessage, (bytes) => {
        const { bytes: ring, at, end } = placed(bytes);
        const seen = new CertificateMessage().readMessage(ring, at, end);
        for (const [from, to] of RANGES) {
          if (seen[from] < 0) expect(seen[to]).toBe(-1);
          else {
            expect(seen[from]).toBeGreaterThan(at);
            expect(seen[to]).toBeGreaterThanOrEqual(seen[from]);
            expect(seen[to]).toBeLessThanOrEqual(end);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('neither the bytes around a message nor the message before make a difference', () => {
    fc.assert(
      fc.property(anyMessage, anyMessage, fc.nat(0xff), (first, second, filler) => {
        const { bytes, at, end } = placed(second);
        const other = bytes.slice().fill(filler, 0, at).fill(filler, end);
        const one = new CertificateMessage().readMessage(bytes, at, end);
        const two = new CertificateMessage().readMessage(first, 0, first.length);
        two.readMessage(other, at, end);
        for (const name of [...RANGES.flat(), 'messageEnd', 'status'] as const) {
          expect([name, two[name]]).toEqual([name, one[name]]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const RANGES = [
  ['certificateAt', 'certificateEnd'],
  ['subjectCnAt', 'subjectCnEnd'],
  ['issuerCnAt', 'issuerCnEnd'],
  ['notBeforeAt', 'notBeforeEnd'],
  ['notAfterAt', 'notAfterEnd'],
] as const;

/** A Certificate message (RFC 5246 §7.4.2). */
function message(...certificates: readonly Uint8Array[]): Uint8Array {
  return handshake(11, vector(3, concat(...certificates.map((one) => vector(3, one)))));
}

function shown(bytes: Uint8Array) {
  const { bytes: ring, at, end } = placed(bytes);
  const seen = new CertificateMessage().readMessage(ring, at, end);
  const text = (from: number, to: number): string | undefined =>
    from < 0 ? undefined : Buffer.from(ring.slice(from, to)).toString('utf8');
  const { certificateAt, certificateEnd } = seen;
  return {
    status: seen.status,
    certificate: certificateAt < 0 ? undefined : ring.slice(certificateAt, certificateEnd),
    subject: text(seen.subjectCnAt, seen.subjectCnEnd),
    issuer: text(seen.issuerCnAt, seen.issuerCnEnd),
    notBefore: text(seen.notBeforeAt, seen.notBeforeEnd),
    notAfter: text(seen.notAfterAt, seen.notAfterEnd),
  };
}

/** An element with the shortest length that DER has for it. */
function der(tag: number, contents: Uint8Array): Uint8Array {
  const { length } = contents;
  const octets = [length >>> 16, (length >>> 8) & 0xff, length & 0xff];
  const long = octets.slice(octets.findIndex((octet) => octet > 0));
  const header = length < 0x80 ? [length] : [0x80 + long.length, ...long];
  return concat(Uint8Array.of(tag, ...header), contents);
}

/** The first tag inside TBSCertificate, of a certificate of 256 bytes or more. */
function versionTagOf(certificate: Uint8Array): number {
  return certificate[8] ?? 0;
}

function dateOf(time: string): number {
  return Date.parse(time.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
