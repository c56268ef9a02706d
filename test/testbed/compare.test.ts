import { describe, expect, test } from 'vitest';
import type { Expectation } from '../../src/scenario/schema.ts';
import { compare } from '../../src/testbed/compare.ts';
import type { Seen } from '../../src/testbed/rows.ts';

const SEEN: Seen = {
  observation: {
    failure: 'connection_reset',
    says: 'curl 56: reset',
    exit: 56,
    failedAfterMs: 2,
    addresses: ['192.0.2.2', '192.0.2.1'],
    bootstrap: 10,
  },
  connections: [],
  requestBytes: 0,
  resets: { client: 1, server: 1 },
};
const MATCHES: Expectation['see'] = {
  failure: 'connection_reset',
  exit: 56,
  says: 'reset',
  addresses: ['192.0.2.1', '192.0.2.2'],
  bootstrap: [10, 14],
  failed_after_ms: [1.5, 10],
  origin: { host: 'server', connections: 0, request_bytes: 0 },
  resets: { client: 1, server: 1 },
};

describe('what was seen is compared with what must be seen', () => {
  test('and agrees in everything', () => {
    expect(compare(MATCHES, SEEN)).toEqual([]);
  });

  test.each<[keyof Expectation['see'], Partial<Expectation['see']>]>([
    ['failure', { failure: null }],
    ['exit', { exit: 0 }],
    ['says', { says: 'timeout' }],
    ['status', { status: 200 }],
    ['addresses', { addresses: ['192.0.2.1'] }],
    ['addresses', { addresses: [] }],
    ['answered', { answered: 1 }],
    ['beside', { beside: null }],
    ['bootstrap', { bootstrap: 14 }],
    ['bootstrap', { bootstrap: [11, 100] }],
    ['failed_after_ms', { failed_after_ms: [3, 10] }],
    ['failed_after_ms', { failed_after_ms: [0, 1] }],
    ['origin', { origin: { host: 'server', connections: 1 } }],
    ['origin', { origin: { host: 'server', connections: 0, request_bytes: 1 } }],
    ['resets', { resets: { client: 2, server: 1 } }],
    ['resets', { resets: { client: 1, server: 0 } }],
  ])('but for %s, which is told', (_field, change) => {
    expect(compare({ ...MATCHES, ...change }, SEEN)).toHaveLength(1);
  });

  test('a probe that did not say how long it took does not pass for one in time', () => {
    const { failedAfterMs: _, ...observation } = SEEN.observation;
    expect(compare(MATCHES, { ...SEEN, observation })).toHaveLength(1);
  });
});

describe('of many tries', () => {
  const see: Expectation['see'] = { failure: 'generic_timeout_error', failing: [2, 3] };
  const seen = (failures: Readonly<Record<string, number>>): Seen => ({
    ...SEEN,
    observation: { failure: 'generic_timeout_error', says: '', failures },
  });

  test.each([
    { failures: { generic_timeout_error: 2, none: 3 }, wrong: 0 },
    { failures: { generic_timeout_error: 3, none: 2 }, wrong: 0 },
    { failures: { generic_timeout_error: 1, none: 4 }, wrong: 1 },
    { failures: { generic_timeout_error: 5 }, wrong: 1 },
    { failures: { generic_timeout_error: 2, connection_reset: 1, none: 2 }, wrong: 1 },
    { failures: { none: 5 }, wrong: 1 },
  ])('$failures differ in $wrong from two or three that time out', ({ failures, wrong }) => {
    expect(compare(see, seen(failures))).toHaveLength(wrong);
  });

  test('without a number all must be as expected', () => {
    const works = { failure: null };
    expect(compare(works, seen({ none: 5 }))).toEqual([]);
    expect(compare(works, seen({ none: 4, connection_reset: 1 }))).toEqual([
      'failure: expected none 5 times, observed none 4 times, connection_reset 1 time',
    ]);
  });

  test('it is told how often what was seen', () => {
    expect(compare(see, seen({ none: 5 }))).toEqual([
      'failure: expected generic_timeout_error 2 to 3 times, and none otherwise, observed none 5 times',
    ]);
  });
});
