import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyzeWebConnectivity } from '../../src/ooni/analyze.ts';
import { readControl } from '../../src/ooni/control.ts';
import { findNames } from '../../src/ooni/name-findings.ts';
import { readSteps } from '../../src/ooni/read-steps.ts';
import { RecordedKeys } from '../../src/ooni/recorded-keys.ts';
import { WebVerdict } from '../../src/ooni/test-keys.ts';
import {
  addresses,
  CONTROL_PAGE,
  cleartextKeys,
  connect,
  control,
  handshake,
  keys,
  NAME,
  PAGE,
  query,
  request,
  SITE,
  STRANGER,
} from '../support/measured.ts';

const INPUT = `https://${NAME}/`;
const judge = (measured: RecordedKeys, publicNetworks?: string) =>
  analyzeWebConnectivity(measured, { input: INPUT, publicNetworks });

test.each([
  { claim: 'the same address is consistent', measured: keys(), want: 'consistent' },
  {
    claim: 'an address of nobody else knows is inconsistent, though it proved to have the name',
    measured: keys({
      queries: [query({ answers: addresses(STRANGER) })],
      tcp_connect: [connect({ ip: STRANGER })],
    }),
    want: 'inconsistent',
  },
  {
    claim: 'what the system did not ask does not count',
    measured: keys({
      queries: [query(), query({ engine: 'udp', tags: ['depth=0'], answers: addresses(STRANGER) })],
    }),
    want: 'consistent',
  },
  {
    claim: 'what was asked after a redirect does not count',
    measured: keys({
      queries: [
        query(),
        query({ tags: ['depth=1'], transaction_id: 2, answers: addresses(STRANGER) }),
      ],
    }),
    want: 'consistent',
  },
  {
    claim: 'a failure of both is consistent',
    measured: keys({
      queries: [query({ failure: 'dns_nxdomain_error' })],
      control: control({ dns: { failure: 'dns_name_error', addrs: [] } }),
    }),
    want: 'consistent',
  },
  {
    claim: 'an address where the control has none is inconsistent',
    measured: keys({ control: control({ dns: { failure: 'dns_name_error', addrs: [] } }) }),
    want: 'inconsistent',
  },
  {
    claim: 'without a control it is neither',
    measured: keys({ control: null }),
    want: null,
  },
  {
    claim: 'without a lookup it is neither',
    measured: keys({ queries: [] }),
    want: null,
  },
  {
    claim: 'IPv6 addresses are compared by what they are, not by how they are written',
    measured: keys({
      queries: [query({ answers: addresses('2606:2800:0:0::1') })],
      control: control({ dns: { failure: null, addrs: ['2606:2800::1'] } }),
    }),
    want: 'consistent',
  },
  {
    claim: 'a name in capitals or another script is the same name',
    measured: keys({
      queries: [query({ hostname: 'WWW.xn--d1acpjx3f.xn--p1ai' })],
      x_control_request: { http_request: 'http://www.яндекс.рф/' },
    }),
    want: 'consistent',
  },
])('$claim', ({ measured, want }) => {
  expect(judge(measured).verdict.dns_consistency).toBe(want);
});

test('an endpoint that only another resolver found, or the control, decides nothing', () => {
  const { verdict } = judge(
    keys({
      queries: [query({ failure: 'dns_nxdomain_error' })],
      tcp_connect: [connect()],
    }),
  );
  expect(verdict).toMatchObject({ blocking: 'dns', accessible: false, x_blocking_flags: 33 });
});

test('a URL with an address has an endpoint that is its own, though the control has it', () => {
  const input = `https://${SITE}/`;
  const measured = keys({ queries: [], x_control_request: { http_request: input } });
  const { verdict } = analyzeWebConnectivity(measured, { input });
  expect(verdict).toMatchObject({ blocking: false, accessible: true, dns_consistency: null });
});

