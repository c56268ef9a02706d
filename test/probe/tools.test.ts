import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeAuthority } from '../../src/origin/authority.ts';
import { makeChain } from '../../src/origin/chain.ts';
import type { ProbeRequest } from '../../src/probe/observation.ts';
import { probe } from '../../src/probe/probe.ts';
import { listening as listeningPort, refusedPort } from '../support/ports.ts';

/* What real programs, and Node, say of each kind of interference: in OONI's words, and in which step. */

const authority = mkdtempSync(join(tmpdir(), 'chokepoint-tools-'));
const open: { close(): unknown }[] = [];

beforeAll(() => makeAuthority(authority));
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
afterAll(() => rmSync(authority, { recursive: true }));

/** Does this to whoever has sent something. */
async function served(serve: (peer: Socket) => unknown): Promise<number> {
  return listening(
    createServer((peer) => {
      peer.on('error', () => undefined);
      peer.once('data', () => serve(peer));
    }),
  );
}

async function listening(server: Server): Promise<number> {
  open.push(server);
  return listeningPort(server);
}

async function see(kind: ProbeRequest['probe'], url: string, timeoutMs = 60_000) {
  const { failure, failedAt } = await probe({ probe: kind, url, ip: 4, timeoutMs });
  return [failure, failedAt];
}

/** In ms. The program's start counts, so even who waits in vain has some time. */
function patience(failure: string): number {
  return failure === 'generic_timeout_error' ? 4000 : 60_000;
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const CLEARTEXT = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n';

test.each([
  ['a RST', (peer: Socket) => peer.resetAndDestroy(), 'connection_reset'],
  ['a FIN', (peer: Socket) => peer.end(), 'eof_error'],
  ['silence', () => undefined, 'generic_timeout_error'],
  ['cleartext', (peer: Socket) => peer.end(CLEARTEXT), 'ssl_failed_handshake'],
] as const)(
  '%s after a ClientHello is the same to curl, openssl and Node',
  async (_what, serve, failure) => {
    const port = await served(serve);
    const kinds = ['curl', 'openssl', 'https'] as const;
    const seen = await Promise.all(
      kinds.map((kind) => see(kind, `https://localhost:${port}/`, patience(failure))),
    );
    expect(seen).toEqual(kinds.map(() => [failure, 'tls_handshake']));
  },
);

test.each([
  ['a RST', (peer: Socket) => peer.resetAndDestroy(), 'connection_reset'],
  ['a FIN', (peer: Socket) => peer.end(), 'eof_error'],
  ['silence', () => undefined, 'generic_timeout_error'],
  [
    'half a body',
    (peer: Socket) => peer.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
    'eof_error',
  ],
] as const)('%s after a request is the same to curl and Node', async (_what, serve, failure) => {
  const port = await served(serve);
  const kinds = ['curl', 'http'] as const;
  const seen = await Promise.all(
    kinds.map((kind) => see(kind, `http://localhost:${port}/`, patience(failure))),
  );
  expect(seen).toEqual(kinds.map(() => [failure, 'http_round_trip']));
});

test.each([
  ['a line that is no status line', 'BLOCKED BY LAW\r\n\r\n', /^unknown_failure/],
  ['a status line without a status', 'HTTP/1.1 OK\r\n\r\n', /^unknown_failure/],
  [
    'a length that is no number',
    'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc',
    /^unknown_failure/,
  ],
  ['a size that is no number', `${CHUNKED}x\r\nabc`, /^unknown_failure/],
  ['a chunk that is cut', `${CHUNKED}5\r\nab`, /^eof_error$/],
  ['chunks without an end', `${CHUNKED}2\r\nab\r\n`, /^eof_error$/],
  ['a head without an end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}`, /^unknown_failure/],
])('%s fails to curl and Node', async (_what, says, failure) => {
  const port = await served((peer) => peer.end(says));
  const [curl, node] = await Promise.all(
    (['curl', 'http'] as const).map((kind) => see(kind, `http://localhost:${port}/`)),
  );
  expect(node).toEqual([expect.stringMatching(failure), 'http_round_trip']);
  expect(curl?.[0]).not.toBeNull();
});

test.each([
  [
    'an interim response',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab',
    200,
    'ab',
  ],
  ['lines that end in LF', 'HTTP/1.1 403 Forbidden\nContent-Length: 2\n\nab', 403, 'ab'],
  ['chunks', `${CHUNKED}2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n`, 200, 'abc'],
  ['a body up to the end', 'HTTP/1.0 200 OK\r\n\r\nabc', 200, 'abc'],
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
] as const)(
  '%s, byte by byte or at once, is the same to curl and Node',
  async (_what, says, status, page) => {
    const atOnce = await served((peer) => peer.end(says));
    const byteByByte = await served((peer) => {
      peer.setNoDelay(true);
      for (const letter of says) peer.write(letter);
      peer.end();
    });
    for (const port of [atOnce, byteByByte]) {
      for (const kind of ['curl', 'http'] as const) {
        const url = `http://localhost:${port}/`;
        const seen = await probe({ probe: kind, url, ip: 4, keepsPage: true });
        expect(seen).toMatchObject({ failure: null, page });
        expect(seen.says).toBe(`HTTP ${status}`);
      }
    }
  },
);

test('a connection that is refused fails as it is made', async () => {
  const { port, holder } = await refusedPort();
  open.push(holder);
  for (const [kind, scheme] of [
    ['curl', 'http'],
    ['openssl', 'https'],
    ['https', 'https'],
    ['tcp', 'tcp'],
  ] as const) {
    expect(await see(kind, `${scheme}://localhost:${port}/`)).toEqual([
      'connection_refused',
      'connect',
    ]);
  }
});

test.each(['curl', 'openssl', 'https'] as const)(
  'a name that is not there fails as it is looked up, and without a control %s accuses nobody',
  async (kind) => {
    const seen = await probe({ probe: kind, url: 'https://nothing.invalid/', ip: 4 });
    expect(seen).toMatchObject({ failedAt: 'resolve' });
    expect(seen).not.toHaveProperty('verdict');
  },
);

test.each([
  ['other.example', '2020-01-01', 'ssl_invalid_certificate'],
  ['localhost', '2020-01-01', 'ssl_invalid_certificate'],
] as const)(
  'a certificate for %s that ended on %s is invalid to Node',
  async (name, to, failure) => {
    const from = '2019-01-01T00:00:00Z';
    const pair = await makeChain(authority, `${name}-ended`, {
      name,
      from,
      to: `${to}T00:00:00Z`,
    });
    const server = createTlsServer(pair, (peer) => peer.on('error', () => undefined));
    server.on('tlsClientError', () => undefined);
    const port = await listening(server);
    expect(await see('https', `https://localhost:${port}/`)).toEqual([failure, 'tls_handshake']);
    // Whom nobody vouches for, curl and openssl do not look at any further.
    expect(await see('curl', `https://localhost:${port}/`)).toEqual([
      'ssl_unknown_authority',
      'tls_handshake',
    ]);
    expect((await see('openssl', `https://localhost:${port}/`))[1]).toBe('tls_handshake');
  },
);
