import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { peerName } from '../../src/dataplane/ffi/tcp-socket.ts';
import { CertificateMint, makeAuthority } from '../../src/origin/authority.ts';
import { makeChain } from '../../src/origin/chain.ts';
import { ConnectionLog, type ConnectionRecord } from '../../src/origin/connection-log.ts';
import { startWebServer } from '../../src/origin/web-server.ts';

/** Ports that the system chose. */
let HTTP: number;
let TLS: number;
let folder: string;
let log: ConnectionLog;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-web-'));
  await makeAuthority(folder);
  log = new ConnectionLog('server', join(folder, 'origin.jsonl'));
  ({
    http: [HTTP = 0],
    tls: [TLS = 0],
  } = await startWebServer({
    ...ANY_PORTS,
    mint: new CertificateMint(folder),
    log,
    defaultName: 'server',
    peerOf: peerName,
  }));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('curl gets a page over HTTP, and the log has the request', async () => {
  const record = await logged(() =>
    execa('curl', ['-sSf', '-H', 'Host: a.example', url('http', HTTP)]),
  );
  expect(record).toMatchObject({ localPort: HTTP, sni: undefined, end: 'closed' });
  expect(record.requests).toEqual([{ method: 'GET', host: 'a.example', url: '/' }]);
  expect(record.requestBytes).toBeGreaterThan(50);
});

test('curl verifies the certificate of any name, and the log has the server name', async () => {
  const ca = join(folder, 'ca.pem');
  const record = await logged(() =>
    execa('curl', [
      ...['-sSf', '--cacert', ca, '--connect-to', `::127.0.0.1:${TLS}`],
      'https://www.any.example/x',
    ]),
  );
  expect(record).toMatchObject({ localPort: TLS, sni: 'www.any.example', end: 'closed' });
  expect(record.requests).toEqual([{ method: 'GET', host: 'www.any.example', url: '/x' }]);
});

test.each([
  { version: 4, host: '127.0.0.1', shown: '127.0.0.1' },
  { version: 6, host: '::1', shown: '[::1]' },
])('a client that reset before it was accepted is known, over IPv$version', async (row) => {
  const script = `const socket = require('node:net').connect(${HTTP}, '${row.host}', () => {
    console.log(socket.localPort);
    socket.resetAndDestroy();
  });`;
  const mark = log.count;
  // It has come and gone before this process, whose server it is, does anything else.
  const port = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
  await expect.poll(() => log.since(mark).map(({ end }) => end)).toEqual(['reset']);
  expect(log.since(mark)[0]?.remote).toBe(`${row.shown}:${port}`);
});

test('a connection that is open when the servers end is written down, with what came so far', async () => {
  const file = join(folder, 'open.jsonl');
  const own = new ConnectionLog('server', file);
  const ports = await startWebServer({
    ...{ ...ANY_PORTS, mint: new CertificateMint(folder), log: own },
    ...{ defaultName: 'server', peerOf: peerName },
  });
  const socket = connect(ports.http[0] as number, '127.0.0.1');
  socket.write('GET / HT');
  await expect.poll(() => own.count).toBe(1);
  own.finish();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    remote: `127.0.0.1:${socket.localPort}`,
    end: 'open',
  });
  socket.destroy();
  await expect.poll(() => own.since(0)[0]?.end).not.toBe('open');
  own.finish();
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(2);
});

test('of many requests over one connection, and of long ones, the log has the beginning and how much is left out', async () => {
  const record = await logged(
    () =>
      new Promise<void>((resolve) => {
        const socket = connect(HTTP, '127.0.0.1').on('close', () => resolve());
        const path = `/${'x'.repeat(7999)}`;
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`.repeat(149));
        socket.end(`GET ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
        socket.resume();
      }),
  );
  const url = `/${'x'.repeat(1999)}… (6,000 bytes more)`;
  expect(record.requests).toEqual(new Array(100).fill({ method: 'GET', host: 'a.example', url }));
  expect(record.moreRequests).toBe(50);
});

test('a log that has forgotten what it is asked for says so', () => {
  const own = new ConnectionLog('server', undefined);
  for (let i = 0; i < 10_003; i++) own.open(new Socket());
  expect(own.since(3)).toHaveLength(10_000);
  expect(own.since(10_003)).toEqual([]);
  expect(() => own.since(2)).toThrow(
    'server was asked for its last 10001 connections, and remembers 10000',
  );
});

