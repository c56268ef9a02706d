import { describe, expect, test } from 'vitest';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

const EVIDENCE = 'period, networks, topology, origin, profiles, rules, resolvers';
const SOA =
  '{ mname: a.tv, rname: b.tv, serial: 1, refresh_s: 1, retry_s: 1, expire_s: 1, minimum_s: 1 }';
const RECORDS = '[{ type: A, data: 192.0.2.1 }]';

/** Of a file whose resolvers are on line 19. */
function complaints(resolvers: string): string[] {
  return complaintsAbout(scenarioOf({ resolvers, evidence: EVIDENCE }));
}

test.each([
  '{ n: { lies: [{ names: [a.tv], answer: nxdomain }] } }',
  '{ n: { lies: [{ names: [a.tv], except: [b.a.tv], answer: servfail, exact: false }] } }',
  '{ n: { lies: [{ names: [a.tv], answer: forged, addresses: [192.0.2.1, "2001:db8::1"], ttl_s: 60 }] } }',
  `{ n: { zones: [{ name: a.tv, transfer: open, ttl_s: 60, soa: ${SOA}, records: [{ type: NS, name: b.a.tv, data: b.tv }] }] } }`,
  // Where its rule is what blocks.
  '{ n: { address: 217.76.1.85 } }',
  '{ n: { names: [ns.mts.am] } }',
  `{ n: { address: 217.76.1.85, names: [ns.mts.am, ns2.mts.am], lies: [{ names: [a.tv], answer: nxdomain }] } }`,
])('%s can be', (resolvers) => {
  expect(complaints(resolvers)).toEqual([]);
});

describe('a resolver that cannot be is told where, and what would be right', () => {
  test.each([
    [
      '{ m: { lies: [{ names: [a.tv], answer: nxdomain }] } }',
      '19:14: resolvers.m: expected a network with a client (n); found "m"',
    ],
    [
      '{ n: {} }',
      '19:17: resolvers.n: expected "lies", "zones", "address" or "names"; without them it is like any other: leave it out',
    ],
    [
      '{ n: { address: ns.mts.am } }',
      '19:28: resolvers.n.address: expected an IPv4 address, such as "192.0.2.1"; found "ns.mts.am"',
    ],
    [
      '{ n: { address: "2001:db8::1" } }',
      '19:28: resolvers.n.address: expected an IPv4 address, such as "192.0.2.1"; found "2001:db8::1"',
    ],
    [
      '{ n: { address: 217.76.1.85/24 } }',
      '19:28: resolvers.n.address: expected an IPv4 address, such as "192.0.2.1"; found "217.76.1.85/24"',
    ],
    [
      '{ n: { address: 127.0.0.53 } }',
      '19:28: resolvers.n.address: expected an address that a server can have, such as "192.0.2.1"; found 127.0.0.53, of 127.0.0.0/8: it never leaves a host',
    ],
    [
      '{ n: { address: 198.18.1.1 } }',
      '19:28: resolvers.n.address: expected an address that a server can have, such as "192.0.2.1"; found 198.18.1.1, of 198.18.0.0/15: the lab\'s own hosts have those',
    ],
    [
      '{ n: { names: [] } }',
      '19:26: resolvers.n.names: expected at least 1 item; found a list of 0',
    ],
    ['{ n: { names: ns.mts.am } }', '19:26: resolvers.n.names: expected a list; found "ns.mts.am"'],
    [
      '{ n: { names: [ns.mts.am.] } }',
      '19:27: resolvers.n.names[0]: expected a domain name in lower case, without a trailing dot, such as "meydan.tv"; found "ns.mts.am."',
    ],
    [
      '{ n: { names: [ns.mts.am, ns.mts.am] } }',
      '19:38: resolvers.n.names[1]: expected a name that resolves to this host alone; found "ns.mts.am", which is in this list already',
    ],
    [
      '{ n: { names: [example.org] } }',
      '19:27: resolvers.n.names[0]: expected a name that resolves to this host alone; found "example.org", which is one of `origin` already',
    ],
    [
      '{ n: { adress: 217.76.1.85 } }',
      '19:19: resolvers.n.adress: unknown key; expected one of address, names, lies, zones',
    ],
    ['{ n: { lies: [] } }', '19:25: resolvers.n.lies: expected at least 1 item; found a list of 0'],
    [
      '{ n: { lies: [{ names: [A.tv], answer: nxdomain }] } }',
      '19:36: resolvers.n.lies[0].names[0]: expected a domain name in lower case, without a trailing dot, such as "meydan.tv"; found "A.tv"',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], answer: nxdomian }] } }',
      '19:51: resolvers.n.lies[0].answer: expected "nxdomain" or "refused" or "servfail" or "empty" or "forged"; found "nxdomian"',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], answer: forged, ttl_s: 60 }] } }',
      '19:26: resolvers.n.lies[0].addresses: expected a list; it is missing',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], answer: forged, addresses: [192.0.2.256], ttl_s: 60 }] } }',
      '19:71: resolvers.n.lies[0].addresses[0]: expected an IPv4 or IPv6 address, such as "127.0.0.1"; found "192.0.2.256"',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], answer: nxdomain, addresses: [192.0.2.1] }] } }',
      '19:61: resolvers.n.lies[0].addresses: unknown key; expected one of answer, names, exact, except, during',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], except: [b.tv], answer: nxdomain }] } }',
      '19:52: resolvers.n.lies[0].except[0]: "b.tv" has no effect: it is not below any of the names; leave it out',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], exact: true, except: [b.a.tv], answer: nxdomain }] } }',
      '19:65: resolvers.n.lies[0].except[0]: "b.a.tv" has no effect: it is not below any of the names; leave it out',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], answer: nxdomain, during: { from: "2020-03-01T00:00:00Z", to: "2020-02-01T00:00:00Z" } }] } }',
      '19:105: resolvers.n.lies[0].during.to: expected a time after it begins (2020-03-01T00:00:00Z); found "2020-02-01T00:00:00Z"',
    ],
    [
      '{ n: { lies: [{ names: [a.tv], answer: nxdomain, during: { from: "2021-03-01T00:00:00Z", to: "2021-04-01T00:00:00Z" } }] } }',
      "19:69: resolvers.n.lies[0].during: expected a time within the scenario's period (2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z); found 2021-03-01T00:00:00Z to 2021-04-01T00:00:00Z",
    ],
    [
      `{ n: { zones: [{ name: a.tv, ttl_s: 60, soa: ${SOA}, records: [{ type: A, name: b.tv, data: 192.0.2.1 }] }] } }`,
      '19:178: resolvers.n.zones[0].records[0].name: expected a name of the zone a.tv; found "b.tv"',
    ],
    [
      `{ n: { zones: [{ name: a.tv, ttl_s: 60, soa: ${SOA}, records: [{ type: A, data: "2001:db8::1" }] }] } }`,
      '19:178: resolvers.n.zones[0].records[0].data: expected an IPv4 address, such as "192.0.2.1"; found "2001:db8::1"',
    ],
    [
      `{ n: { zones: [{ name: a.tv, ttl_s: -1, soa: ${SOA}, records: ${RECORDS} }] } }`,
      '19:48: resolvers.n.zones[0].ttl_s: expected at least 0; found -1',
    ],
  ])('%s', (resolvers, complaint) => {
    expect(complaints(resolvers)).toEqual([`x.yaml:${complaint}`]);
  });

  test('without evidence', () => {
    const resolvers = '{ n: { lies: [{ names: [a.tv], answer: nxdomain }] } }';
    expect(complaintsAbout(scenarioOf({ resolvers }))[0]).toMatch(
      /^x\.yaml:19:\d+: resolvers\.n\.lies\.?\[0\].*: no evidence for this value/,
    );
  });
});

