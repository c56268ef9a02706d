import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { observe } from '../../src/replay/observe.ts';
import type { ObservedFlow } from '../../src/replay/observed-flow.ts';
import { findTool } from '../../src/testbed/machine.ts';
import { certify } from '../support/certificates.ts';
import { Loopback } from '../support/loopback.ts';
import { readByTshark, type Stream } from '../support/tshark.ts';

/* Programs that people use speak to each other on a loopback; what is observed is compared with what tshark reads. */

const PORT = {
  ...{ http: 443, https: 80, http2: 8443, rsa: 9001, ec: 9002, retry: 9003 },
  ...{ dns: 53, oddDns: 8053, proxy: 3128, silent: 8444, tor: 9010 },
} as const;
const FIELDS = [
  ...['http.host', 'dns.qry.name', 'tls.handshake.extensions_server_name'],
  ...['tls.handshake.extensions_alpn_str', 'tls.handshake.ja3', 'tls.handshake.ja3s'],
  ...['tls.handshake.ciphersuite', 'tls.handshake.version', 'tls.handshake.certificate'],
  ...['tls.handshake.extensions.supported_version', 'tls.handshake.extensions_key_share_group'],
  'tls.handshake.extensions_key_share_selected_group',
  'quic.version',
] as const;

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-oracle-'));
const path = (name: string): string => join(folder, name);
const file = path('programs.pcapng');
const ours = new Map<string, ObservedFlow>();
let theirs: ReadonlyMap<string, Stream<string>> = new Map();

beforeAll(async () => {
  requirePrograms();
  const loopback = await Loopback.open();
  try {
    await startServers(loopback);
    await loopback.capture(file, () => runClients(loopback));
  } finally {
    await loopback.close();
  }
  observe(file, (flow) => ours.set(`${flow.transport} ${flow.src} ${flow.src_port}`, flow));
  theirs = await readByTshark(file, FIELDS as readonly string[], decodedAs());
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true }));

test('the flows are the same', () => {
  expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
});

describe('of each flow, the same is read', () => {
  test.each<{ name: keyof ObservedFlow; least: number; read: (stream: Stream<string>) => unknown }>(
    [
      { name: 'host', least: 10, read: ({ client }) => first(client, 'http.host') },
      { name: 'qname', least: 10, read: ({ client }) => first(client, 'dns.qry.name') },
      {
        name: 'sni',
        least: 20,
        read: (stream) => (isQuic(stream) ? null : first(stream.client, SNI)),
      },
      {
        name: 'quic_sni',
        least: 1,
        read: (stream) => (isQuic(stream) ? first(stream.client, SNI) : null),
      },
      {
        name: 'alpn',
        least: 8,
        read: ({ client }) => all(client, 'tls.handshake.extensions_alpn_str'),
      },
      { name: 'ja3', least: 20, read: ({ client }) => first(client, 'tls.handshake.ja3') },
      { name: 'ja3s', least: 20, read: ({ server }) => first(server, 'tls.handshake.ja3s') },
      {
        name: 'server_cipher',
        least: 20,
        read: ({ server }) => first(server, 'tls.handshake.ciphersuite'),
      },
      { name: 'server_version', least: 20, read: ({ server }) => versionOf(server) },
      { name: 'server_key_share_group', least: 10, read: ({ server }) => groupOf(server) },
      { name: 'certificate_subject', least: 5, read: ({ server }) => subjectOf(server) },
    ],
  )('$name', ({ name, least, read }) => {
    const readings = [...theirs].map(([end, stream]) => {
      return { end, ours: ours.get(end)?.[name], theirs: read(stream) };
    });
    const isOther = (reading: (typeof readings)[number]): boolean =>
      JSON.stringify(reading.ours) !== JSON.stringify(reading.theirs);
    expect(readings.filter(isOther)).toEqual([]);
    expect(readings.filter((reading) => reading.theirs !== null).length).toBeGreaterThanOrEqual(
      least,
    );
  });

  test('and it is as different as it should be', () => {
    const seen = (name: keyof ObservedFlow) =>
      new Set([...ours.values()].map((flow) => flow[name]));
    expect([...seen('server_version')]).toEqual(
      expect.arrayContaining(['0x0301', '0x0302', '0x0303', '0x0304', null]),
    );
    expect([...seen('certificate_subject')]).toEqual(
      expect.arrayContaining(['Größe rsa.test', 'ec.test', null]),
    );
    expect([...seen('host')]).toEqual(expect.arrayContaining(['first.test', 'tunnel.test:8443']));
    expect([...seen('protocol')].toSorted()).toEqual(['dns', 'http', null, 'quic', 'tls']);
    expect(seen('ja3').size).toBeGreaterThanOrEqual(8);
  });
});

