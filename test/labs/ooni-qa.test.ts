import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarioIds } from 'chokepoint';
import { expect, test } from 'vitest';
import { outcomeOf, wrongRows } from '../support/run.ts';

/*
 * What OONI expects of its own probe in these cases, key by key (ooni/probe-cli, internal/webconnectivityqa), whatever a scenario
 * says; but `tls-timeout`, which has no case there. They wait more than they work, so several are run at a time.
 */

const HTTP = 'http://www.example.com/';
const HTTPS = 'https://www.example.com/';

const SAME_PAGE = {
  ...{ body_proportion: 1, body_length_match: true },
  ...{ headers_match: true, status_code_match: true, title_match: true },
};

const CASES = {
  'dns-bogon': [verdict(HTTPS, 'dns', false, 'inconsistent', [5, 33, 0], 'generic_timeout_error')],
  'dns-localhost': [
    verdict(HTTP, 'dns', false, 'inconsistent', [5, 33, 0], null),
    verdict(HTTPS, 'dns', false, 'inconsistent', [5, 33, 0], null),
  ],
  'dns-nxdomain': [
    {
      ...verdict(HTTPS, 'dns', false, 'inconsistent', [2, 33, 0], 'dns_nxdomain_error'),
      dns_experiment_failure: 'dns_nxdomain_error',
    },
  ],
  'dns-proxy': [
    { ...verdict(HTTP, false, true, 'inconsistent', [4, 33, 0], null), ...SAME_PAGE },
    { ...verdict(HTTPS, false, true, 'inconsistent', [4, 33, 0], null), ...SAME_PAGE },
  ],
  'http-diff': [
    {
      ...verdict(HTTP, 'http-diff', false, 'consistent', [0, 16, 0], null),
      ...{ body_proportion: expect.any(Number), body_length_match: false, headers_match: false },
      ...{ status_code_match: true, title_match: false },
    },
  ],
  'http-reset': [verdict(HTTP, 'http-failure', false, 'consistent', [0, 8, 0], 'connection_reset')],
  'tcp-refused-dns': [
    verdict(
      'http://www.example.org/',
      ...(['dns', false, 'inconsistent', [4, 35, 2], 'connection_refused'] as const),
    ),
  ],
  'tcp-timeout': [
    verdict(HTTPS, 'tcp_ip', false, 'consistent', [0, 2, 0], 'generic_timeout_error'),
  ],
  'tls-reset': [verdict(HTTPS, 'http-failure', false, 'consistent', [0, 4, 0], 'connection_reset')],
  'tls-reset-dns': [verdict(HTTPS, 'dns', false, 'inconsistent', [4, 5, 0], 'connection_reset')],
  'tls-timeout': [
    verdict(HTTPS, 'http-failure', false, 'consistent', [0, 4, 0], 'generic_timeout_error'),
  ],
} as const;

test.concurrent.each(Object.entries(CASES))(
  'ooni-qa/%s: the measurement has the verdict that OONI expects, and every row is as expected',
  async (name, verdicts) => {
    let measured: readonly Measurement[] = [];
    const seen = await outcomeOf(`ooni-qa/${name}`, (out) => {
      measured = measurementsIn(out);
    });
    for (const { input, ...keys } of verdicts) {
      expect(measured.find((one) => one.input === input)?.test_keys).toMatchObject(keys);
    }
    expect(wrongRows(seen)).toEqual([]);
    // One more: a name that nobody touches.
    expect([seen.exitCode, measured.length]).toEqual([0, verdicts.length + 1]);
  },
);

test('each scenario of the folder is one of these cases', () => {
  const ids = scenarioIds().filter((id) => id.startsWith('ooni-qa/'));
  expect(ids).toEqual(Object.keys(CASES).map((name) => `ooni-qa/${name}`));
});

interface Measurement {
  readonly input: string;
  readonly test_keys: Readonly<Record<string, unknown>>;
}

function measurementsIn(out: string): Measurement[] {
  return readFileSync(join(out, 'measurements.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Measurement);
}

/** Of a URL whose page did not come, but for `SAME_PAGE`. */
function verdict(
  input: string,
  blocking: string | false,
  accessible: boolean,
  dns_consistency: string,
  [x_dns_flags, x_blocking_flags, x_null_null_flags]: readonly [number, number, number],
  http_experiment_failure: string | null,
) {
  return {
    input,
    ...{ blocking, accessible, dns_consistency, http_experiment_failure },
    ...{ dns_experiment_failure: null as string | null },
    ...{ x_dns_flags, x_blocking_flags, x_null_null_flags },
    ...{ body_proportion: 0, body_length_match: null as boolean | null },
    ...{ headers_match: null, status_code_match: null, title_match: null },
  };
}
