import { describe, expect, test } from 'vitest';
import { ClientHello } from '../../../src/wire/tls/client-hello.ts';
import { ja3, ja3s, ja3sText, ja3Text, ja4, ja4Text } from '../../../src/wire/tls/fingerprint.ts';
import { ServerHello } from '../../../src/wire/tls/server-hello.ts';
import { ascii, hex, placed } from '../../support/packets.ts';
import {
  type Extension,
  extension,
  type HelloFields,
  helloMessage,
  serverHelloMessage,
} from '../../support/tls.ts';

describe('JA3', () => {
  test.each([
    {
      source: 'the README of salesforce/ja3',
      text: '769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0',
      hash: 'ada70206e40642a3e4461f35503241d5',
    },
    {
      source: 'the README of salesforce/ja3, without extensions',
      text: '769,4-5-10-9-100-98-3-6-19-18-99,,,',
      hash: 'de350869b8c85de67a350c8d186f11e6',
    },
    {
      source: 'the README of pyja3',
      text: '769,255-49162-49172-136-135-57-56-49167-49157-132-53-49159-49161-49169-49171-69-68-51-50-49164-49166-49154-49156-150-65-4-5-47-49160-49170-22-19-49165-49155-65279-10,0-10-11-35,23-24-25,0',
      hash: '2aef69b4ba1938c3a400de4188743185',
    },
  ])('is what $source says', ({ text, hash }) => {
    const hello = readClient(helloOfJa3(text));
    expect(ja3Text(hello)).toBe(text);
    expect(ja3(hello)).toBe(hash);
  });

  test('leaves out GREASE wherever it is', () => {
    const text = '771,4865-49199,0-10-11,29-23,0';
    expect(ja3Text(readClient(helloOfJa3(text, 0xfafa)))).toBe(text);
  });

  test('counts everything that only looks like GREASE', () => {
    const ciphers = [0x0a1a, 0x1a0a, 0x0b0b, 0xaa0a];
    expect(ja3Text(readClient(helloMessage({ ciphers })))).toBe(`771,${ciphers.join('-')},,,`);
  });
});

describe('JA3S', () => {
  test.each([
    { name: 'Trickbot', text: '769,49172,65281-11', hash: '623de93db17d313345d7ea481e7443cf' },
    { name: 'Emotet', text: '771,60,65281', hash: '80b3a14bccc8598a1f3bbe83e71f735f' },
  ])('of $name is what the README of salesforce/ja3 says', ({ text, hash }) => {
    const [version, cipher, types] = text.split(',').map((list) => list.split('-').map(Number)) as [
      number[],
      number[],
      number[],
    ];
    const message = serverHelloMessage({
      version: version[0] as number,
      cipher: cipher[0] as number,
      extensions: types.map(extension.empty),
    });
    const hello = readServer(message);
    expect(ja3sText(hello)).toBe(text);
    expect(ja3s(hello)).toBe(hash);
  });

  test('of TLS 1.3 has the legacy version', () => {
    const extensions: Extension[] = [
      [43, hex`03 04`],
      [51, hex`00 1d 00 00`],
    ];
    const hello = readServer(serverHelloMessage({ cipher: 0x1302, extensions }));
    expect(ja3sText(hello)).toBe('771,4866,43-51');
  });

  test('without extensions ends with a comma', () => {
    expect(ja3sText(readServer(serverHelloMessage()))).toBe('771,4865,');
  });
});

const CHROME_LISTS =
  '1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035_001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015_0403,0804,0401,0503,0805,0501,0806,0601';