describe('a probe dig', () => {
  const about = (expect: string): string[] => complaintsAbout(scenarioOf({ expect }));

  test.each(['dns:a.tv', 'dns://server/a.tv?type=AXFR', 'dns://198.18.3.2/a.tv'])(
    'asks %s',
    (url) => {
      const see = '{ failure: null, addresses: ["192.0.2.1"] }';
      expect(about(`probe: dig, urls: ["${url}"], see: ${see}`)).toEqual([]);
    },
  );

  test.each([
    [
      'probe: dig, urls: ["https://a.tv/"], see: { failure: null }',
      '10:41: expect[0].urls[0]: a probe dig takes dns; found "https://a.tv/"',
    ],
    [
      'probe: dig, urls: ["dns:a.tv?type=MX"], see: { failure: null }',
      '10:41: expect[0].urls[0]: expected a question such as "dns:meydan.tv" or "dns://server/meydan.tv?type=AXFR"; found "dns:a.tv?type=MX"',
    ],
    [
      'probe: dnscheck, urls: ["dns:a.tv?type=AAAA", "dns:a.tv?type=NS"], see: { failure: null }',
      '10:68: expect[0].urls[1]: a probe dnscheck asks for addresses: expected type A or AAAA; found "dns:a.tv?type=NS"',
    ],
    [
      'probe: dig, urls: ["dns://nobody/a.tv"], see: { failure: null }',
      '10:41: expect[0].urls[0]: expected an address, a host or a resolver of this file (client, inside, server, control, isp, exchange); found "nobody"',
    ],
    [
      'probe: dig, connect: server, urls: ["dns:a.tv"], see: { failure: null }',
      '10:43: expect[0].connect: only a probe tcp or http or https or curl or openssl or sni_blocking or tlsmiddlebox or tcpping can do this; found dig',
    ],
    [
      'probe: curl, urls: ["http://a.tv/"], see: { failure: null, addresses: [] }',
      '10:92: expect[0].see.addresses: only a probe dig or dnscheck tells addresses; found curl',
    ],
    [
      'probe: curl, urls: ["dns:a.tv"], see: { failure: null }',
      '10:42: expect[0].urls[0]: a probe curl takes http or https; found "dns:a.tv"',
    ],
  ])('%s', (expectation, complaint) => {
    expect(about(expectation)).toEqual([`x.yaml:${complaint}`]);
  });
});

test('a probe may ask a resolver by its name, or one below it', () => {
  const resolvers = '{ n: { address: 217.76.1.85, names: [mts.am] } }';
  const complaintsAt = (server: string): string[] => {
    const expect = `probe: dig, urls: ["dns://${server}/a.tv"], see: { failure: null }`;
    return complaintsAbout(scenarioOf({ expect, resolvers, evidence: EVIDENCE }));
  };
  expect(['mts.am', 'ns.mts.am', 'NS.mts.am'].flatMap(complaintsAt)).toEqual([]);
  expect(complaintsAt('xmts.am')).toEqual([
    expect.stringContaining('expected an address, a host or a resolver of this file (client'),
  ]);
});

test('a scenario without rules has a resolver that lies', () => {
  const lies = '{ n: { lies: [{ answer: nxdomain, names: [meydan.tv] }] } }';
  const without = (resolvers?: string): string[] =>
    complaintsAbout(
      scenarioOf(resolvers === undefined ? {} : { resolvers, evidence: EVIDENCE }).replace(
        /rules:\n(?: .*\n|\n)*/,
        'rules: []\n',
      ),
    );
  expect(without(lies)).toEqual([]);
  expect(without()).toContain(
    'x.yaml:14:8: rules: expected a rule, or a resolver with `lies`: nothing is blocked without either',
  );
});
