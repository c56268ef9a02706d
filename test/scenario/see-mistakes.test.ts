import { describe, expect, test } from 'vitest';
import { curlFailureOf, digFailureOf, failureOf } from '../../src/probe/failure.ts';
import { torFailureOf } from '../../src/probe/tor-log.ts';
import { failureNameError } from '../../src/scenario/failure-name.ts';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

/* What a row expects to be seen, and what nobody can see. */

describe('a failure that OONI has no name for is told, with the nearest name', () => {
  test.each([
    ['conection_reset', 'the nearest is "connection_reset"'],
    ['connection_resett', 'the nearest is "connection_reset"'],
    ['Connection_Reset', 'the nearest is "connection_reset"'],
    ['generic_timeout', 'the nearest is "generic_timeout_error"'],
    ['ssl_invalid_host', 'the nearest is "ssl_invalid_hostname"'],
    ['eof', 'one of connection_aborted, connection_already_closed, '],
    ['', 'one of connection_aborted, connection_already_closed, '],
  ])('"%s"', (name, hint) => {
    expect(about(`failure: "${name}"`)).toEqual([
      expect.stringContaining(
        `x.yaml:10:76: expect[0].see.failure: expected a failure as OONI calls it, or null if nothing goes wrong; found "${name}"; ${hint}`,
      ),
    ]);
  });

  test('of the handshake beside it too', () => {
    const row =
      'probe: https, urls: ["https://a.org/"], beside: "https://b.org/", see: { failure: null, beside: reset }';
    expect(complaintsAbout(scenarioOf({ expect: row }))).toEqual([
      expect.stringContaining(': expect[0].see.beside: expected a failure as OONI calls it'),
    ]);
  });

  test.each([
    'null',
    'connection_reset',
    'dns_bogon_error',
    '"unknown_failure: curl 6: Could not resolve host: a.org"',
  ])('not %s', (failure) => {
    expect(about(`failure: ${failure}`)).toEqual([]);
  });
});

test.each(['blocking: dns', 'accessible: false', 'blocking: null'])(
  'a verdict is seen by the probe that has a control, and by no other: %s',
  (verdict) => {
    const [key] = verdict.split(':');
    expect(about(`failure: null, ${verdict}`)).toEqual([
      expect.stringContaining(
        `: expect[0].see.${key}: only a probe web_connectivity tells ${key}; found `,
      ),
    ]);
  },
);

test.each([
  ['probe: http, urls: ["http://a.org/"]', 'exit: 0', 'curl or openssl or dig or tor'],
  [
    'probe: openssl, urls: ["https://a.org/"]',
    'status: 200',
    'http or https or curl or chromium or tor or web_connectivity',
  ],
  ['probe: curl, urls: ["http://a.org/"]', 'answered: 1', 'http'],
  ['probe: curl, urls: ["https://a.org/"]', 'beside: null', 'https'],
  [
    'probe: openssl, urls: ["https://a.org/"]',
    'connected_after_ms: [1, 2]',
    'tcp or http or https or curl or tcpping',
  ],
  ['probe: tcp, urls: ["tcp://a.org:80"]', 'failed_after_ms: [1, 2]', 'http or https or curl'],
])('what a probe never tells is seen by none of its rows: %s, %s', (row, sight, tellers) => {
  const [key] = sight.split(':');
  const file = scenarioOf({ expect: `${row}, see: { failure: eof_error, ${sight} }` });
  expect(complaintsAbout(file)).toEqual([
    expect.stringContaining(`: expect[0].see.${key}: only a probe ${tellers} tells ${key}; found `),
  ]);
});

test.each([
  ['beside: null', 'beside: expected `beside` in the row, a URL whose handshake it is; found none'],
  ['failed_after_ms: [1, 2]', 'failed_after_ms: expected a failure beside it; found null'],
])('nor what its row does not ask for: %s', (sight, says) => {
  const row = `probe: https, urls: ["https://a.org/"], see: { failure: null, ${sight} }`;
  expect(complaintsAbout(scenarioOf({ expect: row }))).toEqual([
    expect.stringContaining(`: expect[0].see.${says}`),
  ]);
});

test('whatever a probe reports has a name that a row may expect', () => {
  const codes = [
    'ECONNRESET',
    'EPIPE',
    'ECONNREFUSED',
    'ECONNABORTED',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EAI_NODATA',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'EOTHER',
  ];
  const statuses = [undefined, 'NOERROR', 'NXDOMAIN', 'REFUSED', 'SERVFAIL', 'NOTIMP'];
  const obstacles = ['CONNECTREFUSED', 'CONNECTRESET', 'NOROUTE', 'TLS_ERROR', 'DONE'];
  const reported = [
    ...codes.map((code) => failureOf(Object.assign(new Error('x'), { code }))),
    ...Array.from({ length: 100 }, (_, exit) => curlFailureOf(exit, '')),
    ...statuses.map((status) => digFailureOf({ status, count: 0, says: '' }, '')),
    ...obstacles.map((obstacle) =>
      torFailureOf({ obstacle } as Parameters<typeof torFailureOf>[0]),
    ),
  ].filter((name) => name !== null);
  expect(new Set(reported).size).toBeGreaterThan(15);
  expect(reported.filter((name) => failureNameError(name) !== undefined)).toEqual([]);
});

describe('how many fail', () => {
  test.each([
    {
      failing: '[3, 2]',
      says: 'failing: expected the least first, and the most behind it; found 3, 2',
    },
    {
      failing: '[1, 6]',
      says: 'failing[1]: expected at most 5, for it is tried so many `times`; found 6',
    },
  ])('of five: $failing', ({ failing, says }) => {
    const file = scenarioOf({
      expect: `times: 5, ${ROW} failure: eof_error, failing: ${failing} }`,
    });
    expect(complaintsAbout(file)).toEqual([expect.stringContaining(`: expect[0].see.${says}`)]);
  });

  test.each(['[0, 0]', '[2, 2]', '[0, 5]'])('may be %s of five', (failing) => {
    const file = scenarioOf({
      expect: `times: 5, ${ROW} failure: eof_error, failing: ${failing} }`,
    });
    expect(complaintsAbout(file)).toEqual([]);
  });
});

test.each(['connected_after_ms: [30, 1.5]', 'failed_after_ms: [30, 1.5]'])(
  'a time that ends before it begins is told: %s',
  (field) => {
    const row = `probe: http, urls: ["http://a.org/"], see: { failure: eof_error, ${field} }`;
    expect(complaintsAbout(scenarioOf({ expect: row }))).toEqual([
      expect.stringMatching(
        /_after_ms: expected the least first, and the most behind it; found 30, 1\.5$/,
      ),
    ]);
  },
);

const ROW = 'probe: tcp, urls: ["tcp://a.org:80"], see: {';

function about(see: string): string[] {
  return complaintsAbout(scenarioOf({ expect: `${ROW} ${see} }` }));
}
