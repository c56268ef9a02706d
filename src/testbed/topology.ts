import ip from 'ip';
import type { LinkEnd, NamespacePlan, NetworkPlan } from '../../netns/plan.ts';
import type { Access, Layout } from '../scenario/layout.ts';

/*
 *   client ──┐                                             ┌── server
 *            ├── isp ──┤ left  middlebox  right ├── exchange
 *   inside ──┘                                             └── control
 *
 * With several networks, each has a client and an isp, and maybe a box of its own; they meet at the exchange, or at a router
 * before the box that they share. One that goes past the boxes is linked to the exchange itself. With one of each, there may
 * be more routers: isp, near-2, near-3, … before the box, and far-1, far-2, …, exchange behind it; or none behind it, where the
 * box is on the server's own link.
 */

export interface HostAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
  /** The resolver this host asks. */
  readonly resolver: string;
}

/** By name; these are in every lab. */
export interface Hosts extends Readonly<Record<string, HostAddresses>> {
  readonly server: HostAddresses;
  readonly control: HostAddresses;
  readonly exchange: HostAddresses;
}

/** Benchmarking addresses (RFC 2544) and documentation addresses (RFC 3849): they belong to nobody. */
const IPV4_BASE = '198.18.0.0';
export const LAB_NETWORKS: readonly string[] = ['198.18.0.0/15', '2001:db8::/32'];
/** Numbers of links; each has a network of its own. */
const LINK = {
  wire: 0,
  client: 1,
  inside: 2,
  server: 3,
  control: 4,
  clients: 10,
  near: 26,
  far: 33,
  wires: 40,
  outside: 70,
};

/** Everyone's addresses. A host is .2 on its own link and its router .1. */
export function addressesOf(layout: Layout): Hosts {
  const hosts: Record<string, HostAddresses> = {};
  const server = addressesOn(LINK.server, 2, 'server');
  const control = addressesOn(LINK.control, 2, 'server');
  const exchange = addressesOn(LINK.server, 1, 'server');
  for (const [i, { client, isp }] of layout.accesses.entries()) {
    hosts[client] = addressesOn(clientLink(i), 2, isp);
  }
  const firstIsp = (layout.accesses[0] as Access).isp;
  if (layout.hasInside) hosts['inside'] = addressesOn(LINK.inside, 2, firstIsp);
  for (const [i, { isp, resolverAddress }] of layout.accesses.entries()) {
    const own = addressesOn(clientLink(i), 1, isp);
    hosts[isp] = { ...own, ipv4: resolverAddress ?? own.ipv4 };
  }
  for (const [i, { name, address }] of layout.outside.entries()) {
    const own = addressesOn(LINK.outside + i, 2, 'server');
    hosts[name] = { ...own, ipv4: address ?? own.ipv4 };
  }
  // As they call themselves when they answer a client: by their inner ends.
  for (const [i, router] of layout.nearRouters.entries()) {
    hosts[router] = addressesOn(LINK.near + i, 2, firstIsp);
  }
  for (const [i, router] of layout.farRouters.entries()) {
    hosts[router] = addressesOn(i === 0 ? LINK.wire : LINK.far + i - 1, 2, 'server');
  }
  if (layout.hasGateway) hosts['gateway'] = addressesOn(LINK.wire, 1, 'server');
  return { ...hosts, server, control, exchange };
}