test("a lab's networks are no bogons where the measurement says so", () => {
  const measured = keys({
    queries: [query({ answers: addresses('198.18.3.2') })],
    control: control({ dns: { failure: null, addrs: ['198.18.3.2'] } }),
  });
  expect(judge(measured).verdict.x_dns_flags).toBe(1);
  expect(judge(measured, '198.18.0.0/15 2001:db8::/32').verdict.x_dns_flags).toBe(0);
});

test('reasons name what was tried, what came of it, and what the control came to; none comes twice', () => {
  const { reasons } = judge(
    keys({
      queries: [query({ answers: addresses('10.10.34.35') })],
      tcp_connect: [connect({ ip: '10.10.34.35', failure: 'generic_timeout_error' })],
      ...{ tls_handshakes: [], requests: [] },
    }),
  );
  expect(reasons).toEqual([
    'TCP connect to 10.10.34.35:443: generic_timeout_error; the control did not try it, and got the page',
    'where DNS is inconsistent, it is taken for the cause',
    `DNS lookup of ${NAME} by getaddrinfo: 10.10.34.35; the control got ${SITE}`,
    `DNS lookup of ${NAME} by getaddrinfo: nobody on the Internet has 10.10.34.35`,
  ]);
});

test('the control failed "too" only where the probe failed', () => {
  const denied = { control: control({ dns: { failure: 'dns_name_error', addrs: [] } }) };
  const told = `DNS lookup of ${NAME} by getaddrinfo`;
  expect(judge(keys(denied)).reasons).toContain(
    `${told}: ${SITE}; the control failed (dns_name_error)`,
  );
  expect(
    judge(keys({ ...denied, queries: [query({ failure: 'dns_nxdomain_error' })] })).reasons,
  ).toContain(`${told}: dns_nxdomain_error; the control failed too (dns_name_error)`);
});

test.each([
  { claim: 'a body of 0.7 is not enough', page: { body_length: 100 }, body: 70, match: false },
  { claim: 'a body over 0.7 is', page: { body_length: 100 }, body: 71, match: true },
  {
    claim: 'a longer body counts as a shorter one',
    page: { body_length: 71 },
    body: 100,
    match: true,
  },
  { claim: 'no length of the control, no match', page: { body_length: -1 }, body: 9, match: null },
])('$claim', ({ page, body, match }) => {
  const measured = cleartextKeys({
    requests: [request({ response: { ...PAGE, body: 'x'.repeat(body) } })],
    control: control({ http_request: { ...CONTROL_PAGE, ...page } }),
  });
  expect(judge(measured).verdict.body_length_match).toBe(match);
});

test('a body in base64 has the length of its bytes, one that was cut off has none', () => {
  const body = { format: 'base64', data: Buffer.alloc(40, 0xff).toString('base64') };
  const lengthOf = (response: object) =>
    judge(
      cleartextKeys({
        requests: [request({ response: { ...PAGE, ...response } })],
        control: control({ http_request: { ...CONTROL_PAGE, body_length: 50 } }),
      }),
    ).verdict.body_proportion;
  expect(lengthOf({ body })).toBe(0.8);
  expect(lengthOf({ body, body_is_truncated: true })).toBe(0);
});

test.each([
  { ours: 404, control: 404, match: true },
  { ours: 403, control: 200, match: false },
  { ours: 200, control: 503, match: null },
  { ours: 200, control: 404, match: null },
])('status $ours beside $control: $match', ({ ours, control: status_code, match }) => {
  const measured = cleartextKeys({
    requests: [request({ response: { ...PAGE, code: ours } })],
    control: control({ http_request: { ...CONTROL_PAGE, status_code } }),
  });
  expect(judge(measured).verdict.status_code_match).toBe(match);
});

