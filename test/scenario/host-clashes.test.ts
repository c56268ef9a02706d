import { describe, expect, test } from 'vitest';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

/* Hosts that would meet in one lab: by what they are called, where they are, and which ports they serve. */

describe('a host that is called as one of the lab’s own is told at its name', () => {
  test.each([
    'server',
    'control',
    'client',
    'client-n',
    'isp',
    'isp-n',
    'inside',
    'gateway',
    'exchange',
    'near-2',
    'far-1',
    'middlebox',
  ])('%s', (id) => {
    expect(about(`{ ${id}: { names: [a.example] } }`)).toEqual([
      `x.yaml:${LINE}:10: hosts.${id}: expected a name that no host of the lab itself has (server, control, client, inside, isp, gateway, exchange, middlebox, rewriter, localhost, client-…, isp-…, near-N, far-N); found "${id}"`,
    ]);
  });

  test.each(['server-2', 'clients', 'ispa', 'insider', 'far-away', 'near'])('not %s', (id) => {
    expect(about(`{ ${id}: { names: [a.example] } }`)).toEqual([]);
  });
});

describe('an address', () => {
  test.each([
    ['0.1.2.3', '0.0.0.0/8: no host has one'],
    ['127.0.0.1', '127.0.0.0/8: it never leaves a host'],
    ['169.254.1.1', '169.254.0.0/16: no router forwards it'],
    ['198.18.3.2', "198.18.0.0/15: the lab's own hosts have those"],
    ['198.19.255.255', "198.18.0.0/15: the lab's own hosts have those"],
    ['224.0.0.1', '224.0.0.0/4: those are for multicast'],
    ['239.255.255.255', '224.0.0.0/4: those are for multicast'],
    ['240.0.0.1', '240.0.0.0/4: those are reserved'],
    ['255.255.255.255', '240.0.0.0/4: those are reserved'],
  ])('that no server outside can have is told: %s', (address, why) => {
    expect(about(`{ a: { address: ${address} } }`)).toEqual([
      `x.yaml:${LINE}:24: hosts.a.address: expected an address that a server can have, such as "192.0.2.1"; found ${address}, of ${why}`,
    ]);
  });

  test.each([
    '1.1.1.1',
    '10.0.0.1',
    '126.255.255.255',
    '169.253.0.1',
    '198.17.0.1',
    '198.20.0.1',
    '223.255.255.255',
  ])('beside those ranges is taken: %s', (address) => {
    expect(about(`{ a: { address: ${address} } }`)).toEqual([]);
  });

  test('that another host has is told', () => {
    expect(about('{ a: { address: 192.0.2.1 }, b: { address: 192.0.2.1 } }')).toEqual([
      expect.stringMatching(
        /hosts\.b\.address: expected an address of its own; found 192\.0\.2\.1, which "a" has$/,
      ),
    ]);
  });
});

test('an address and names that a resolver has are told at the second place', () => {
  const resolvers = 'resolvers: { n: { address: 192.0.2.1, names: [ns.example] } }';
  const hosts = '{ a: { address: 192.0.2.1 }, b: { names: [ns.example] } }';
  const line = LINE + 1;
  const file = FILE.replace('hosts, ', 'hosts, resolvers, ');
  expect(complaintsAbout(`${file}hosts: ${hosts}\n${resolvers}\n`)).toEqual([
    `x.yaml:${line}:28: resolvers.n.address: expected an address of its own; found 192.0.2.1, which "a" has`,
    `x.yaml:${line}:47: resolvers.n.names[0]: expected a name that resolves to this host alone; found "ns.example", which is one of \`hosts.b\` already`,
  ]);
});

test('a name at which the server answers DNS over HTTPS is no other host’s', () => {
  const file = FILE.replace('names: [example.org]', 'names: [example.org], doh: dns.example');
  expect(complaintsAbout(`${file}hosts: { a: { names: [dns.example] } }\n`)).toEqual([
    `x.yaml:${LINE}:23: hosts.a.names[0]: expected a name that resolves to this host alone; found "dns.example", which is one of \`origin\` already`,
  ]);
  const own = FILE.replace('names: [example.org]', 'names: [example.org], doh: example.org');
  expect(complaintsAbout(`${own}hosts: { a: { names: [a.tv] } }\n`)).toEqual([]);
});