test('a server may have one certificate for whoever asks, long expired, and send everyone elsewhere', async () => {
  const certificate = await makeChain(folder, 'parked', {
    name: 'it.domain.name',
    from: '2021-03-14T15:18:58Z',
    to: '2021-06-12T15:18:58Z',
  });
  const ports = await startWebServer({
    ...{ ...ANY_PORTS, mint: new CertificateMint(folder), log },
    ...{ certificate, redirect: 'http://elsewhere.example/?a=b', defaultName: 'park' },
  });
  const { stdout } = await execa('curl', [
    '-sS',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code} %{redirect_url}',
    url('http', ports.http[0]),
  ]);
  expect(stdout).toBe('302 http://elsewhere.example/?a=b');
  const over = ['--connect-to', `::127.0.0.1:${ports.http[0]}`];
  const followed = await execa('curl', [
    '-sSfL',
    ...over,
    '-w',
    '%{num_redirects}',
    'http://tiktok.com/',
  ]);
  expect(followed.stdout).toMatch(/<h1>elsewhere\.example<\/h1>[\s\S]*\n1$/);
  const given = [
    's_client',
    '-connect',
    `127.0.0.1:${ports.tls[0]}`,
    '-CAfile',
    join(folder, 'ca.pem'),
  ];
  const shown = await execa('openssl', [...given, '-servername', 'tiktok.com'], {
    stdin: 'ignore',
    reject: false,
    all: true,
  });
  expect(shown.all).toContain('s:CN = it.domain.name');
  expect(shown.all).toContain(
    'NotBefore: Mar 14 15:18:58 2021 GMT; NotAfter: Jun 12 15:18:58 2021 GMT',
  );
  expect(shown.all).toContain('verify error:num=10:certificate has expired');
});

test.each([
  { name: 'a reset before any byte', port: () => HTTP, bytes: '', end: 'reset' },
  { name: 'a reset after some', port: () => HTTP, bytes: 'GET / HT', end: 'reset' },
  { name: 'a reset before the handshake', port: () => TLS, bytes: '', end: 'reset' },
  { name: 'a reset in the handshake', port: () => TLS, bytes: '\u0016\u0003\u0001', end: 'reset' },
] as const)('the log tells $name', async ({ port, bytes, end }) => {
  const record = await logged(
    () =>
      new Promise<void>((resolve) => {
        const socket = connect({ port: port(), host: '127.0.0.1' }, () => {
          socket.write(bytes);
          setTimeout(() => {
            socket.resetAndDestroy();
            resolve();
          }, 50);
        });
      }),
  );
  expect(record).toMatchObject({
    localPort: port(),
    requestBytes: bytes.length,
    end,
    requests: [],
  });
});

test.each([
  { name: 'what is no TLS', port: () => TLS, bytes: 'GET / HTTP/1.1\r\n\r\n' },
  { name: 'what is no HTTP', port: () => HTTP, bytes: '\u0000\u0001\u0002\r\n\r\n' },
])('$name ends the connection, not the server', async ({ port, bytes }) => {
  await logged(
    () =>
      new Promise((resolve) => {
        const socket = connect({ port: port(), host: '127.0.0.1' }, () => socket.write(bytes));
        socket.on('error', () => undefined).on('close', resolve);
        socket.resume();
      }),
  );
  expect((await execa('curl', ['-sSf', url('http', HTTP)])).stdout).toContain('<h1>');
});

test('a server name that no certificate can have fails that handshake alone', async () => {
  const failed = new Promise((resolve) => {
    const socket = connectTls({
      port: TLS,
      host: '127.0.0.1',
      servername: 'a,b',
      rejectUnauthorized: false,
    });
    socket.on('error', () => undefined).on('close', resolve);
  });
  await logged(() => failed);
  expect((await execa('curl', ['-sSf', url('http', HTTP)])).stdout).toContain('<h1>');
});

test('every connection that ended is a line of the file', async () => {
  const lines = readFileSync(join(folder, 'origin.jsonl'), 'utf8').trim().split('\n');
  const ended = log.since(0).filter(({ end }) => end !== 'open');
  // The file has them in the order of their ends.
  const inOrder = (records: readonly { remote: string }[]) =>
    records.toSorted((a, b) => a.remote.localeCompare(b.remote));
  const written = inOrder(lines.map((line) => JSON.parse(line)));
  expect(written).toEqual(inOrder(JSON.parse(JSON.stringify(ended))));
});

function url(scheme: string, port: number | undefined): string {
  return `${scheme}://127.0.0.1:${port}/`;
}

/** The record of the one connection that `action` makes, once it has ended. */
async function logged(action: () => Promise<unknown>): Promise<ConnectionRecord> {
  const mark = log.count;
  await action();
  const ends = (): string[] => log.since(mark).map(({ end }) => end);
  await expect.poll(ends, { timeout: 60_000 }).toEqual([expect.stringMatching(/closed|reset/)]);
  return log.since(mark)[0] as ConnectionRecord;
}

const ANY_PORTS = { httpPorts: [0], tlsPorts: [0] };
