import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from '../../src/testbed/machine.ts';
import { certify } from '../support/certificates.ts';
import type { Loopback } from '../support/loopback.ts';

/** A server with two names on one port; which it took shows in its page, or in its certificate. */
export interface Server {
  readonly name: string;
  readonly port: number;
  /** Connections it takes side by side. */
  readonly atOnce: number;
  /** How long its first byte is waited for, in ms. */
  readonly patience: number;
  /** The name that it took, where its answer does not say it in letters. */
  readonly nameIn?: (answer: Buffer) => 'blocked' | 'other' | undefined;
}

export const HTTP_SERVERS: readonly Server[] = ['nginx', 'apache', 'caddy', 'node'].map(
  (name, i) => ({ name, port: 8001 + i, atOnce: 50, patience: 500 }),
);
/** The same four over HTTP/2 without TLS, each on a port that is known for it beforehand. */
export const HTTP2_SERVERS: readonly Server[] = ['nginx', 'apache', 'caddy', 'node'].map(
  (name, i) => ({ name, port: 8101 + i, atOnce: 50, patience: 500 }),
);
export const TLS_SERVERS: readonly Server[] = [
  ...['nginx', 'apache', 'caddy', 'node'].map((name, i) => ({
    name,
    port: 9001 + i,
    atOnce: 50,
    patience: 500,
  })),
  { name: 'openssl', port: 9005, atOnce: 1, patience: 40 },
  { name: 'gnutls', port: 9006, atOnce: 20, patience: 500 },
];

/** Certificates are encrypted in TLS 1.3. So each of these answers the blocked name in a way of its own, in clear. */
export const TLS13_SERVERS: readonly Server[] = [
  { name: 'nginx', port: 9101, nameIn: takenByNginx },
  { name: 'caddy', port: 9103, nameIn: takenByCaddy },
  { name: 'node', port: 9104 },
].map((server) => ({ ...server, atOnce: 50, patience: 500 }));

/** It goes on with the handshake for the blocked name alone; for any other, and for what is no name, it sends an alert. */
function takenByNginx(answer: Buffer): 'blocked' | 'other' | undefined {
  if (answer[0] === HANDSHAKE) return 'blocked';
  return answer[0] === ALERT && answer[6] === UNRECOGNIZED_NAME ? 'other' : undefined;
}

/** It asks for a key of secp384r1 for the blocked name. */
function takenByCaddy(answer: Buffer): 'blocked' | 'other' | undefined {
  if (answer[0] !== HANDSHAKE) return undefined;
  return answer.includes(RETRY) ? 'blocked' : 'other';
}

const ALERT = 21;
const HANDSHAKE = 22;
const UNRECOGNIZED_NAME = 112;
/** The key_share of a HelloRetryRequest that asks for secp384r1 (RFC 8446 §4.2.8). */
const RETRY = Buffer.from('003300020018', 'hex');

/** Starts all servers; their files are in the folder. Names are `blocked.test` and, for whatever is not that, `allowed.test`. */
export async function startServers(loopback: Loopback, folder: string): Promise<void> {
  requirePrograms();
  for (const name of ['blocked', 'allowed']) {
    const { key, cert } = certify({ subject: `/CN=${name}.test` });
    writeFileSync(join(folder, `${name}.key`), key);
    writeFileSync(join(folder, `${name}.crt`), cert);
    writeFileSync(join(folder, `${name}.pem`), key + cert);
  }
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o644 });
    return file;
  };
  const at = (name: string): string => join(folder, name);
  await Promise.all([
    loopback.start(
      ['nginx', '-e', 'stderr', '-p', folder, '-c', write('nginx.conf', nginx(folder))],
      [8001, 8101, 9001, 9101],
    ),
    loopback.start(
      ['apache2', '-D', 'FOREGROUND', '-d', folder, '-f', write('apache.conf', apache(folder))],
      [8002, 8102, 9002],
    ),
    loopback.start(
      [
        'env',
        `XDG_DATA_HOME=${folder}`,
        `XDG_CONFIG_HOME=${folder}`,
        'caddy',
        'run',
        '--config',
        write('Caddyfile', caddy(folder)),
        '--adapter',
        'caddyfile',
      ],
      [8003, 8103, 9003, 9103],
    ),
    loopback.start(['node', write('node.mjs', node(folder))], [8004, 8104, 9004, 9104]),
    loopback.start(
      [
        ...[
          'openssl',
          's_server',
          '-quiet',
          '-accept',
          '9005',
          '-tls1_2',
          '-servername',
          'blocked.test',
        ],
        ...[
          '-cert',
          at('allowed.crt'),
          '-key',
          at('allowed.key'),
          '-cert2',
          at('blocked.crt'),
          '-key2',
          at('blocked.key'),
        ],
        ...['-naccept', '1000000'],
      ],
      [9005],
    ),
    loopback.start(
      [
        ...[
          'gnutls-serv',
          '--quiet',
          '--http',
          '--port',
          '9006',
          '--priority',
          'NORMAL:-VERS-TLS1.3',
        ],
        ...['--x509certfile', at('allowed.crt'), '--x509keyfile', at('allowed.key')],
        ...['--x509certfile', at('blocked.crt'), '--x509keyfile', at('blocked.key')],
      ],
      [9006],
    ),
  ]);
}

const PACKAGES = {
  nginx: 'nginx-light',
  apache2: 'apache2-bin',
  caddy: 'caddy',
  'gnutls-serv': 'gnutls-bin',
  openssl: 'openssl',
} as const;