const SNI = 'tls.handshake.extensions_server_name';

function first(said: Readonly<Record<string, readonly string[]>>, field: string): string | null {
  return said[field]?.[0] ?? null;
}

function all(
  said: Readonly<Record<string, readonly string[]>>,
  field: string,
): readonly string[] | null {
  const values = said[field] ?? [];
  return values.length === 0 ? null : values;
}

function isQuic({ client }: Stream<string>): boolean {
  return first(client, 'quic.version') !== null;
}

function hexOf(text: string | null): string | null {
  return text === null ? null : `0x${Number(text).toString(16).padStart(4, '0')}`;
}

function versionOf(server: Stream<string>['server']): string | null {
  const selected = first(server, 'tls.handshake.extensions.supported_version');
  return hexOf(selected ?? first(server, 'tls.handshake.version'));
}

/** Of a HelloRetryRequest, which comes first, or of the ServerHello. */
function groupOf(server: Stream<string>['server']): string | null {
  const selected = first(server, 'tls.handshake.extensions_key_share_selected_group');
  return hexOf(selected ?? first(server, 'tls.handshake.extensions_key_share_group'));
}

function subjectOf(server: Stream<string>['server']): string | null {
  const der = first(server, 'tls.handshake.certificate');
  if (der === null) return null;
  const { subject } = new X509Certificate(Buffer.from(der, 'hex'));
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? null;
}

/** TCP by what it looks like, UDP and DNS by their ports. */
function decodedAs(): string[] {
  const ports = [
    `tcp.port==${PORT.oddDns},dns`,
    `udp.port==${PORT.oddDns},dns`,
    `udp.port==${PORT.silent},quic`,
  ];
  return ['-o', 'tcp.try_heuristic_first:TRUE', ...ports.flatMap((port) => ['-d', port])];
}

function requirePrograms(): void {
  const tools = ['curl', 'openssl', 'dig', 'nginx', 'tor', 'tshark', 'dumpcap'];
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (!existsSync(CHROMIUM)) missing.push(CHROMIUM);
  if (missing.length > 0)
    throw new Error(`missing: ${missing.join(', ')}. As root: make setup-oracle`);
}

async function startServers(loopback: Loopback): Promise<void> {
  const rsa = certify({ subject: '/O=Chokepoint/CN=Größe rsa.test', key: ['rsa:2048'] });
  const ec = certify({ subject: '/CN=ec.test' });
  for (const [name, { key, cert }] of Object.entries({ rsa, ec }))
    writeFileSync(path(name), key + cert);
  writeFileSync(path('nginx.conf'), nginxConfig());
  const tls = (port: number, certificate: string, ...options: string[]): Promise<unknown> => {
    const pem = path(certificate);
    const server = [
      'openssl',
      's_server',
      '-accept',
      String(port),
      '-cert',
      pem,
      '-key',
      pem,
      '-www',
    ];
    return loopback.start([...server, ...options], [port]);
  };
  const anyVersion = [
    '-cipher',
    'ALL:@SECLEVEL=0',
    '-min_protocol',
    'TLSv1',
    '-alpn',
    'h2,http/1.1',
  ];
  const responder = fileURLToPath(new URL('programs/responder.ts', import.meta.url));
  const { dns, oddDns, proxy, silent } = PORT;
  const ports = [`${dns},${oddDns}`, String(proxy), String(silent)];
  await Promise.all([
    tls(PORT.rsa, 'rsa', ...anyVersion),
    tls(PORT.ec, 'ec', ...anyVersion),
    tls(PORT.retry, 'ec', '-groups', 'P-384'),
    loopback.start(
      ['nginx', '-p', folder, '-c', path('nginx.conf')],
      [PORT.http, PORT.https, PORT.http2],
    ),
    loopback.start(
      [process.execPath, '--import', 'tsx', responder, ...ports],
      [dns, oddDns, proxy, silent],
    ),
    loopback.start(torBridge(), [PORT.tor]),
  ]);
}

