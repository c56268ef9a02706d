import ip from 'ip';
import type { LinkEnd, NamespacePlan, NetworkPlan } from '../../netns/plan.ts';
import type { HostName } from '../scenario/schema.ts';

/*
 *   client ──┐                                             ┌── server
 *            ├── isp ──┤ left  middlebox  right ├── exchange
 *   inside ──┘                                             └── control
 */

export interface HostAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
  /** The resolver this host asks. */
  readonly resolver: HostName;
}

export type Hosts = Readonly<Record<HostName, HostAddresses>>;

/** Benchmarking addresses (RFC 2544) and documentation addresses (RFC 3849): they belong to nobody. */
const IPV4_BASE = '198.18.0.0';
/** The link that runs through the middlebox. */
const WIRE = 0;

/** Everyone's addresses. A host is .2 on its own link and its router .1; links are numbered as in `LINKS`. */
export const HOSTS: Hosts = {
  client: addressesOn(1, 2, 'isp'),
  inside: addressesOn(2, 2, 'isp'),
  server: addressesOn(3, 2, 'server'),
  control: addressesOn(4, 2, 'server'),
  isp: addressesOn(1, 1, 'isp'),
  exchange: addressesOn(3, 1, 'server'),
};

/** The whole lab as data: namespaces, links, addresses, routes, and the files that each host sees as its own. */
export function planNetwork(filesOf: (host: HostName) => NamespacePlan['mounts']): NetworkPlan {
  const host = (name: HostName, link: number): NamespacePlan => ({
    name,
    kind: 'host',
    routes: defaultRoutes(link, 1),
    mounts: filesOf(name),
  });
  return {
    namespaces: [
      host('client', 1),
      host('inside', 2),
      { name: 'isp', kind: 'router', routes: defaultRoutes(WIRE, 2), mounts: filesOf('isp') },
      { name: MIDDLEBOX, kind: 'wire', routes: [], mounts: [] },
      {
        name: 'exchange',
        kind: 'router',
        routes: [...routesTo(1), ...routesTo(2)],
        mounts: filesOf('exchange'),
      },
      host('server', 3),
      host('control', 4),
    ],
    links: [
      hostLink('client', 'isp', 1),
      hostLink('inside', 'isp', 2),
      hostLink('server', 'exchange', 3),
      hostLink('control', 'exchange', 4),
      [end('isp', 'to-exchange', WIRE, 1, 2), wireEnd('left', 1)],
      [wireEnd('right', 2), end('exchange', 'to-isp', WIRE, 2, 1)],
    ],
  };
}

export const MIDDLEBOX = 'middlebox';

/** Where a program can run: a host, or the wire between the two networks. */
export type Place = HostName | typeof MIDDLEBOX;

function hostLink(host: HostName, router: HostName, link: number): NetworkPlan['links'][number] {
  return [end(host, 'eth0', link, 2, 1), end(router, `to-${host}`, link, 1, 2)];
}

/** The end with number `own` of a link whose other end has number `peer`. */
function end(
  namespace: HostName,
  interfaceName: string,
  link: number,
  own: number,
  peer: number,
): LinkEnd {
  const [ipv4, ipv6] = addresses(link, own);
  const neighbours = addresses(link, peer).map((address) => ({ address, mac: macOf(link, peer) }));
  return {
    namespace,
    interfaceName,
    mac: macOf(link, own),
    addresses: [`${ipv4}/24`, `${ipv6}/64`],
    neighbours,
  };
}

function wireEnd(side: 'left' | 'right', number: number): LinkEnd {
  const mac = macOf(0xff, number);
  return { namespace: MIDDLEBOX, interfaceName: side, mac, addresses: [], neighbours: [] };
}

function addressesOn(link: number, own: number, resolver: HostName): HostAddresses {
  const [ipv4, ipv6] = addresses(link, own);
  return { ipv4, ipv6, resolver };
}

function addresses(link: number, own: number): [string, string] {
  return [ip.fromLong(ip.toLong(IPV4_BASE) + link * 256 + own), `2001:db8:${link}::${own}`];
}

function macOf(link: number, own: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `02:00:00:00:${hex(link)}:${hex(own)}`;
}

function defaultRoutes(link: number, router: number): NamespacePlan['routes'] {
  const [ipv4, ipv6] = addresses(link, router);
  return [
    { to: '0.0.0.0/0', via: ipv4 },
    { to: '::/0', via: ipv6 },
  ];
}

/** Of the exchange, to a link behind the middlebox. */
function routesTo(link: number): NamespacePlan['routes'] {
  const [ipv4, ipv6] = addresses(WIRE, 1);
  const [network4, network6] = addresses(link, 0);
  return [
    { to: `${network4}/24`, via: ipv4 },
    { to: `${network6.replace(/::0$/, '::')}/64`, via: ipv6 },
  ];
}