describe('JA4', () => {
  /** `original` is JA4_ro: every list in its order. */
  test.each([
    {
      source: 'technical_details/JA4.md',
      original: `t13d1516h2_${CHROME_LISTS}`,
      hash: 't13d1516h2_8daaf6152771_e5627efa2ab1',
    },
    {
      source: 'socks-https-example.pcap, where server_name is the only extension',
      original:
        't10d230100_0039,0038,0035,0016,0013,000a,0033,0032,002f,009a,0099,0096,0005,0004,0015,0012,0009,0014,0011,0008,0006,0003,00ff_0000',
      hash: 't10d230100_6a57a6f57151_000000000000',
    },
    {
      source: 'tls-alpn-h2.pcap',
      original:
        't12d4605h2_c030,c02c,c028,c024,c014,c00a,009f,006b,0039,cca9,cca8,ccaa,ff85,00c4,0088,0081,009d,003d,0035,00c0,0084,c02f,c02b,c027,c023,c013,c009,009e,0067,0033,00be,0045,009c,003c,002f,00ba,0041,c011,c007,0005,0004,c012,c008,0016,000a,00ff_0000,000b,000a,000d,0010_0601,0603,efef,0501,0503,0401,0403,eeee,eded,0301,0303,0201,0203',
      hash: 't12d4605h2_85626a9a5f7f_aaf95bb78ec9',
    },
    {
      source: 'macos_tcp_flags.pcap',
      original:
        't13d2613h2_1301,1302,1303,c02c,c02b,c024,c023,c00a,c009,cca9,c030,c02f,c028,c027,c014,c013,cca8,009d,009c,003d,003c,0035,002f,c008,c012,000a_ff01,0000,0017,000d,0005,0012,0010,000b,0033,002d,002b,000a,0015_0403,0804,0401,0503,0203,0805,0805,0501,0806,0601,0201',
      hash: 't13d2613h2_2802a3db6c62_845d286b0d67',
    },
    {
      source: 'tls12.pcap',
      original:
        't13d1715h2_1301,1303,1302,c02b,c02f,cca9,cca8,c02c,c030,c00a,c009,c013,c014,009c,009d,002f,0035_0000,0017,ff01,000a,000b,0023,0010,0005,0022,0033,002b,000d,002d,001c,0015_0403,0503,0603,0804,0805,0806,0401,0501,0601,0203,0201',
      hash: 't13d1715h2_5b57614c22b0_3d5424432f57',
    },
  ])('is what FoxIO publishes for $source', ({ original, hash }) => {
    expect(ja4(readClient(helloOfJa4(original)), 't')).toBe(hash);
    expect(ja4(readClient(helloOfJa4(original, 0x2a2a)), 't')).toBe(hash);
  });

  test('in full is what technical_details/JA4.md says', () => {
    expect(ja4Text(readClient(helloOfJa4(`t13d1516h2_${CHROME_LISTS}`)), 't')).toBe(
      't13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601',
    );
  });

  test('has the hash of technical_details/JA4.md where no signature algorithms are there', () => {
    const extensions = '0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01';
    const hello = readClient(helloOfJa4(`t13i0114h0_1301_${extensions}_`));
    expect(ja4(hello, 't')).toMatch(/_6d807ffa2a79$/);
    expect(ja4Text(hello, 't')).toBe(`t13i011400_1301_${extensions}`);
  });

  test('of QUIC begins with a q', () => {
    const hello = readClient(helloOfJa4('q13d0102h3_1301_0000,0010_'));
    expect(ja4(hello, 'q')).toMatch(/^q12d0102h3_/);
  });

  test.each([
    { name: 'TLS 1.3', version: 0x0303, supported: [0x0303, 0x0304], want: '13' },
    { name: 'TLS 1.3 behind GREASE', version: 0x0303, supported: [0xfafa, 0x0304], want: '13' },
    { name: 'the highest of a list in any order', supported: [0x0301, 0x0303, 0x0302], want: '12' },
    { name: 'TLS 1.2', version: 0x0303, want: '12' },
    { name: 'TLS 1.1', version: 0x0302, want: '11' },
    { name: 'TLS 1.0', version: 0x0301, want: '10' },
    { name: 'SSL 3', version: 0x0300, want: 's3' },
    { name: 'SSL 2', version: 0x0002, want: 's2' },
    { name: 'a draft of TLS 1.3', supported: [0x7f1c, 0x0303], want: '00' },
    { name: 'a version that there is not', version: 0x0305, want: '00' },
  ])('has $want for $name', ({ version = 0x0303, supported, want }) => {
    const extensions = supported === undefined ? [] : [extension.supportedVersions(...supported)];
    const hello = readClient(helloMessage({ version, extensions }));
    expect(ja4(hello, 't').slice(1, 3)).toBe(want);
  });

  /** The examples of technical_details/JA4.md; the programs beside it still have `99` for some. */
  test.each([
    { name: 'h2', protocol: ascii('h2'), want: 'h2' },
    { name: 'http/1.1', protocol: ascii('http/1.1'), want: 'h1' },
    { name: 'one letter', protocol: ascii('x'), want: 'xx' },
    { name: 'an empty protocol', protocol: hex``, want: '00' },
    { name: 'AB', protocol: hex`ab`, want: 'ab' },
    { name: '20', protocol: hex`20`, want: '20' },
    { name: 'AB CD', protocol: hex`ab cd`, want: 'ad' },
    { name: '20 61', protocol: hex`20 61`, want: '21' },
    { name: '30 AB', protocol: hex`30 ab`, want: '3b' },
    { name: '61 20', protocol: hex`61 20`, want: '60' },
    { name: '30 31 AB CD', protocol: hex`30 31 ab cd`, want: '3d' },
    { name: '30 AB CD 31', protocol: hex`30 ab cd 31`, want: '01' },
    { name: 'GREASE', protocol: hex`5a 5a`, want: 'ZZ' },
    { name: 'a letter of another alphabet', protocol: hex`d1 8f`, want: 'df' },
  ])('has $want for the protocol $name', ({ protocol, want }) => {
    const extensions = [extension.alpn(protocol, ascii('other'))];
    expect(ja4(readClient(helloMessage({ extensions })), 't').slice(8, 10)).toBe(want);
  });

  test.each([
    { name: 'no ALPN', extensions: [] },
    { name: 'an empty list', extensions: [extension.alpn()] },
    { name: 'a protocol longer than its list', extensions: [[16, hex`00 02 02 68 32`]] },
  ] as const)('has 00 for $name', ({ extensions }) => {
    expect(ja4(readClient(helloMessage({ extensions })), 't').slice(8, 10)).toBe('00');
  });

  test('has zeros for lists without members, and no more than 99 for long ones', () => {
    const none = readClient(helloMessage({ ciphers: [0x1a1a], extensions: [] }));
    expect(ja4(none, 't')).toBe('t12i000000_000000000000_000000000000');
    const ciphers = Array.from({ length: 120 }, (_, i) => i);
    const many = readClient(helloMessage({ ciphers, extensions: ciphers.map(extension.empty) }));
    expect(ja4(many, 't')).toMatch(/^t12d9999/);
  });
});