function nginxConfig(): string {
  const tls = `ssl_certificate ${path('ec')}; ssl_certificate_key ${path('ec')}; ssl_protocols TLSv1.2 TLSv1.3;`;
  const site = 'location / { return 200 "of nginx\\n"; }';
  return `
    user root; daemon off; master_process off; pid ${path('nginx.pid')}; error_log ${path('nginx.log')};
    events {}
    http {
      access_log off; client_body_temp_path ${path('body')}; proxy_temp_path ${path('proxy')};
      fastcgi_temp_path ${path('fastcgi')}; uwsgi_temp_path ${path('uwsgi')}; scgi_temp_path ${path('scgi')};
      server { listen ${PORT.http}; listen [::]:${PORT.http}; ${site} }
      server { listen ${PORT.https} ssl; listen [::]:${PORT.https} ssl; ${tls} ${site} }
      server { listen ${PORT.http2} ssl http2; ${tls} ${site} }
    }`;
}

function torBridge(): string[] {
  const options = [
    '--ORPort',
    String(PORT.tor),
    '--Address',
    '127.0.0.1',
    '--AssumeReachable',
    '1',
  ];
  return [
    ...torProgram('bridge'),
    ...options,
    '--BridgeRelay',
    '1',
    '--PublishServerDescriptor',
    '0',
  ];
}

function torProgram(name: string): string[] {
  mkdirSync(path(name), { mode: 0o700 });
  return [
    'tor',
    '--quiet',
    '-f',
    path('torrc'),
    '--ignore-missing-torrc',
    '--DataDirectory',
    path(name),
    '--SocksPort',
    '0',
  ];
}

async function runClients(loopback: Loopback): Promise<void> {
  const torClient = [
    ...torProgram('client'),
    '--UseBridges',
    '1',
    '--Bridge',
    `127.0.0.1:${PORT.tor}`,
  ];
  await loopback.start(torClient, []);
  for (const command of clients()) await loopback.run(command);
}

function clients(): string[][] {
  return [...curlClients(), ...opensslClients(), ...digClients(), ...chromiumClients()];
}

