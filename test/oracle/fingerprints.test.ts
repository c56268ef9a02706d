import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TlsOptions } from 'node:tls';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { CertificateMessage } from '../../src/wire/tls/certificate.ts';
import { ClientHello } from '../../src/wire/tls/client-hello.ts';
import { ja3, ja3s, ja3sText, ja3Text } from '../../src/wire/tls/fingerprint.ts';
import { HandshakeRecords } from '../../src/wire/tls/records.ts';
import { ServerHello } from '../../src/wire/tls/server-hello.ts';
import { certify } from '../support/certificates.ts';
import { concat, hex, tlsRecord } from '../support/packets.ts';
import { pcap, tcpFrames } from '../support/pcap.ts';
import { recordSession, type Written } from '../support/relay.ts';
import { extension, helloMessage } from '../support/tls.ts';

// JA4 is not among these: tshark has it since 4.2 only. Its published vectors are in test/wire/tls/fingerprint.test.ts.

const HOST = 'www.example.org';
const SESSIONS: readonly {
  readonly name: string;
  readonly client: (port: number) => Promise<unknown>;
  readonly server?: TlsOptions;
}[] = [
  { name: 'openssl', client: openssl() },
  { name: 'openssl with TLS 1.2 alone', client: openssl('-tls1_2') },
  { name: 'openssl without a name', client: openssl('-noservername') },
  {
    name: 'openssl with protocols and status request',
    client: openssl('-alpn', 'h2,http/1.1', '-status'),
    server: { ALPNProtocols: ['http/1.1'] },
  },
  {
    name: 'openssl with few choices',
    client: openssl('-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA', '-groups', 'P-521:P-256'),
  },
  {
    name: 'openssl with TLS 1.0 and without session tickets',
    client: openssl('-tls1', '-no_ticket', '-cipher', 'ALL@SECLEVEL=0'),
    server: { minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' },
  },
  {
    name: 'openssl that is asked to retry',
    client: openssl('-groups', 'X25519:P-384'),
    server: { ecdhCurve: 'P-384' },
  },
  {
    name: 'openssl with a server of TLS 1.2',
    client: openssl(),
    server: { maxVersion: 'TLSv1.2' },
  },
  {
    name: 'openssl with no cipher in common',
    client: openssl('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA'),
  },
  { name: 'curl', client: curl() },
  { name: 'curl with TLS 1.2 at most', client: curl('--tls-max', '1.2') },
  { name: 'curl without ALPN', client: curl('--no-alpn') },
  { name: 'node', client: node({ servername: HOST, ALPNProtocols: ['h2'] }) },
  { name: 'node with TLS 1.3 alone', client: node({ minVersion: 'TLSv1.3' }) },
];

interface Reading {
  readonly ja3: readonly string[];
  readonly ja3Text: readonly string[];
  readonly ja3s: readonly string[];
  readonly ja3sText: readonly string[];
  readonly names: readonly string[];
  /** The first of each Certificate message. */
  readonly certificates: readonly string[];
}

describe('the reading of real clients and servers is that of tshark', () => {
  const written = new Map<string, Written>();
  let theirs: readonly Reading[] = [];

  beforeAll(async () => {
    const { key, cert } = certify({ subject: `/O=Chokepoint/CN=${HOST}`, key: ['rsa:2048'] });
    for (const { name, client, server } of SESSIONS) {
      written.set(name, await recordSession({ key, cert, ...server }, client));
    }
    const first = written.get('openssl') ?? [];
    written.set('openssl, in records of 20 bytes', first.map(split));
    written.set('made up, with GREASE', [{ isToServer: true, bytes: tlsRecord(GREASED) }]);
    theirs = await tsharkReadings([...written.values()]);
  }, 60_000);

  test.each([
    ...SESSIONS.map(({ name }) => name),
    'openssl, in records of 20 bytes',
    'made up, with GREASE',
  ])('%s', (name) => {
    const session = written.get(name) ?? [];
    const wanted = theirs[[...written.keys()].indexOf(name)];
    expect(wanted?.ja3).not.toHaveLength(0);
    expect(ourReading(session)).toEqual(wanted);
  });

  test('and the sessions are as different as they should be', () => {
    const all = theirs.map((reading) => reading.ja3[0]);
    expect(new Set(all).size).toBeGreaterThanOrEqual(10);
    const retried = theirs[SESSIONS.findIndex(({ name }) => name.endsWith('asked to retry'))];
    expect([retried?.ja3.length, retried?.ja3s.length]).toEqual([2, 2]);
    const plain = theirs[SESSIONS.findIndex(({ name }) => name.endsWith('server of TLS 1.2'))];
    expect(plain?.certificates).toHaveLength(1);
    const unanswered = [...written.keys()].filter((_, i) => theirs[i]?.ja3s.length === 0);
    expect(unanswered).toEqual(['openssl with no cipher in common', 'made up, with GREASE']);
  });
});

const GREASED = helloMessage({
  ciphers: [0x0a0a, 0x1301, 0xc02f],
  extensions: [
    extension.empty(0xbaba),
    extension.serverName(HOST),
    extension.supportedGroups(0xcaca, 0x001d),
    extension.ecPointFormats(0, 1),
    [0x1a1a, hex`00`],
  ],
});

function openssl(...options: string[]) {
  return async (port: number): Promise<unknown> => {
    const name = options.includes('-noservername') ? [] : ['-servername', HOST];
    const target = ['-connect', `127.0.0.1:${port}`, ...name];
    return execa('openssl', ['s_client', ...target, ...options], {
      ...{ input: '', reject: false, timeout: 10_000 },
    });
  };
}

function curl(...options: string[]) {
  return async (port: number): Promise<unknown> => {
    const to = ['--insecure', '--silent', '--noproxy', '*', '--connect-to', `::127.0.0.1:${port}`];
    return execa('curl', [...to, ...options, `https://${HOST}/`], {
      ...{ reject: false, timeout: 10_000 },
    });
  };
}

function node(options: ConnectionOptions) {
  return (port: number): Promise<unknown> =>
    new Promise<void>((resolve) => {
      const socket = connect({ ...options, host: '127.0.0.1', port, rejectUnauthorized: false });
      socket
        .on('close', () => resolve())
        .on('error', () => undefined)
        .resume();
    });
}

/** The same handshake, where each record that is not encrypted is several. */
function split({ isToServer, bytes }: Written[number]): Written[number] {
  const records = new HandshakeRecords(16_384).read(bytes, 0, bytes.length);
  const pieces: Uint8Array[] = [];
  for (let at = records.at; at < records.end; at += 20) {
    pieces.push(tlsRecord(records.bytes.slice(at, Math.min(at + 20, records.end))));
  }
  return { isToServer, bytes: concat(...pieces, bytes.slice(records.nextAt)) };
}

function ourReading(written: Written): Reading {
  const streamOf = (isToServer: boolean): Uint8Array =>
    concat(...written.filter((one) => one.isToServer === isToServer).map(({ bytes }) => bytes));
  const flights = flightsOf(streamOf(false));
  const servers = flights
    .map(({ bytes, at, end }) => new ServerHello().readMessage(bytes, at, end))
    .filter(({ status }) => status === 'complete')
    .filter((_, i, all) => i === 0 || all[i - 1]?.isRetryRequest === true);
  const clients = flightsOf(streamOf(true))
    .map(({ bytes, at, end }) => new ClientHello().readMessage(bytes, at, end))
    .filter(({ status }, i) => status === 'complete' && (i === 0 || servers[0]?.isRetryRequest));
  return {
    ja3: clients.map(ja3),
    ja3Text: clients.map(ja3Text),
    ja3s: servers.map(ja3s),
    ja3sText: servers.map(ja3sText),
    names: clients.flatMap(({ bytes, sniAt, sniEnd }) =>
      sniAt < 0 ? [] : [Buffer.from(bytes.slice(sniAt, sniEnd)).toString()],
    ),
    certificates: flights.flatMap(certificateIn),
  };
}

interface Flight {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

/** Handshake bytes of the first two flights; a change_cipher_spec may stand between them. */
function flightsOf(stream: Uint8Array): Flight[] {
  const first = new HandshakeRecords(16_384).read(stream, 0, stream.length);
  const second = new HandshakeRecords(16_384).read(stream, first.nextAt + 6, stream.length);
  return [first, second].filter(({ status }) => status !== 'not-tls');
}

function certificateIn({ bytes, at, end }: Flight): string[] {
  const hello = new ServerHello().readMessage(bytes, at, end);
  if (hello.status !== 'complete') return [];
  const certificate = new CertificateMessage().readMessage(bytes, hello.messageEnd, end);
  const { certificateAt, certificateEnd } = certificate;
  if (certificateAt < 0) return [];
  return [Buffer.from(bytes.slice(certificateAt, certificateEnd)).toString('hex')];
}

async function tsharkReadings(sessions: readonly Written[]): Promise<Reading[]> {
  const folder = await mkdtemp(join(tmpdir(), 'chokepoint-oracle-'));
  try {
    const file = join(folder, 'sessions.pcap');
    const frames = sessions.flatMap((written, i) => tcpFrames(written, 40_000 + i));
    await writeFile(file, pcap(frames));
    const format = ['-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=/s'];
    const fields = ['tcp.stream', ...Object.values(FIELDS)].flatMap((field) => ['-e', field]);
    const { stdout } = await execa('tshark', ['-r', file, '-n', ...format, ...fields]);
    const rows = stdout.split('\n').map((line) => line.split('\t'));
    return sessions.map((_, i) => readingOf(rows.filter(([stream]) => stream === String(i))));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function readingOf(rows: readonly (readonly string[])[]): Reading {
  const values = Object.keys(FIELDS).map((name, i): [string, string[]] => [
    name,
    rows.flatMap((row) => (row[i + 1] ?? '').split(' ').filter((value) => value !== '')),
  ]);
  return Object.fromEntries(values) as unknown as Reading;
}

const FIELDS: Readonly<Record<keyof Reading, string>> = {
  ja3: 'tls.handshake.ja3',
  ja3Text: 'tls.handshake.ja3_full',
  ja3s: 'tls.handshake.ja3s',
  ja3sText: 'tls.handshake.ja3s_full',
  names: 'tls.handshake.extensions_server_name',
  certificates: 'tls.handshake.certificate',
};