test('a hello that is cut has fingerprints of what is there', () => {
  const message = helloOfJa4(`t13d1516h2_${CHROME_LISTS}`);
  for (let cut = 0; cut < message.length; cut++) {
    const hello = readClient(message.slice(0, cut));
    expect(ja3(hello)).toMatch(/^[0-9a-f]{32}$/);
    expect(ja4(hello, 't')).toMatch(/^t..[di]\d{4}.._[0-9a-f]{12}_[0-9a-f]{12}$/);
  }
});

function readClient(message: Uint8Array): ClientHello {
  const { bytes, at, end } = placed(message);
  return new ClientHello().readMessage(bytes, at, end);
}

function readServer(message: Uint8Array): ServerHello {
  const { bytes, at, end } = placed(message);
  return new ServerHello().readMessage(bytes, at, end);
}

/** A ClientHello with this JA3 text; `grease`, if given, stands before and behind each list. */
function helloOfJa3(text: string, grease?: number): Uint8Array {
  const lists = text.split(',').map((list) => (list === '' ? [] : list.split('-').map(Number)));
  const [version = [], ciphers = [], types = [], groups = [], formats = []] = lists;
  const around = aroundWith(grease);
  return helloMessage({
    version: version[0] as number,
    ciphers: around(ciphers),
    extensions:
      types.length === 0
        ? undefined
        : around(types).map((type) => {
            if (type === 10) return extension.supportedGroups(...around(groups));
            return type === 11 ? extension.ecPointFormats(...formats) : extension.empty(type);
          }),
  });
}

/** A ClientHello with this JA4_ro; the protocol is the two characters that it has. */
function helloOfJa4(original: string, grease?: number): Uint8Array {
  const [start = '', ...lists] = original.split('_');
  const codes = lists.map((list) => list.split(',').flatMap((code) => code.match(/^....$/) ?? []));
  const [ciphers = [], types = [], schemes = []] = codes.map((list) =>
    list.map((code) => Number.parseInt(code, 16)),
  );
  const around = aroundWith(grease);
  const contentsOf = (type: number): Extension => {
    if (type === 0) return extension.serverName('www.example.org');
    if (type === 13 && schemes.length > 0) return extension.signatureAlgorithms(...around(schemes));
    if (type === 16) return extension.alpn(ascii(start.slice(8)));
    if (type === 43) return extension.supportedVersions(...around([0x0304, 0x0303]));
    return extension.empty(type);
  };
  const fields: HelloFields = {
    version: start.slice(1, 3) === '10' ? 0x0301 : 0x0303,
    ciphers: around(ciphers),
    extensions: around(types).map(contentsOf),
  };
  return helloMessage(fields);
}

function aroundWith(grease: number | undefined): (list: readonly number[]) => number[] {
  return (list) => (grease === undefined ? [...list] : [grease, ...list, grease]);
}
