import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { decode, encode } from 'dns-packet';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { CertificateMint, makeAuthority } from '../../../src/origin/authority.ts';
import { makeChain } from '../../../src/origin/chain.ts';
import { getRequest } from '../../../src/probe/http.ts';
import { connectTo } from '../../../src/probe/steps/connect.ts';
import { type Dialled, dial } from '../../../src/probe/steps/dial.ts';
import { askOverUdp } from '../../../src/probe/steps/dns-over-udp.ts';
import { fetchOver } from '../../../src/probe/steps/fetch.ts';
import { describeHandshake, shakeHands } from '../../../src/probe/steps/handshake.ts';
import { lookUp } from '../../../src/probe/steps/lookup.ts';
import { Trace } from '../../../src/probe/steps/trace.ts';
import type { TracedSocket } from '../../../src/probe/steps/traced-socket.ts';
import { listening as listeningPort, refusedPort } from '../../support/ports.ts';

/* Real sockets on the loopback. */

const authority = mkdtempSync(join(tmpdir(), 'chokepoint-steps-'));
const open: { close(): unknown }[] = [];

beforeAll(() => makeAuthority(authority));
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
afterAll(() => rmSync(authority, { recursive: true }));

async function listening(server: Server): Promise<number> {
  open.push(server);
  return listeningPort(server);
}

/** A connection to a server that does with it as it is told. */
async function dialled(serve: (socket: Socket) => void, trace: Trace, timeoutMs?: number) {
  const port = await listening(createServer(serve));
  const leg = trace.leg('classic');
  const made: Dialled = await dial(trace, leg, { address: '127.0.0.1', port }, { timeoutMs });
  return { leg, socket: made.socket as TracedSocket, address: made.remote };
}

async function fetched(serve: (socket: Socket) => void, trace: Trace, timeoutMs = 5000) {
  const { leg, socket, address } = await dialled((peer) => {
    peer.on('error', () => undefined);
    peer.once('data', () => serve(peer));
  }, trace);
  const url = new URL(`http://example.org/page?q=1`);
  const result = await fetchOver(trace, leg, socket, undefined, { url, address, timeoutMs });
  socket.destroy();
  return result;
}

test('a connection that is made is written down with its times and its tags', async () => {
  const trace = new Trace();
  const { socket, address } = await dialled(() => undefined, trace);
  socket.destroy();
  const [ip = '', port] = address.split(':');
  const [entry] = trace.techniques().tcp_connect;
  expect(entry).toMatchObject({ ip, port: Number(port), tags: ['classic'], transaction_id: 1 });
  expect(entry?.status).toEqual({ failure: null, success: true });
  expect(entry?.t).toBeGreaterThanOrEqual(entry?.t0 ?? 0);
});

test('one that is refused is written down as refused', async () => {
  const { port, holder } = await refusedPort();
  open.push(holder);
  const trace = new Trace();
  const made = await dial(trace, trace.leg(), { address: '127.0.0.1', port });
  expect(made).toMatchObject({ failure: 'connection_refused', remote: `127.0.0.1:${port}` });
  expect(trace.techniques().tcp_connect[0]?.status).toEqual({
    failure: 'connection_refused',
    success: false,
  });
});

test('an IPv6 address of a URL is written down without its brackets', async () => {
  const trace = new Trace();
  await lookUp(trace, trace.leg(), '[::1]', 6, () => 0);
  expect(trace.queries[0]).toMatchObject({ hostname: '::1', failure: null });
  const shaken = { serverName: '[::1]', address: '[::1]:443', failure: null };
  expect(describeHandshake(shaken).server_name).toBe('::1');
});

test('traces of one measurement count from the same moment', () => {
  const trace = new Trace(performance.now() - 60_000);
  expect(trace.another().seconds()).toBeGreaterThanOrEqual(60);
});

