import { describe, expect, test } from 'vitest';
import { NAME } from '../../src/base/name.ts';
import { parseCensor } from '../../src/scenario/censor-file.ts';
import { type CensorScenario, scenarioOfCensor } from '../../src/testbed/censor-scenario.ts';

test.each([
  { what: 'a reset', action: '{ do: reset }', sees: [null, 'any failure'] },
  { what: 'silence', action: '{ do: blackhole }', sees: [null, 'any failure'] },
  {
    what: 'a forgetful silence',
    action: '{ do: blackhole, duration_ms: 50 }',
    why: 'let the request through',
  },
  { what: 'a pass', action: '{ do: pass }', why: 'its action stops nothing' },
  {
    what: 'a block page',
    action: '{ do: respond, status: 403, reason: Forbidden }',
    sees: [null, 403],
  },
  {
    what: 'a raw block page',
    action: '{ do: respond, raw: "HTTP/1.1 451 No\\r\\n\\r\\n" }',
    sees: [null, 451],
  },
  {
    what: 'a page like any',
    action: '{ do: respond, status: 200, reason: OK }',
    why: 'has the status 200',
  },
  { what: 'bytes', action: '{ do: respond, raw: "no" }', why: 'no status' },
  {
    what: 'throttling',
    action: '{ do: throttle, rate_kbps: 50 }',
    why: 'its action stops nothing',
  },
  { what: 'chance', action: '{ do: drop }\n    probability: 0.5', why: 'it acts by chance' },
  { what: 'certainty', action: '{ do: drop }\n    probability: 1', sees: [null, 'any failure'] },
])(
  'of $what, a request must meet just what the rule does, or the reason is told',
  ({ action, sees = [null], why }) => {
    const rule = `{ match: http.host, domains: [one.test] }\n    action: ${action}`;
    const { scenario, untried } = labFor([rule]);
    expect(scenario.expect.map(({ see }) => see.status ?? see.failure)).toEqual(sees);
    expect(untried).toEqual(why === undefined ? [] : [expect.stringContaining(why)]);
  },
);

test('a forged answer is seen by its addresses', () => {
  const { scenario } = labFor([
    '{ match: dns.qname, domains: [one.test] }\n    action: { do: dns, answer: forged, addresses: ["192.0.2.9", "2001:db8::9"] }',
  ]);
  expect(scenario.expect.at(-1)?.see).toEqual({ failure: null, addresses: ['192.0.2.9'] });
});

test('names, ports and addresses of the rules are there to be asked for', () => {
  const { scenario, untried } = labFor([
    '{ match: tls.sni, domains: [one.test] }\n    ports: [4433]',
    '{ match: address, addresses: ["203.0.113.7", "203.0.113.0/24"] }',
    '{ match: address, addresses: ["203.0.113.8"] }\n    ports: [4433]',
    '{ match: tls.sni, patterns: ["^x"] }',
    '{ match: http.host, domains: ["*.two.test"] }',
  ]);
  expect(scenario.origin).toMatchObject({
    tls_ports: [443, 4433],
    names: ['one.test', 'www.two.test', 'allowed.example'],
  });
  expect(scenario.hosts).toEqual({
    'address-1': { address: '203.0.113.7' },
    'address-2': { address: '203.0.113.8' },
  });
  expect(scenario.expect.map(({ urls }) => urls[0])).toEqual([
    'https://allowed.example:4433/',
    'tcp://server:80', // of both rules about addresses: one of them stops all of 203.0.113.8
    'http://allowed.example/',
    'https://one.test:4433/',
    'tcp://203.0.113.7:80',
    'tcp://203.0.113.8:4433',
    'http://www.two.test/',
  ]);
  expect(untried).toEqual([
    expect.stringMatching(/^rule "r4": its names are in a list or in patterns/),
  ]);
});

describe('no request fails but by its rule', () => {
  test('each rule has a name that resolves, however many the others have', () => {
    const many = Array.from({ length: 150 }, (_, i) => `n${i}.test`);
    const { scenario } = labFor([
      `{ match: dns.qname, domains: [${many}] }`,
      '{ match: dns.qname, domains: [z.test] }',
      `{ match: address, addresses: [${many.map((_, i) => `203.0.113.${i}`)}] }`,
      '{ match: address, addresses: ["192.0.2.1"] }',
    ]);
    expect(scenario.origin.names).toEqual(expect.arrayContaining(['n0.test', 'z.test']));
    expect(scenario.origin.names).toHaveLength(101);
    const addresses = Object.values(scenario.hosts ?? {}).map(({ address }) => address);
    expect(addresses).toEqual(expect.arrayContaining(['203.0.113.0', '192.0.2.1']));
  });

  test('a page is asked for without a lookup', () => {
    const { scenario } = labFor(['{ match: http.host, domains: [one.test] }']);
    expect(scenario.expect.map(({ connect }) => connect)).toEqual(['server', 'server']);
  });

  test.each([
    '127.0.0.1',
    '198.18.3.2',
    '198.18.1.2',
    '0.0.0.0',
    '224.0.0.1:443',
    '255.255.255.255',
  ])('nobody dials %s', (address) => {
    const bad = labFor([`{ match: address, addresses: ["${address}"] }`]);
    expect(bad.scenario).toMatchObject({ hosts: {}, expect: [] });
    expect(bad.untried).toEqual([
      expect.stringMatching(`^rule "r1": no server can have the address ${address}, of [0-9]`),
    ]);
    const { untried, scenario } = labFor([
      `{ match: address, addresses: ["${address}", "192.0.2.7:80"] }`,
    ]);
    expect(untried).toEqual([]);
    expect(scenario.expect.map(({ urls }) => urls[0])).toEqual([
      ...['tcp://192.0.2.7:443', 'tcp://192.0.2.7:80'],
    ]);
  });

  test.each([
    { addresses: '["192.0.2.7"]', asked: ['tcp://server:80', 'tcp://192.0.2.7:80'], why: [] },
    {
      addresses: '["198.18.3.2", "192.0.2.7"]',
      asked: [],
      why: [expect.stringContaining('no host outside has an open port that is left alone')],
    },
  ])(
    'the server is dialled unless the rule is about it: $addresses',
    ({ addresses, asked, why }) => {
      const { untried, scenario } = labFor([`{ match: address, addresses: ${addresses} }`]);
      expect(untried).toEqual(why);
      expect(scenario.expect.map(({ urls }) => urls[0])).toEqual(asked);
    },
  );

  test('what one rule lets through and another stops is only asked for the other', () => {
    const { scenario } = labFor([
      '{ match: protocol, is: [tls] }',
      '{ match: tls.sni, domains: [one.test] }',
    ]);
    expect(claimsOf(scenario)).toEqual([
      'rule "r1" lets this through',
      'rule "r1" stops this',
      'rule "r2" stops this',
    ]);
    expect(scenario.expect.map(({ urls }) => urls[0])).toEqual([
      'http://allowed.example/',
      'https://allowed.example/',
      'https://one.test/',
    ]);
  });
});