/** The whole lab as data: namespaces, links, addresses, routes, and the files that each host sees as its own. */
export function planNetwork(
  layout: Layout,
  filesOf: (host: string) => NamespacePlan['mounts'],
  isRewriting = false,
): NetworkPlan {
  const plan = new Plan(filesOf, isRewriting);
  const { accesses, hasInside, hasGateway, sharedBox } = layout;
  const top = hasGateway ? 'gateway' : undefined;
  const behindIsp = (i: number): string[] => {
    const links = hasInside && i === 0 ? [clientLink(i), LINK.inside] : [clientLink(i)];
    return [...links.flatMap(networksOf), ...single(accesses[i]?.resolverAddress)];
  };
  for (const [i, { isp, box, isBypass }] of accesses.entries()) {
    plan.client(accesses[i] as Access, i);
    if (hasInside && i === 0) plan.host('inside', isp, LINK.inside);
    const link = accesses.length === 1 ? LINK.wire : LINK.wires + i;
    const path = [box, top === undefined && !isBypass ? sharedBox : undefined].filter(
      (one) => one !== undefined,
    );
    const outer = isBypass ? 'exchange' : (top ?? 'exchange');
    const near = [isp, ...layout.nearRouters];
    const far = [...layout.farRouters, outer];
    const behind = plan.row(near, LINK.near, behindIsp(i));
    const between = layout.isBesideServer ? [] : path;
    plan.join(near.at(-1) as string, far[0] as string, link, between, behind);
    plan.row(far, LINK.far, [...behind, ...networksOf(link)]);
  }
  if (top !== undefined && sharedBox !== undefined) {
    const behind = accesses.flatMap(({ isBypass }, i) => (isBypass ? [] : behindIsp(i)));
    plan.join(top, 'exchange', LINK.wire, [sharedBox], behind);
  }
  const beside = layout.isBesideServer ? layout.boxes : [];
  plan.host('server', 'exchange', LINK.server, { boxes: beside });
  plan.host('control', 'exchange', LINK.control);
  for (const [i, { name, address }] of layout.outside.entries()) {
    plan.host(name, 'exchange', LINK.outside + i, { address });
  }
  return plan.finished();
}

export const MIDDLEBOX = 'middlebox';
/** The namespace on clients' own wires, where what they send is rewritten. */
export const REWRITER = 'rewriter';

/** The interfaces between the client with index `i` and its router, in that namespace. */
export function rewriterEnds(client: string, i: number): Ends {
  const name = client.replace(/^client-/, '');
  const short = name.length <= 11 ? name : unnamed(clientLink(i));
  return { left: `in-${short}`, right: `out-${short}` };
}

/** Of a box: its interfaces, the inner one first. */
interface Ends {
  readonly left: string;
  readonly right: string;
}

/** More addresses on a host's link, and boxes in it. */
interface MoreOfHost {
  /** One more that the host has. */
  readonly address?: string | undefined;
  /** One more that its router has, on this link. */
  readonly routerAddress?: string | undefined;
  /** Boxes between the router and the host, in that order. */
  readonly boxes?: readonly Ends[];
}

/** Grows by a host, or by what joins two routers. */
class Plan {
  readonly #filesOf: (host: string) => NamespacePlan['mounts'];
  readonly #routers = new Map<string, NamespacePlan['routes'][number][]>();
  readonly #hosts: NamespacePlan[] = [];
  readonly #links: [LinkEnd, LinkEnd][] = [];
  readonly #isRewriting: boolean;
  #wireEnds = 0;

  constructor(filesOf: (host: string) => NamespacePlan['mounts'], isRewriting: boolean) {
    this.#filesOf = filesOf;
    this.#isRewriting = isRewriting;
  }