describe('a split', () => {
  test.each([
    { path: '/', host: 'a.example', cut: ['Host: a.ex', 'ample'] },
    { path: '/a.example', host: 'a.example', cut: ['Host: a.ex', 'ample'] },
    { path: '/?q=A.Example', host: 'A.Example', cut: ['Host: A.Ex', 'ample'] },
    { path: '/', host: 'a.example:8080', cut: ['Host: a.ex', 'ample:8080'] },
    { path: '/', host: 'bücher.example', cut: ['Host: bücher', '.example'] },
  ])('falls into the Host header $host of $path', async ({ path, host, cut }) => {
    const [first, second, ...more] = await written(host, path, [host]);
    expect(first?.endsWith(cut[0] as string)).toBe(true);
    expect(second?.startsWith(`${cut[1]}\r\n`)).toBe(true);
    expect(more).toEqual([]);
  });

  test('falls into each request that has the name', async () => {
    const hosts = ['www.a.example', 'other.example', 'a.example', 'a.example'];
    const texts = await written('a.example', '/', hosts);
    expect(texts.map((text) => text.split('\r\n').find((line) => /amp|ex$/.test(line)))).toEqual([
      ...['Host: www.a.ex', 'ample', 'Host: other.example'],
      ...['Host: a.ex', 'ample', 'Host: a.ex', 'ample'],
    ]);
  });

  /** What was handed to the kernel of requests for these hosts on one connection. */
  async function written(host: string, path: string, hosts: readonly string[]): Promise<string[]> {
    const port = await listening(createServer((peer) => peer.resume()));
    const trace = new Trace();
    const url = `http://127.0.0.1:${port}${path}`;
    const request = { probe: 'http', url, ip: 4, host, split: 'name' } as const;
    const made = await connectTo(trace, trace.leg(), request, url);
    const socket = made.socket as TracedSocket;
    const write = vi.spyOn(socket.socket, 'write');
    for (const one of hosts) {
      await new Promise((resolve) => socket.write(getRequest(new URL(url), one), resolve));
    }
    socket.destroy();
    return write.mock.calls.map(([bytes]) => String(bytes));
  }
});

test.each([
  ['a RST', (peer: Socket) => peer.resetAndDestroy(), 'connection_reset'],
  ['a FIN', (peer: Socket) => peer.end(), 'eof_error'],
  ['silence', () => undefined, 'generic_timeout_error'],
] as const)(
  '%s instead of a response is told from the others, and so is its read',
  async (_what, serve, failure) => {
    const trace = new Trace();
    expect(await fetched(serve, trace, 300)).toMatchObject({ failure, response: undefined });
    const { network_events, requests } = trace.techniques();
    expect(requests[0]).toMatchObject({ failure, response: { code: 0, body: '' } });
    expect(network_events.map((one) => [one.operation, one.failure])).toEqual([
      ['connect', null],
      ['write', null],
      ['read', failure],
    ]);
    expect(network_events[1]?.num_bytes).toBeGreaterThan(0);
  },
);

test.each([
  ['a RST', (peer: Socket) => peer.resetAndDestroy(), 'connection_reset'],
  ['a FIN', (peer: Socket) => peer.end(), 'eof_error'],
] as const)(
  '%s in the middle of a body leaves what came before it, and says that the body is cut',
  async (_what, end, failure) => {
    const trace = new Trace();
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\nServer: x\r\n\r\n';
    const serve = (peer: Socket): void => {
      peer.write(`${head}half`);
      setTimeout(() => end(peer), 50);
    };
    expect((await fetched(serve, trace)).failure).toBe(failure);
    const [request] = trace.techniques().requests;
    expect(request?.failure).toBe(failure);
    expect(request?.response).toMatchObject({ code: 200, body: 'half', body_is_truncated: true });
    expect(request?.response.headers).toEqual({ 'Content-Length': '100', Server: 'x' });
  },
);