test.each([
  { what: 'of capitals', domains: 'Meydan.TV', url: 'https://meydan.tv/' },
  {
    what: 'below a long one',
    domains: `"*.${'a'.repeat(60)}.${'b.'.repeat(94)}tv", one.tv`,
    url: 'https://one.tv/',
  },
])('a name $what is asked for as it can be', ({ domains, url }) => {
  const { scenario } = labFor([`{ match: tls.sni, domains: [${domains}] }`]);
  expect(scenario.expect.at(-1)?.urls).toEqual([url]);
});

describe('the like of a request is one that no rule stops', () => {
  test('though the rule is about all names below one that is usual', () => {
    const { scenario, untried } = labFor(['{ match: tls.sni, domains: [example] }']);
    expect(scenario.expect.map(({ urls }) => urls[0])).toEqual([
      'https://allowed.test/',
      'https://example/',
    ]);
    expect(scenario.origin.names).toEqual(['example', 'allowed.test', 'allowed.example']);
    expect(untried).toEqual([]);
  });

  test('or there is none: a list of what is allowed', () => {
    const { scenario, untried } = labFor([
      '{ match: tls.sni, domains: [good.test] }\n    action: { do: pass }',
      '{ match: tls.sni, domains: [bad.org, example, test, invalid] }',
      '{ match: http.host, domains: [bad.test] }',
    ]);
    expect(claimsOf(scenario)).toEqual([
      'rule "r3" lets this through',
      'rule "r2" stops this',
      'rule "r3" stops this',
    ]);
    expect(untried).toEqual([
      'rule "r1": its action stops nothing',
      expect.stringMatching(/^rule "r2": only what it stops is tried/),
    ]);
  });
});

test('residuals meet no request of another rule', () => {
  const residual = (scope: string): string =>
    `\n    action: { do: drop }\n    residual: { scope: ${scope}, duration_ms: 90000 }`;
  const { scenario, untried } = labFor([
    `{ match: http.host, domains: [one.test] }${residual('3-tuple')}`,
    '{ match: http.host, domains: [two.test] }',
    `{ match: http.host, domains: [three.test] }${residual('2-tuple')}`,
    `{ match: http.host, domains: [four.test] }${residual('4-tuple')}`,
  ]);
  expect(claimsOf(scenario)).toEqual([
    'rule "r1" lets this through',
    'rule "r2" stops this',
    'rule "r4" stops this',
    'rule "r1" stops this',
  ]);
  expect(untried).toEqual([expect.stringMatching(/^rule "r3": .* residual of rule "r1"/)]);
});

test('a rule that begins later is told, whatever the others are', () => {
  const during = (year: number): string =>
    `\n    action: { do: drop }\n    during: { from: "${year}-01-01T00:00:00Z", to: "2030-01-01T00:00:00Z" }`;
  const { scenario, untried } = labFor([
    `{ match: http.host, domains: [one.test] }${during(2021)}`,
    `{ match: http.host, domains: [two.test] }${during(2020)}`,
  ]);
  expect(claimsOf(scenario)).toEqual(['rule "r1" lets this through', 'rule "r2" stops this']);
  expect(untried).toEqual(['rule "r1": it begins later than the lab']);
});

test.each([
  ['Mine Own.yaml', 'mine-own'],
  [`${'a'.repeat(31)}-b.yaml`, 'a'.repeat(31)],
  [`-${'a'.repeat(31)}-b.yaml`, 'a'.repeat(31)],
  ['-.yaml', 'censor'],
])('the file %s is the lab %s', (file, id) => {
  const rule = '{ match: http.host, domains: [one.test] }';
  expect(labFor([rule], `/x/${file}`).scenario.id).toBe(id);
  expect(id).toMatch(NAME);
});

/** Each rule is a trigger and what follows it; by default its action is `drop`. */
function labFor(triggers: readonly string[], file = 'c.yaml'): CensorScenario {
  const rules = triggers.map((text, i) => {
    const action = text.includes('action:') ? '' : '\n    action: { do: drop }';
    return `  - name: r${i + 1}\n    trigger: ${text}${action}\n`;
  });
  return scenarioOfCensor(parseCensor(`rules:\n${rules.join('')}`, 'c.yaml'), file);
}

function claimsOf({ expect: rows }: CensorScenario['scenario']): string[] {
  return rows.map(({ claim }) => claim);
}