function curlClients(): string[][] {
  const curl = (...args: string[]): string[] => [
    'curl',
    '--silent',
    '--insecure',
    '--max-time',
    '10',
    ...args,
  ];
  const to = (port: number, ...args: string[]): string[] =>
    curl('--connect-to', `::127.0.0.1:${port}`, ...args);
  const to6 = (port: number, ...args: string[]): string[] =>
    curl('--connect-to', `::[::1]:${port}`, ...args);
  const proxy = ['--proxy', `http://127.0.0.1:${PORT.proxy}`];
  return [
    to(PORT.http, 'http://first.test/'),
    to6(PORT.http, 'http://six.test:8080/'),
    to(PORT.http, '--http1.0', 'http://old.test/'),
    to(PORT.http, '--head', 'http://HEAD.test/'),
    to(PORT.http, '--header', 'Host:', 'http://none.test/'),
    // No blanks behind it: tshark 4.0 has them in http.host, where RFC 9110 §5.5 has none in a value.
    to(PORT.http, '--header', 'host:   blanks.test', 'http://x.test/'),
    to(PORT.http, 'http://kept.test/1', 'http://kept.test/2'),
    to(PORT.http, '--data', 'x'.repeat(100_000), 'http://post.test/'),
    to(PORT.http, '--form', 'a=b', '--header', 'Expect: 100-continue', 'http://expect.test/'),
    to(PORT.http, '--cookie', `a=${'c'.repeat(6000)}`, 'http://cookie.test/'),
    to(PORT.http, '--http2', 'http://upgrade.test/'),
    to(PORT.https, 'https://a.tls.test/'),
    to6(PORT.https, 'https://six.tls.test/'),
    to(PORT.https, '--no-alpn', 'https://no-alpn.tls.test/'),
    to(PORT.https, '--http1.1', '--tls-max', '1.2', 'https://old.tls.test/'),
    to(PORT.http2, 'https://two.tls.test/'),
    curl(`https://127.0.0.1:${PORT.https}/`),
    curl(...proxy, 'http://absolute.test/'),
    curl(...proxy, `https://tunnel.test:${PORT.http2}/`),
  ];
}

function opensslClients(): string[][] {
  const client = (port: number, ...args: string[]): string[] => {
    return ['openssl', 's_client', '-connect', `127.0.0.1:${port}`, ...args];
  };
  const old = ['-cipher', 'ALL:@SECLEVEL=0'];
  const versions = [['-tls1', ...old], ['-tls1_1', ...old], ['-tls1_2'], ['-tls1_3']];
  const named = versions.flatMap((version, i) => [
    client(PORT.rsa, ...version, '-servername', `rsa-${i}.test`),
    client(PORT.ec, ...version, '-servername', `ec-${i}.test`, '-alpn', 'http/1.1'),
  ]);
  return [
    ...named,
    client(PORT.rsa, '-noservername'),
    client(PORT.ec, '-tls1_2', '-cipher', 'AES128-SHA'), // in common with no server that has this key
    client(PORT.retry, '-servername', 'retry.test', '-groups', 'X25519:P-384'),
    client(PORT.rsa, '-servername', 'session.test', '-tls1_2', '-sess_out', path('session')),
    client(PORT.rsa, '-servername', 'session.test', '-tls1_2', '-sess_in', path('session')),
  ];
}

function digClients(): string[][] {
  const dig = (port: number, ...args: string[]): string[] => {
    return ['dig', '@127.0.0.1', '-p', String(port), '+time=3', '+tries=1', ...args];
  };
  return [PORT.dns, PORT.oddDns].flatMap((port) => [
    dig(port, 'a.dns.test'),
    dig(port, '+tcp', 'tcp.dns.test'),
    dig(port, 'AAAA', 'MiXeD.dns.test'),
    dig(port, '+noedns', 'TXT', '_x.dns.test'),
    dig(port, '-x', '192.0.2.7'),
    dig(port, '+subnet=192.0.2.0/24', '+dnssec', 'edns.dns.test'),
  ]);
}

function chromiumClients(): string[][] {
  const chromium = (url: string, ...args: string[]): string[] => [
    ...[CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--dump-dom'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ...['--ignore-certificate-errors', '--host-resolver-rules=MAP * 127.0.0.1', '--timeout=3000'],
    ...[`--user-data-dir=${path('chromium')}`, '--disable-features=HttpsUpgrades', ...args, url],
  ];
  return [
    chromium(`http://page.test:${PORT.http}/`, `--explicitly-allowed-ports=${PORT.http}`),
    chromium(`https://page.tls.test:${PORT.http2}/`),
    chromium(
      `https://quic.test:${PORT.silent}/`,
      `--origin-to-force-quic-on=quic.test:${PORT.silent}`,
    ),
  ];
}

const CHROMIUM = '/usr/bin/chromium';
