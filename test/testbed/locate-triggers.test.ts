import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../src/scenario/layout.ts';
import type { Scenario } from '../../src/scenario/schema.ts';
import { otherPortOf, triggersFor, whyUnseen } from '../../src/testbed/locate-triggers.ts';
import { addressesOf } from '../../src/testbed/topology.ts';
import { readScenario } from '../support/scenarios.ts';

const SERVER = '198.18.3.2';

describe('packets that differ only in what the rule is about', () => {
  test.each([
    {
      trigger: '{ match: http.host, domains: [meydan.tv] }',
      blocked: { kind: 'http', address: SERVER, port: 80, host: 'meydan.tv', path: '/' },
      allowed: { kind: 'http', address: SERVER, port: 80, host: 'example.org', path: '/' },
    },
    {
      trigger: '{ match: tls.sni, domains: [meydan.tv] }',
      blocked: { kind: 'tls', address: SERVER, port: 443, name: 'meydan.tv' },
      allowed: { kind: 'tls', address: SERVER, port: 443, name: 'example.org' },
    },
    {
      trigger: '{ match: dns.qname, domains: [meydan.tv] }',
      action: '{ do: drop }',
      blocked: { kind: 'dns', address: SERVER, port: 53, name: 'meydan.tv' },
      allowed: { kind: 'dns', address: SERVER, port: 53, name: 'example.org' },
    },
    {
      trigger: '{ match: http.url, keywords: [/admin] }',
      blocked: { kind: 'http', host: 'example.org', path: '/?q=/admin' },
      allowed: { kind: 'http', host: 'example.org', path: '/?q=' },
    },
    {
      trigger: '{ match: http.url, keywords: [free press, a#b, секс, free%20press] }',
      blocked: { kind: 'http', host: 'example.org', path: '/?q=free%20press' },
      allowed: { kind: 'http', host: 'example.org', path: '/?q=' },
    },
    {
      trigger: '{ match: protocol, is: [tls] }',
      action: '{ do: drop }',
      blocked: { kind: 'tls', port: 443 },
      allowed: { kind: 'http', port: 443 },
    },
    {
      trigger: `{ match: address, addresses: ["${SERVER}:443"] }`,
      action: '{ do: drop }',
      blocked: { kind: 'syn', address: SERVER, port: 443 },
      allowed: { kind: 'syn', address: SERVER, port: 80 },
    },
    {
      trigger: `{ match: address, addresses: ["${SERVER}"] }`,
      action: '{ do: drop }',
      more: 'ports: [443]',
      blocked: { kind: 'syn', address: SERVER, port: 443 },
      allowed: { kind: 'syn', address: SERVER, port: 80 },
    },
  ])('$trigger', ({ trigger, action = '{ do: reset }', more = '', blocked, allowed }) => {
    const pair = pairOf(readScenario({ trigger, action, more }));
    expect(pair).toMatchObject({ blocked, allowed });
  });

  test.each([
    ['www.meydan.tv', 'own'],
    ['meydan.tv', 'whole'],
    ['a.www.example.org', 'own'],
    ['a.example.org', 'server'],
  ])('a packet for %s goes to the host of its most specific domain', (name, host) => {
    const hosts = {
      whole: { names: ['meydan.tv', 'org'] },
      own: { names: ['www.meydan.tv', 'www.example.org'] },
    };
    const scenario: Scenario = { ...readScenario(), hosts };
    const pair = pairOf(scenario, { name });
    const address = addressesOf(layoutOf(scenario))[host]?.ipv4;
    expect(pair).toMatchObject({ blocked: { address } });
  });

  describe('a SYN goes to a web server that the rule is about', () => {
    const OWN = '192.0.2.7';

    test.each<{ name: string; addresses: string; before?: Scenario['rules']; ends: string[] }>([
      {
        name: 'and to another port of it where one is left alone',
        addresses: `["${OWN}:80"]`,
        ends: [`${OWN}:80`, `${OWN}:443`],
      },
      {
        name: 'and to another server where all ports are blocked',
        addresses: `[${OWN}]`,
        ends: [`${OWN}:80`, `${SERVER}:80`],
      },
      {
        name: 'and to a port of that one which is left alone',
        addresses: `[${OWN}, "${SERVER}:80"]`,
        ends: [`${OWN}:80`, `${SERVER}:443`],
      },
      {
        name: 'and not to a client, a router or the control, where nothing listens',
        addresses: `[198.18.1.2, 198.18.1.1, 198.18.0.2, 198.18.4.2, "${OWN}:80"]`,
        ends: [`${OWN}:80`, `${OWN}:443`],
      },
      {
        name: 'by a network that has it',
        addresses: '[198.18.3.0/24]',
        ends: [`${SERVER}:80`, `${OWN}:80`],
      },
      {
        name: 'and to none that another rule blocks',
        addresses: `[${OWN}]`,
        before: rulesOf(`["${SERVER}:80"]`, '{ do: drop }'),
        ends: [`${OWN}:80`, `${SERVER}:443`],
      },
      {
        name: 'and to one that another rule blocks at other ports',
        addresses: `[${OWN}]`,
        before: rulesOf(`[${SERVER}]`, '{ do: drop }', 'ports: [443]'),
        ends: [`${OWN}:80`, `${SERVER}:80`],
      },
      {
        name: 'and to one that an exception lets through',
        addresses: `[${OWN}, 198.18.3.0/24]`,
        before: rulesOf(`[${SERVER}]`, '{ do: pass }'),
        ends: [`${OWN}:80`, `${SERVER}:80`],
      },
    ])('$name', ({ addresses, before = [], ends }) => {
      const hosts = { own: { address: OWN, names: ['a.tv'] } };
      const rules = [...before, ...rulesOf(addresses, '{ do: drop }')];
      const pair = pairOf({ ...readScenario(), hosts, rules }, {}, rules.at(-1));
      if (typeof pair === 'string') throw new Error(pair);
      const { blocked, allowed } = pair;
      expect([blocked.kind, allowed.kind]).toEqual(['syn', 'syn']);
      expect([blocked, allowed].map(({ address, port }) => `${address}:${port}`)).toEqual(ends);
    });
  });

  test('names can be given instead', () => {
    const scenario = readScenario({ trigger: '{ match: http.host, patterns: ["^x"] }' });
    const pair = pairOf(scenario, { name: 'x.org', allowed: 'y.org' });
    expect(pair).toMatchObject({ blocked: { host: 'x.org' }, allowed: { host: 'y.org' } });
  });
});

