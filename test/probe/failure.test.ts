import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { curlFailureOf, failureOf } from '../../src/probe/failure.ts';
import { probe } from '../../src/probe/probe.ts';
import { listening, refusedPort } from '../support/ports.ts';

describe('real sockets on loopback', () => {
  const open: { close(): unknown }[] = [];
  const listen = (onConnection: (socket: Socket) => void): Promise<number> => {
    const server = createServer(onConnection);
    open.push(server);
    return listening(server);
  };
  let resets: number;
  let closes: number;
  let refuses: number;
  beforeAll(async () => {
    resets = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    closes = await listen((socket) => socket.once('data', () => socket.end()));
    const refused = await refusedPort();
    open.push(refused.holder);
    refuses = refused.port;
  });
  afterAll(() => {
    for (const one of open) one.close();
  });

  test.each([
    { probe: 'http', what: 'RST', failure: 'connection_reset', port: () => resets },
    { probe: 'http', what: 'FIN', failure: 'eof_error', port: () => closes },
    { probe: 'http', what: 'refusal', failure: 'connection_refused', port: () => refuses },
    { probe: 'https', what: 'RST', failure: 'connection_reset', port: () => resets },
    { probe: 'https', what: 'FIN', failure: 'eof_error', port: () => closes },
    { probe: 'https', what: 'refusal', failure: 'connection_refused', port: () => refuses },
    { probe: 'tcp', what: 'refusal', failure: 'connection_refused', port: () => refuses },
    { probe: 'curl', what: 'RST', failure: 'connection_reset', port: () => resets, scheme: 'http' },
    { probe: 'curl', what: 'FIN', failure: 'eof_error', port: () => closes, scheme: 'http' },
    {
      probe: 'curl',
      what: 'refusal',
      failure: 'connection_refused',
      port: () => refuses,
      scheme: 'http',
    },
    {
      probe: 'openssl',
      what: 'RST',
      failure: 'connection_reset',
      port: () => resets,
      scheme: 'https',
    },
    { probe: 'openssl', what: 'FIN', failure: 'eof_error', port: () => closes, scheme: 'https' },
    {
      probe: 'openssl',
      what: 'refusal',
      failure: 'connection_refused',
      port: () => refuses,
      scheme: 'https',
    },
  ] as const)('$probe tells a $what', async (row) => {
    const scheme = 'scheme' in row ? row.scheme : row.probe;
    const url = `${scheme}://127.0.0.1:${row.port()}${scheme === 'tcp' ? '' : '/'}`;
    const seen = await probe({ probe: row.probe, url, ip: 4 });
    expect(seen.failure).toBe(row.failure);
  });
});

test.each([
  [0, '', null],
  [6, 'Could not resolve host: x', 'unknown_failure: curl 6: Could not resolve host: x'],
  [7, 'Failed to connect: Connection refused', 'connection_refused'],
  [28, 'SSL connection timeout', 'generic_timeout_error'],
  [35, 'Recv failure: Connection reset by peer', 'connection_reset'],
  [35, 'error:0A00010B:SSL routines::wrong version number', 'ssl_failed_handshake'],
  [52, 'Empty reply from server', 'eof_error'],
  [56, 'Recv failure: Connection reset by peer', 'connection_reset'],
  [60, 'SSL certificate problem: certificate has expired', 'ssl_invalid_certificate'],
  [
    60,
    "SSL: no alternative certificate subject name matches target host name 'x'",
    'ssl_invalid_hostname',
  ],
])('curl %i "%s" is %s', (exit, message, failure) => {
  expect(curlFailureOf(exit, message)).toBe(failure);
});

test.each([
  [{ code: 'ENOTFOUND', errno: -3008 }, 'dns_nxdomain_error'],
  [{ code: 'ENOTFOUND', errno: -3007 }, 'dns_no_answer'],
  [{ code: 'EAI_AGAIN', errno: -3001 }, 'dns_server_misbehaving'],
  [{ code: 'EAI_FAIL', errno: -3004 }, 'dns_server_misbehaving'],
  [{ code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }, 'ssl_failed_handshake'],
  [{ code: 'EPROTO' }, 'ssl_failed_handshake'],
  [{ code: 'EWHATEVER' }, 'unknown_failure: one line'],
])('%j is %s', (error, failure) => {
  expect(failureOf(Object.assign(new Error('one line\nand another'), error))).toBe(failure);
});