describe('a name that is there already is told', () => {
  test.each([
    {
      hosts: '{ a: { names: [example.org] } }',
      says: 'hosts.a.names[0]: expected a name that resolves to this host alone; found "example.org", which is one of `origin` already',
    },
    {
      hosts: '{ a: { names: [a.tv, b.tv] }, b: { names: [b.tv] } }',
      says: 'hosts.b.names[0]: expected a name that resolves to this host alone; found "b.tv", which is one of `hosts.a` already',
    },
    {
      hosts: '{ a: { names: [bücher.example, xn--bcher-kva.example] } }',
      says: 'hosts.a.names[1]: expected a name that resolves to this host alone; found "xn--bcher-kva.example", which is in this list already',
    },
  ])('$hosts', ({ hosts, says }) => {
    expect(about(hosts)).toEqual([expect.stringContaining(`: ${says}`)]);
  });

  test('not a name below one of another host', () => {
    expect(about('{ a: { names: [www.example.org] } }')).toEqual([]);
  });
});

describe('ports', () => {
  test.each([
    {
      hosts: '{ a: { http_ports: [80, 8080], tls_ports: [443, 8080] } }',
      says: 'tls_ports[1]: expected a port that is not in http_ports (80, 8080); found 8080',
    },
    {
      hosts: '{ a: { tls_ports: [80] } }',
      says: 'tls_ports[0]: expected a port that is not in http_ports, which `origin` gives it (80); found 80',
    },
    {
      hosts: '{ a: { http_ports: [443] } }',
      says: 'http_ports[0]: expected a port that is not in tls_ports, which `origin` gives it (443); found 443',
    },
    {
      hosts: '{ a: { tls_ports: [443, 8443, 443] } }',
      says: 'tls_ports[2]: expected each port once; found 443 again',
    },
    {
      hosts: '{ a: { http_ports: [], tls_ports: [] } }',
      says: 'tls_ports: expected a port, here or in the other list; found none: nothing can reach it',
    },
    {
      hosts: '{ a: { names: [a.example], software: openssl, tls_ports: [] } }',
      says: 'tls_ports: expected a port, here or in the other list; found none: nothing can reach it',
    },
  ])('of $hosts', ({ hosts, says }) => {
    expect(about(hosts)).toEqual([expect.stringContaining(`: hosts.a.${says}`)]);
  });

  test.each([
    '{ a: { tls_ports: [] } }',
    '{ a: { http_ports: [] } }',
    '{ a: { http_ports: [443], tls_ports: [80] } }',
    '{ a: { names: [a.example], software: openssl, tls_ports: [80] } }',
    '{ a: { http_ports: [53], tls_ports: [] } }',
  ])('may be those of %s', (hosts) => {
    expect(about(hosts)).toEqual([]);
  });

  test.each([
    {
      ports: 'http_ports: [80, 443], tls_ports: [443]',
      says: 'x.yaml:8:46: origin.tls_ports[0]: expected a port that is not in http_ports (80, 443); found 443',
    },
    {
      ports: 'http_ports: [80, 80], tls_ports: [443]',
      says: 'x.yaml:8:28: origin.http_ports[1]: expected each port once; found 80 again',
    },
    {
      ports: 'http_ports: [80], tls_ports: [53]',
      says: 'x.yaml:8:41: origin.tls_ports[0]: expected a port that nothing else on the host "server" has; found 53, its resolver\'s',
    },
  ])('of `origin`: $ports', ({ ports, says }) => {
    const file = scenarioOf().replace('http_ports: [80], tls_ports: [443]', ports);
    expect(complaintsAbout(file)).toEqual([says]);
  });
});

const FILE = scenarioOf({ evidence: 'period, networks, topology, origin, hosts, profiles, rules' });
/** On which `hosts` stands. */
const LINE = FILE.split('\n').length;

function about(hosts: string): string[] {
  return complaintsAbout(`${FILE}hosts: ${hosts}\n`);
}