describe('a rule that does not tell where its box is says why', () => {
  test.each([
    {
      name: 'what a server sends',
      trigger: '{ match: tls.server-flight, version: [0x0301] }',
      why: 'packets of the same connection with growing TTLs',
    },
    {
      name: 'names that are not listed here',
      trigger: '{ match: http.host, patterns: ["^x"] }',
      why: 'give one with --name',
    },
    {
      name: 'what no packet does alone',
      trigger: '{ match: volume, bytes_over: 1000 }',
      why: 'sets off volume',
    },
    {
      name: 'ports that nobody serves',
      trigger: '{ match: http.host, domains: [meydan.tv] }',
      more: 'ports: [8888]',
      why: "none of the rule's ports",
    },
    {
      name: 'ports at which no resolver answers',
      trigger: '{ match: dns.qname, domains: [meydan.tv] }',
      profile: '{ dns: { ports: [53, 5353] } }',
      more: 'ports: [5353]',
      why: 'the resolvers of a lab answer at port 53',
    },
    {
      name: 'keywords that no client sends as they are',
      trigger: '{ match: http.url, keywords: [free press, "a#b", секс] }',
      why: 'percent-encoded',
    },
    {
      name: 'a keyword of every request',
      trigger: '{ match: http.url, keywords: [Q] }',
      why: 'in the target of any request',
    },
    {
      name: 'an address of clients',
      trigger: '{ match: address, addresses: [198.18.1.2], of: client }',
      why: 'address of a client',
    },
    {
      name: 'an address that nobody has',
      trigger: '{ match: address, addresses: [192.0.2.1] }',
      why: 'no host of the lab',
    },
    {
      name: 'an address beside which nobody has an open port',
      trigger: `{ match: address, addresses: ["${SERVER}"] }`,
      why: 'no host outside has an open port that is left alone',
    },
  ])('$name', ({ trigger, profile = '{}', more = '', why }) => {
    const scenario = readScenario({ trigger, profile, action: '{ do: drop }', more });
    expect(pairOf(scenario)).toContain(why);
  });
});

test('a name of a resolver leads to it, and it serves no page', () => {
  const scenario = { ...readScenario(), resolvers: { n: { names: ['ns.meydan.tv'] } } };
  expect(pairOf(scenario, { name: 'ns.meydan.tv' })).toBe("isp serves none of the rule's ports");
});

test.each([
  ['server', { kind: 'http', port: 80 }],
  ['own', { kind: 'tls', port: 8443 }],
  ['alone', undefined],
])('another port of %s is one that is open there', (host, other) => {
  const hosts: NonNullable<Scenario['hosts']> = {
    own: { http_ports: [], tls_ports: [443, 8443] },
    alone: { names: ['a.tv'], software: 'openssl' },
  };
  const allowed = { kind: 'tls', address: SERVER, port: 443, name: 'example.org' } as const;
  const found = otherPortOf(allowed, host, { ...readScenario(), hosts });
  expect(found && { kind: found.kind, port: found.port }).toEqual(other);
});

test.each([
  ['{ do: pass }', 'it lets its flows through'],
  ['{ do: throttle, rate_kbps: 8 }', 'it slows its flows down, and stops none of them'],
  ['{ do: delay, ms: 9 }', 'it slows its flows down, and stops none of them'],
  ['{ do: drop }', undefined],
])('a box is found by what it stops: %s', (action, why) => {
  expect(readScenario({ action }).rules.map(whyUnseen)).toEqual([why]);
});

function rulesOf(addresses: string, action: string, more = ''): Scenario['rules'] {
  return readScenario({ trigger: `{ match: address, addresses: ${addresses} }`, action, more })
    .rules;
}

function pairOf(
  scenario: Scenario,
  { name, allowed }: { name?: string; allowed?: string } = {},
  rule = scenario.rules[0],
) {
  if (rule === undefined) throw new Error('every scenario here has a rule');
  const hosts = addressesOf(layoutOf(scenario));
  return triggersFor(rule, { scenario, hosts, to: undefined, name, allowed });
}