test.each([
  {
    claim: 'the same long words match',
    ours: 'Example domain at AS1',
    theirs: 'example Domain',
    match: true,
  },
  {
    claim: 'a long word of one alone does not',
    ours: 'Example Domain',
    theirs: 'Example',
    match: false,
  },
  {
    claim: 'a word of four letters does not count',
    ours: 'Hello news',
    theirs: 'Hello',
    match: true,
  },
  { claim: 'a word is as long as its bytes', ours: 'Стоп', theirs: 'Мир', match: false },
  { claim: 'titles without long words match', ours: 'Hi', theirs: 'Yes', match: true },
  { claim: 'no title of ours is no difference', ours: '', theirs: 'Example Domain', match: null },
  { claim: "nor is none of the control's", ours: 'Example Domain', theirs: '', match: null },
])('$claim', ({ ours, theirs, match }) => {
  const measured = cleartextKeys({
    requests: [request({ response: { ...PAGE, body: `<TITLE lang="en">${ours}</TITLE>` } })],
    control: control({ http_request: { ...CONTROL_PAGE, title: theirs } }),
  });
  expect(judge(measured).verdict.title_match).toBe(match);
});

test.each<{ lacking: string; response?: object; page?: object; nulls: readonly string[] }>([
  {
    lacking: 'a body',
    response: { body: undefined },
    nulls: ['body_length_match', 'title_match'],
  },
  {
    lacking: 'more of the body',
    response: { body: '<title>Other pages</title>', body_is_truncated: true },
    nulls: ['body_length_match', 'title_match'],
  },
  {
    lacking: 'bytes in the body',
    response: { body: '' },
    nulls: ['body_length_match', 'title_match'],
  },
  { lacking: 'headers', response: { headers: null }, nulls: ['headers_match'] },
  { lacking: "the control's headers", page: { headers: null }, nulls: ['headers_match'] },
  { lacking: "the control's title", page: { title: undefined }, nulls: ['title_match'] },
])('without $lacking, nothing is compared by it', ({ response, page, nulls }) => {
  const { verdict } = judge(
    cleartextKeys({
      requests: [request({ response: { ...PAGE, ...response } })],
      control: control({ http_request: { ...CONTROL_PAGE, ...page } }),
    }),
  );
  const all = ['body_length_match', 'headers_match', 'status_code_match', 'title_match'] as const;
  expect(all.filter((key) => verdict[key] === null)).toEqual(nulls);
  expect(verdict).toMatchObject({ blocking: false, accessible: true });
});

test('headers that everybody sends are not in common for a probe since 0.5, whatever their letters', () => {
  const headersMatch = (ours: object, theirs: Record<string, string>) =>
    judge(
      cleartextKeys({
        requests: [request({ response: { ...PAGE, headers: ours as Record<string, string> } })],
        control: control({ http_request: { ...CONTROL_PAGE, headers: theirs } }),
      }),
    ).verdict.headers_match;
  expect(headersMatch({ Server: 'a', DATE: 'b' }, { server: 'a', date: 'b' })).toBe(false);
  expect(headersMatch({ 'x-cache': 'a' }, { 'X-Cache': 'b' })).toBe(true);
});

describe('thousands of lookups, and of addresses that the control found,', () => {
  const count = 2000;
  const numbers = Array.from({ length: count }, (_, i) => `${i >> 8}.${i & 255}`);
  const theirs = numbers.map((number) => `93.184.${number}`);
  const measured = keys({
    queries: numbers.map((number, i) =>
      query({ answers: addresses(`83.224.${number}`), transaction_id: i + 1 }),
    ),
    control: control({ dns: { failure: null, addrs: theirs } }),
  });

  test('are compared with one look at each address', () => {
    const names = readSteps(measured).filter((step) => step.stage === 'dns');
    let looks = 0;
    const findings = findNames(names, readControl(measured, INPUT), () => {
      looks++;
      return undefined;
    });
    expect(new Set(findings.map(({ likeness }) => likeness))).toEqual(new Set(['other']));
    expect([findings.length, looks]).toEqual([count, 2 * count]);
  });

  test('are told with the first few addresses each', () => {
    const { reasons } = judge(measured);
    const text = reasons.find((reason) => reason.includes('83.224.0.5;'));
    expect(text).toContain('; the control got 93.184.0.0, 93.184.0.1, 93.184.0.2, ');
    expect(text).toMatch(/, 93\.184\.0\.7 and 1992 more$/);
    expect(Math.max(...reasons.map(({ length }) => length))).toBeLessThan(300);
  });

  test('are told with the first few that one answer brought', () => {
    const bogons = numbers.map((number) => `10.0.${number}`);
    const { reasons } = judge(keys({ queries: [query({ answers: addresses(...bogons) })] }));
    const first = bogons.slice(0, 8).join(', ');
    expect(reasons).toContain(
      `DNS lookup of ${NAME} by getaddrinfo: ${first} and 1992 more; the control got ${SITE}`,
    );
    expect(reasons).toContain(
      `DNS lookup of ${NAME} by getaddrinfo: nobody on the Internet has ${first} and 1992 more`,
    );
  });
});