function requirePrograms(): void {
  const missing = Object.entries(PACKAGES).filter(([program]) => findTool(program) === undefined);
  if (missing.length === 0) return;
  throw new Error(
    `missing: ${missing.map(([, debian]) => debian).join(' ')}; run: make setup-differential`,
  );
}

function nginx(folder: string): string {
  const host = (name: string, how: string): string => `
  server {
    listen 8001${how}; listen 8101 http2${how}; listen 9001 ssl${how};
    server_name ${name}.test; return 200 "<<${name}>>";
    ssl_certificate ${folder}/${name}.crt; ssl_certificate_key ${folder}/${name}.key;
  }`;
  return `daemon off; master_process off; user root; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 1024; }
http {
  access_log off; ssl_protocols TLSv1.2; large_client_header_buffers 8 16k;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  ${host('allowed', ' default_server')}
  ${host('blocked', '')}
  server { listen 9101 ssl default_server; ssl_protocols TLSv1.3; ssl_reject_handshake on; }
  server {
    listen 9101 ssl; server_name blocked.test; ssl_protocols TLSv1.3;
    ssl_certificate ${folder}/blocked.crt; ssl_certificate_key ${folder}/blocked.key;
  }
}
`;
}

function apache(folder: string): string {
  const modules = ['mpm_event', 'authz_core', 'ssl', 'rewrite', 'socache_shmcb', 'http2'].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  );
  const host = (name: string, port: number): string => `
<VirtualHost *:${port}>
  ServerName ${name}.test
  ErrorDocument 403 "<<${name}>>"
  ${port === 8102 ? 'Protocols h2c http/1.1\n  H2Direct on' : ''}
  ${port === 9002 ? `SSLEngine on\n  SSLProtocol TLSv1.2\n  SSLCertificateFile ${folder}/${name}.crt\n  SSLCertificateKeyFile ${folder}/${name}.key` : ''}
  RewriteEngine On
  RewriteRule .* - [F]
</VirtualHost>`;
  return `${modules.join('\n')}
ServerName localhost
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
DocumentRoot ${folder}
ErrorLog /dev/null
ServerLimit 2
ThreadsPerChild 64
MaxRequestWorkers 128
Mutex posixsem
Listen 8002
Listen 8102
Listen 9002
${[8002, 8102, 9002].flatMap((port) => [host('allowed', port), host('blocked', port)]).join('\n')}
`;
}

function caddy(folder: string): string {
  const host = (name: string, address: string, tls: string): string =>
    `${address} {\n  ${tls}\n  respond "<<${name}>>"\n}`;
  const tls = (name: string): string =>
    `tls ${folder}/${name}.crt ${folder}/${name}.key {\n    protocols tls1.2 tls1.2\n  }`;
  return `{
  admin off
  auto_https off
  default_sni allowed.test
  servers {
    protocols h1 h2 h2c
  }
}
${host('blocked', 'http://blocked.test:8003', '')}
${host('allowed', 'http://:8003', '')}
${host('blocked', 'http://blocked.test:8103', '')}
${host('allowed', 'http://:8103', '')}
https://blocked.test:9103 {
  tls ${folder}/blocked.crt ${folder}/blocked.key {
    protocols tls1.3
    curves secp384r1
  }
  respond "<<blocked>>"
}
https://allowed.test:9103 {
  tls ${folder}/allowed.crt ${folder}/allowed.key {
    protocols tls1.3
  }
  respond "<<allowed>>"
}
${host('blocked', 'https://blocked.test:9003', tls('blocked'))}
${host('allowed', 'https://allowed.test:9003', tls('allowed'))}
`;
}

function node(folder: string): string {
  return `
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer, createSecureContext, TLSSocket } from 'node:tls';
import { readFileSync } from 'node:fs';
const pair = (name) => ({
  key: readFileSync(\`${folder}/\${name}.key\`),
  cert: readFileSync(\`${folder}/\${name}.crt\`),
});
const answer = (request, response) => {
  const host = /^https?:\\/\\//i.test(request.url) ? new URL(request.url).hostname : (request.headers.host ?? '');
  const name = host.replace(/:\\d*$/, '').toLowerCase() === 'blocked.test' ? 'blocked' : 'allowed';
  response.end(\`<<\${name}>>\`);
};
createServer({ requireHostHeader: false }, answer).on('clientError', (_, socket) => socket.destroy()).listen(8004, '127.0.0.1');
createHttp2Server((request, response) => {
  const host = request.authority || request.headers.host || '';
  answer({ url: '/', headers: { host } }, response);
}).on('sessionError', () => undefined).listen(8104, '127.0.0.1');
const contexts = { blocked: createSecureContext(pair('blocked')), allowed: createSecureContext(pair('allowed')) };
createTlsServer({
  ...pair('allowed'),
  maxVersion: 'TLSv1.2',
  SNICallback: (name, done) => done(null, contexts[name.toLowerCase() === 'blocked.test' ? 'blocked' : 'allowed']),
}).on('tlsClientError', () => undefined).listen(9004, '127.0.0.1');
const says = (wire, name) => wire.write(name.toLowerCase() === 'blocked.test' ? 'blocked.test' : 'allowed.test');
createTcpServer((wire) => {
  const secured = new TLSSocket(wire, {
    isServer: true,
    minVersion: 'TLSv1.3',
    secureContext: contexts.allowed,
    SNICallback: (name, done) => { says(wire, name); done(null, contexts.allowed); },
  });
  secured.on('error', () => undefined);
  wire.on('error', () => undefined);
}).listen(9104, '127.0.0.1');
process.on('uncaughtException', () => undefined);
`;
}
