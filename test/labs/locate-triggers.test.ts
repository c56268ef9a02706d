import { type DirectionResult, locateBox, type Scenario } from 'chokepoint';
import { describe, expect, test } from 'vitest';
import { readScenario, type ScenarioParts } from '../support/scenarios.ts';

const HTTP = '{ match: http.host, domains: [meydan.tv] }';
const DNS = '{ match: dns.qname, domains: [meydan.tv] }';
const LIE = '{ do: dns, answer: forged, addresses: [192.0.2.1] }';
/** The server's own address in a lab. */
const SYN = '{ match: address, addresses: ["198.18.3.2:443"] }';
const ON_PATH = '{ position: on-path }';

describe('whatever sets a box off and whatever it does, it is found', () => {
  test.concurrent.each<{ name: string; parts: ScenarioParts; seen: object }>([
    {
      name: 'SYNs to a port that vanish',
      parts: { trigger: SYN, action: '{ do: drop }' },
      seen: { position: 'in-path', fingerprint: null },
    },
    {
      name: 'SYNs to a port that are reset',
      parts: { trigger: SYN, action: '{ do: reset }' },
      seen: { position: 'in-path', fingerprint: { flags: 'RA', count: 1 } },
    },
    {
      name: 'DNS questions that are answered in the way of the resolver',
      parts: { trigger: DNS, action: LIE },
      seen: { position: 'in-path', fingerprint: { count: 1 } },
    },
    {
      name: 'DNS questions that are answered before the resolver does',
      parts: { trigger: DNS, action: LIE, profile: ON_PATH },
      seen: { position: 'on-path', fingerprint: { count: 1 } },
    },
    {
      name: 'a keyword in a URL',
      parts: { trigger: '{ match: http.url, keywords: [tor] }' },
      seen: { position: 'in-path', fingerprint: { flags: 'R' } },
    },
    {
      name: 'TLS at all',
      parts: { trigger: '{ match: protocol, is: [tls] }', action: '{ do: drop }' },
      seen: { position: 'in-path', fingerprint: null },
    },
    {
      name: 'a block page',
      parts: {
        trigger: HTTP,
        action: '{ do: respond, status: 403, reason: Forbidden, body: blocked }',
      },
      seen: { position: 'in-path', fingerprint: { count: 1 } },
    },
    {
      name: 'three RSTs with a TTL of their own each, and a copied IP ID',
      parts: {
        trigger: HTTP,
        action: '{ do: reset, count: 3, ttl: [60, 120], ip_id: copied, flags: RA }',
      },
      seen: {
        position: 'in-path',
        fingerprint: { flags: 'RA', count: 3, ip_id: 'copied', ttl: 'varies' },
        ttl: { mode: 'varies', value: null },
      },
    },
  ])('$name', async ({ parts, seen }) => {
    const { position, ...more } = seen as { position: string };
    const { directions, agrees } = await locateBox({
      ...{ scenario: readScenario(parts), tries: 4, residualLimitMs: 0 },
    });
    const box = { hop: 2, after: 'isp', before: 'exchange', position, is_exact: true };
    expect(directions[0]).toMatchObject({ box, ...more });
    expect(agrees).toBe(true);
  });
});

describe('what goes on after the trigger is measured', () => {
  test.concurrent.each([
    { scope: '3-tuple', ms: 800, refresh: false },
    { scope: '2-tuple', ms: 600, refresh: true },
    { scope: 'source', ms: 600, refresh: false },
  ])('$scope for $ms ms, refresh: $refresh', async ({ scope, ms, refresh }) => {
    const more = `residual: { scope: ${scope}, duration_ms: ${ms}, refresh: ${refresh} }`;
    const [out] = await located({ trigger: HTTP, more }, 4000);
    expect(out?.box).toMatchObject({ hop: 2, position: 'in-path' });
    expect(out?.residual?.scope).toBe(scope);
    const duration = out?.residual?.duration_ms ?? { longer_than: 0 };
    if (!('at_least' in duration)) throw new Error('it was not measured');
    expect(duration.at_least).toBeLessThan(ms + SLACK);
    expect(duration.at_most).toBeGreaterThan(ms - SLACK);
    expect(duration.at_most - duration.at_least).toBeLessThan(ms);
  });

  test.concurrent('what goes on for a minute is told to be longer than the limit, and the box is found all the same', async () => {
    const more = 'residual: { scope: 3-tuple, duration_ms: 60000 }';
    const [out] = await located({ trigger: HTTP, more }, 1000);
    expect(out?.box).toMatchObject({
      hop: 2,
      after: 'isp',
      before: 'exchange',
      position: 'in-path',
    });
    expect(out?.residual).toMatchObject({ scope: '3-tuple', duration_ms: { longer_than: 1000 } });
  });
});

test.concurrent('a box is found where another rule decides than the trigger was made for', async () => {
  const rules = [
    ...rulesOf('a listed name', { trigger: '{ match: tls.sni, domains: [a.example] }' }),
    ...rulesOf('a pattern', { trigger: `{ match: tls.sni, patterns: ['^b\\.'] }` }),
  ];
  const { directions, agrees } = await locateBox({
    ...{ scenario: { ...readScenario(), rules }, name: 'b.example', tries: 2, residualLimitMs: 0 },
  });
  const place = { hop: 2, after: 'isp', before: 'exchange', position: 'in-path' };
  expect(directions[0]).toMatchObject({
    ...{ blocked: 'tls.sni=b.example to port 443', box: place, lab: place },
  });
  expect(agrees).toBe(true);
});

test.concurrent.each([
  { others: [], port: 80 },
  { others: ['"198.18.3.2:80"'], port: 443 },
])(
  'where all ports of an address are blocked, another host is dialled: port $port beside rules on $others',
  async ({ others, port }) => {
    const rules = ['192.0.2.7', ...others].flatMap((address) => {
      const trigger = `{ match: address, addresses: [${address}] }`;
      return rulesOf(address, { trigger, action: '{ do: drop }' });
    });
    const hosts = { own: { address: '192.0.2.7', names: ['a.tv'] } };
    const { directions, agrees } = await locateBox({
      ...{ scenario: { ...readScenario(), hosts, rules }, tries: 2, residualLimitMs: 0 },
    });
    expect(directions[0]).toMatchObject({
      ...{ to: 'own', blocked: 'SYN to 192.0.2.7:80', allowed: `SYN to 198.18.3.2:${port}` },
      box: { hop: 2, after: 'isp', before: 'exchange', position: 'in-path', is_exact: true },
    });
    expect(agrees).toBe(true);
  },
);

function rulesOf(name: string, parts: ScenarioParts): Scenario['rules'] {
  return readScenario(parts).rules.map((rule) => ({ ...rule, name }));
}

/** From inside alone. */
async function located(
  parts: ScenarioParts,
  residualLimitMs: number,
): Promise<readonly DirectionResult[]> {
  const scenario = readScenario(parts);
  const { inside, ...topology } = scenario.topology;
  const result = await locateBox({
    scenario: { ...scenario, topology },
    tries: 2,
    residualLimitMs,
  });
  return result.directions;
}

/** In ms: between the trigger and when the box saw it, and as much for the look. */
const SLACK = 150;