test('whatever t0 and other keys say, the verdict is the same', () => {
  const measured = keys({
    tls_handshakes: [handshake({ failure: 'connection_reset' })],
    requests: [],
  });
  const want = judge(measured);
  const more = fc.dictionary(
    fc.string().map((key) => `x_${key}`),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(more, fc.double({ min: 0, noNaN: true }), (unknown, t0) => {
      const dressed = Object.fromEntries(
        Object.entries(measured).map(([key, value]) => [
          key,
          Array.isArray(value) ? value.map((entry) => ({ ...unknown, t0, ...entry })) : value,
        ]),
      );
      const read = RecordedKeys.parse({ ...unknown, ...dressed });
      expect(judge(read)).toEqual(want);
    }),
  );
});

test('any JSON is read or refused, and what is read comes to a verdict that fits its schema', () => {
  let read = 0;
  const failure = fc.constantFrom(
    null,
    false,
    'connection_reset',
    'dns_nxdomain_error',
    'eof_error',
  );
  const tags = fc.option(
    fc.subarray(['depth=0', 'depth=1', 'depth=x', 'classic', 'fetch_body=false']),
  );
  const of = { tags, transaction_id: fc.option(fc.nat(3)) };
  const text = fc.option(fc.oneof(fc.constantFrom(NAME, SITE, `${SITE}:443`, INPUT), fc.string()));
  const sometimes = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.jsonValue({ maxDepth: 1 }));
  const list = (shape: Record<string, fc.Arbitrary<unknown>>) =>
    fc.option(
      fc.array(fc.record({ ...shape, failure, ...of }, { requiredKeys: [] }), { maxLength: 3 }),
    );
  const answer = fc.record({
    answer_type: fc.constantFrom('A', 'AAAA', 'CNAME'),
    ipv4: text,
    ipv6: text,
  });
  const attempt = fc.record({ failure, server_name: text });
  const measured = fc.record(
    {
      queries: list({ hostname: text, engine: text, answers: fc.option(fc.array(answer)) }),
      tcp_connect: list({
        ip: fc.constantFrom(SITE, STRANGER, '', '::1'),
        port: fc.constantFrom(80, 443, -1, 1e300),
        status: fc.record({ failure }),
      }),
      tls_handshakes: list({ address: text, server_name: text }),
      requests: list({
        request: fc.record({ url: text }),
        response: fc.option(
          fc.record({ code: fc.option(fc.double()), body: sometimes(text), headers: fc.object() }),
        ),
      }),
      control: sometimes(
        fc.record(
          {
            tcp_connect: fc.dictionary(fc.string(), attempt),
            tls_handshake: fc.dictionary(fc.string(), attempt),
            dns: fc.record({ failure, addrs: fc.option(fc.array(fc.constantFrom(SITE, 'x'))) }),
            http_request: fc.record({
              failure,
              status_code: fc.integer(),
              body_length: fc.double(),
            }),
          },
          { requiredKeys: [] },
        ),
      ),
      control_failure: failure,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(sometimes(measured), text, (value, input) => {
      const result = RecordedKeys.safeParse(value);
      if (!result.success) return;
      read++;
      const { verdict, reasons } = analyzeWebConnectivity(result.data, { input });
      expect(WebVerdict.safeParse(verdict).error).toBeUndefined();
      expect(reasons.length).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
  expect(read).toBeGreaterThan(100);
});