test('chunks become a body, and a redirect tells where to', async () => {
  const head = 'HTTP/1.1 302 Found\r\nLocation: /next\r\nTransfer-Encoding: chunked\r\n\r\n';
  const serve = (peer: Socket): unknown => peer.end(`${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
  const trace = new Trace();
  const { location, response } = await fetched(serve, trace);
  expect(location).toBe('/next');
  expect(response).toMatchObject({ status: 302, isTruncated: false });
  expect(response?.body.toString()).toBe('abcde');
  expect(trace.techniques().requests[0]?.request).toMatchObject({
    url: 'http://example.org/page?q=1',
    headers: { Host: 'example.org' },
  });
});

test('headers beyond ASCII are text if they are UTF-8, and base64 if not', async () => {
  const serve = (peer: Socket): void => {
    peer.write('HTTP/1.1 302 Found\r\nLocation: /é\r\nContent-Length: 0\r\nX-Latin: ');
    peer.end(Buffer.from('é\r\n\r\n', 'latin1'));
  };
  const trace = new Trace();
  expect((await fetched(serve, trace)).location).toBe('/%C3%A9');
  expect(trace.techniques().requests[0]?.response.headers).toMatchObject({
    Location: '/é',
    'X-Latin': { format: 'base64', data: '6Q==' },
  });
});

test.each([
  ['/é', 'utf8', 'http://a.test/%C3%A9'],
  ['/é?ü', 'latin1', 'http://a.test/%E9?%FC'],
  ['http://bücher.example/é', 'utf8', 'http://xn--bcher-kva.example/%C3%A9'],
] as const)('a redirect to %s in %s leads to %s', async (to, encoding, href) => {
  const head = `HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ${to}\r\n\r\n`;
  const serve = (peer: Socket): unknown => peer.end(Buffer.from(head, encoding));
  const { location = '' } = await fetched(serve, new Trace());
  expect(new URL(location, 'http://a.test/').href).toBe(href);
});

test.each([
  { pieces: [600_000], isTruncated: true },
  { pieces: new Array<number>(20).fill(32_768), isTruncated: true },
  { pieces: new Array<number>(16).fill(32_768), isTruncated: false },
])(
  'of a long body the first half MiB is kept, and bytes that are no text are base64: $isTruncated',
  async ({ pieces, isTruncated }) => {
    const serve = (peer: Socket): void => {
      peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (const length of pieces) {
        peer.write(`${length.toString(16)}\r\n`);
        peer.write(Buffer.concat([Buffer.alloc(length, 0xff), Buffer.from('\r\n')]));
      }
      peer.write('0\r\n\r\n');
    };
    const trace = new Trace();
    const { response } = await fetched(serve, trace);
    expect(response).toMatchObject({ isTruncated });
    expect(response?.body).toHaveLength(524_288);
    expect(trace.techniques().requests[0]?.response.body).toMatchObject({ format: 'base64' });
  },
);

async function shaken(options: TlsOptions, serverName: string, isUnverified = false) {
  const trace = new Trace();
  const server = createTlsServer({ ...options, ALPNProtocols: ['http/1.1'] });
  server.on('tlsClientError', () => undefined);
  const port = await listening(server);
  const leg = trace.leg();
  const { socket, remote } = await dial(trace, leg, { address: '127.0.0.1', port });
  const carrier = socket as TracedSocket;
  const asked = { serverName, address: remote, alpn: ['http/1.1'], isUnverified };
  const result = await shakeHands(trace, leg, carrier, asked);
  carrier.destroy();
  return { result, handshake: trace.techniques().tls_handshakes[0] };
}

test.each([
  ['dates come before the name', '2020-01-01', 'other.example', 'ssl_invalid_certificate'],
  ['the name comes before the authority', '2100-01-01', 'other.example', 'ssl_invalid_hostname'],
  ['then the authority', '2100-01-01', 'www.example.org', 'ssl_unknown_authority'],
])('of several things that are wrong with a certificate, %s', async (_what, to, name, failure) => {
  const from = '2019-01-01T00:00:00Z';
  const pair = await makeChain(authority, `dated-${failure}`, {
    name: 'www.example.org',
    from,
    to: `${to}T00:00:00Z`,
  });
  const { result, handshake } = await shaken(pair, name);
  expect(result.failure).toBe(failure);
  expect(handshake).toMatchObject({
    failure,
    server_name: name,
    cipher_suite: 'TLS_AES_256_GCM_SHA384',
    tls_version: 'TLSv1.3',
    negotiated_protocol: 'http/1.1',
    no_tls_verify: false,
  });
  expect(handshake?.peer_certificates.length).toBeGreaterThan(0);
});

test('without verification a handshake is a handshake', async () => {
  const pair = await new CertificateMint(authority).certificateFor('www.example.org');
  const { result, handshake } = await shaken(pair, 'other.example', true);
  expect(result.failure).toBeNull();
  expect(handshake).toMatchObject({ failure: null, no_tls_verify: true });
});

test.each([
  ['a RST', (peer: Socket) => peer.resetAndDestroy(), 'connection_reset'],
  ['a FIN', (peer: Socket) => peer.end(), 'eof_error'],
  ['silence', () => undefined, 'generic_timeout_error'],
  [
    'cleartext',
    (peer: Socket) => peer.end('HTTP/1.1 403 Forbidden\r\n\r\n'),
    'ssl_failed_handshake',
  ],
] as const)(
  '%s instead of a ServerHello is told from the others',
  async (_what, serve, failure) => {
    const trace = new Trace();
    const { leg, socket, address } = await dialled((peer) => {
      peer.on('error', () => undefined);
      peer.once('data', () => serve(peer));
    }, trace);
    const asked = { serverName: 'example.org', address, timeoutMs: 300 };
    expect(await shakeHands(trace, leg, socket, asked)).toMatchObject({ failure });
    socket.destroy();
    expect(trace.techniques().tls_handshakes[0]).toMatchObject({ failure, cipher_suite: '' });
  },
);

/** Answers each question as it is told, over UDP. */
async function resolver(reply: (query: Buffer, send: (bytes: Buffer) => void) => void) {
  const socket: UdpSocket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(socket);
  socket.on('message', (query, peer) =>
    reply(query, (bytes) => socket.send(bytes, peer.port, peer.address)),
  );
  return { address: '127.0.0.1', port: socket.address().port, timeoutMs: 400, lateMs: 200 };
}

function answer(query: Buffer, address: string | undefined, { rcode = 0, id = 0 } = {}): Buffer {
  const asked = decode(query);
  const data =
    address === undefined ? [] : [{ type: 'A' as const, name: 'example.org', data: address }];
  return encode({
    type: 'response',
    id: id || asked.id || 0,
    flags: rcode,
    questions: asked.questions ?? [],
    answers: data,
  });
}

const QUESTION = { hostname: 'example.org', type: 'A' } as const;
const asnOf = (address: string): number => (address === '192.0.2.1' ? 64496 : 0);

test('the first answer counts, and those that come after it are kept apart', async () => {
  const trace = new Trace();
  const asked = await resolver((query, send) => {
    send(answer(query, '192.0.2.1'));
    setTimeout(() => send(answer(query, '192.0.2.2')), 50);
  });
  expect(await askOverUdp(trace, trace.leg(), QUESTION, asked, asnOf)).toEqual({
    failure: null,
    addresses: ['192.0.2.1'],
  });
  await Promise.all(trace.pending);
  expect(trace.queries).toHaveLength(1);
  expect(trace.queries[0]?.answers).toMatchObject([{ ipv4: '192.0.2.1', asn: 64496 }]);
  expect(trace.lateAnswers.map(({ answers }) => answers?.[0]?.ipv4)).toEqual(['192.0.2.2']);
});

test.each([
  [2, 'dns_servfail_error'],
  [3, 'dns_nxdomain_error'],
  [5, 'dns_refused_error'],
  [4, 'dns_server_misbehaving'],
  [0, 'dns_no_answer'],
])('an answer with rcode %i and no address is %s', async (rcode, failure) => {
  const trace = new Trace();
  const asked = await resolver((query, send) => send(answer(query, undefined, { rcode })));
  expect((await askOverUdp(trace, trace.leg(), QUESTION, asked, asnOf)).failure).toBe(failure);
  await Promise.all(trace.pending);
  expect(trace.queries[0]).toMatchObject({ failure, rcode, engine: 'udp' });
});

test('a resolver that nobody may send to is a failure, and no more', async () => {
  const trace = new Trace();
  const asked = { address: '255.255.255.255', port: 53 };
  const { failure } = await askOverUdp(trace, trace.leg(), QUESTION, asked, asnOf);
  expect(failure).toMatch(/EACCES/);
  expect(trace.queries[0]).toMatchObject({ failure, answers: null });
});

test('what is no answer to the question is not taken for one', async () => {
  const trace = new Trace();
  const asked = await resolver((query, send) => {
    send(Buffer.from('nonsense'));
    send(answer(query, '192.0.2.9', { id: (decode(query).id ?? 0) ^ 1 }));
  });
  const { failure } = await askOverUdp(trace, trace.leg(), QUESTION, asked, asnOf);
  expect(failure).toBe('generic_timeout_error');
  expect(trace.queries[0]).toMatchObject({ failure, answers: null });
});