  /** A host that probes; what rewrites its packets is between it and its router. */
  client({ client: name, isp, resolverAddress }: Access, i: number): void {
    this.host(name, isp, clientLink(i), { routerAddress: resolverAddress });
    if (!this.#isRewriting) return;
    const [outer, inner] = this.#links.pop() as [LinkEnd, LinkEnd];
    const { left, right } = rewriterEnds(name, i);
    this.#links.push(
      [inner, this.#wireEnd(left, REWRITER)],
      [this.#wireEnd(right, REWRITER), outer],
    );
  }

  host(name: string, router: string, link: number, more: MoreOfHost = {}): void {
    const { address, routerAddress, boxes = [] } = more;
    const routes = defaultRoutes(link, 1);
    this.#hosts.push({ name, kind: 'host', routes, mounts: this.#filesOf(name) });
    const own = end(name, 'eth0', link, 2, 1);
    const routerEnd = end(router, towards(name, link), link, 1, 2);
    const also = single(address);
    this.#chain(
      { ...routerEnd, addresses: [...routerEnd.addresses, ...single(routerAddress)] },
      boxes,
      { ...own, addresses: [...own.addresses, ...also] },
    );
    const via = addresses(link, 2)[0];
    this.#routesOf(router).push(...also.map((to) => ({ to, via })));
  }

  /** Routers from the inside out, on links from `first` on. Returns the networks behind the last of them. */
  row(routers: readonly string[], first: number, behind: readonly string[]): string[] {
    const networks = [...behind];
    for (const [i, outer] of routers.slice(1).entries()) {
      this.join(routers[i] as string, outer, first + i, [], networks);
      networks.push(...networksOf(first + i));
    }
    return networks;
  }

  /** Two routers, the inner one with these networks behind it, and boxes between them from the inside out. */
  join(
    inner: string,
    outer: string,
    link: number,
    boxes: readonly Ends[],
    behind: readonly string[],
  ): void {
    const innerEnd = end(inner, towards(outer, link), link, 1, 2);
    const outerEnd = end(outer, towards(inner, link), link, 2, 1);
    this.#chain(innerEnd, boxes, outerEnd);
    this.#routesOf(inner).push(...defaultRoutes(link, 2));
    this.#routesOf(outer).push(...routesTo(behind, link));
  }

  finished(): NetworkPlan {
    const routers = [...this.#routers].map(([name, routes]): NamespacePlan => {
      return { name, kind: 'router', routes, mounts: this.#filesOf(name) };
    });
    const wires = [MIDDLEBOX, ...(this.#isRewriting ? [REWRITER] : [])].map(
      (name): NamespacePlan => ({ name, kind: 'wire', routes: [], mounts: [] }),
    );
    return { namespaces: [...this.#hosts, ...routers, ...wires], links: this.#links };
  }

  #chain(inner: LinkEnd, boxes: readonly Ends[], outer: LinkEnd): void {
    const between = boxes.flatMap(({ left, right }) => [this.#wireEnd(left), this.#wireEnd(right)]);
    const chain = [inner, ...between, outer];
    for (let i = 0; i < chain.length; i += 2) {
      this.#links.push([chain[i] as LinkEnd, chain[i + 1] as LinkEnd]);
    }
  }

  #routesOf(router: string): NamespacePlan['routes'][number][] {
    const routes = this.#routers.get(router) ?? [];
    this.#routers.set(router, routes);
    return routes;
  }

  #wireEnd(interfaceName: string, namespace = MIDDLEBOX): LinkEnd {
    const mac = macOf(0xffff, ++this.#wireEnds);
    return { namespace, interfaceName, mac, addresses: [], neighbours: [] };
  }
}

function clientLink(i: number): number {
  return i === 0 ? LINK.client : LINK.clients + i;
}

/** An interface's name, of which Linux has 15 characters. */
function towards(host: string, link: number): string {
  const name = `to-${host}`;
  return name.length <= 15 ? name : `to-${unnamed(link)}`;
}

/** In place of a name that is too long for an interface: no name ends with a dash. */
function unnamed(link: number): string {
  return `link-${link}-`;
}

/** The end with number `own` of a link whose other end has number `peer`. */
function end(
  namespace: string,
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

function addressesOn(link: number, own: number, resolver: string): HostAddresses {
  const [ipv4, ipv6] = addresses(link, own);
  return { ipv4, ipv6, resolver };
}

function addresses(link: number, own: number): [string, string] {
  // As RFC 5952 writes them, so that they are the same text wherever an address is shown.
  const subnet = link === 0 ? '' : `:${link}`;
  return [ip.fromLong(ip.toLong(IPV4_BASE) + link * 256 + own), `2001:db8${subnet}::${own}`];
}

function macOf(link: number, own: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `02:00:00:${hex(link >> 8)}:${hex(link & 0xff)}:${hex(own)}`;
}

function defaultRoutes(link: number, router: number): NamespacePlan['routes'] {
  const [ipv4, ipv6] = addresses(link, router);
  return [
    { to: '0.0.0.0/0', via: ipv4 },
    { to: '::/0', via: ipv6 },
  ];
}

/** To networks behind the inner router of a link. */
function routesTo(networks: readonly string[], over: number): NamespacePlan['routes'] {
  const [ipv4, ipv6] = addresses(over, 1);
  return networks.map((to) => ({ to, via: to.includes(':') ? ipv6 : ipv4 }));
}

/** The networks of a link, one for each version of IP. */
function networksOf(link: number): string[] {
  const [ipv4, ipv6] = addresses(link, 0);
  return [`${ipv4}/24`, `${ipv6.replace(/::0$/, '::')}/64`];
}

/** The network of one address, if there is one. */
function single(address: string | undefined): string[] {
  return address === undefined ? [] : [`${address}/32`];
}
