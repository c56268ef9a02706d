import type { Scenario } from './schema.ts';

/** A middlebox of a lab. */
export interface BoxPlace {
  /** The network that has it; rules name it so. */
  readonly id: string;
  /** Its interfaces, towards the clients and away from them. */
  readonly left: string;
  readonly right: string;
  readonly near: SideOfBox;
  readonly far: SideOfBox;
}

/** The way between a box and what is on one side of it. */
export interface SideOfBox {
  readonly rttMs: number;
  /** Most that a frame takes longer, each way. */
  readonly jitterMs: number;
  /** Probability that a frame is lost, each way. */
  readonly loss: number;
}

/** A network in the country: its client, its provider's router, and the box of its own. */
export interface Access {
  readonly network: string;
  readonly client: string;
  readonly isp: string;
  /** The IPv4 address that the scenario gives to the resolver on that router. */
  readonly resolverAddress: string | undefined;
  readonly box: BoxPlace | undefined;
  /** Whether it goes past every box, straight to the exchange. */
  readonly isBypass: boolean;
}

/** Who and what there is in a lab, by name. */
export interface Layout {
  readonly accesses: readonly Access[];
  readonly hasInside: boolean;
  /** Whether networks meet at a router, `gateway`, before the box that they share. */
  readonly hasGateway: boolean;
  readonly sharedBox: BoxPlace | undefined;
  /** Routers of a path with one box, from the client on: behind its `isp`, and before the exchange. */
  readonly nearRouters: readonly string[];
  readonly farRouters: readonly string[];
  /** Whether the one box is on the server's own link, behind the exchange: no router is between them. */
  readonly isBesideServer: boolean;
  readonly boxes: readonly BoxPlace[];
  /** Web servers outside the country, beside `server`; of some the address is given. */
  readonly outside: readonly { readonly name: string; readonly address: string | undefined }[];
  /** Every host and router. */
  readonly hosts: readonly string[];
}

/** What a topology stands for. Where there is one network, or one box, no name says which. */
export function layoutOf(scenario: Pick<Scenario, 'topology' | 'hosts' | 'resolvers'>): Layout {
  const { topology, hosts, resolvers = {} } = scenario;
  const { client, bypass = [], inside, middlebox, transit } = topology;
  const { near_hops = 1, far_hops = 1 } = topology;
  const clients = typeof client === 'string' ? [client] : client;
  const networks = [...clients, ...bypass];
  const hasOwn = middlebox === OWN;
  const boxCount = hasOwn ? clients.length + (transit === undefined ? 0 : 1) : 1;
  const placeOf = (id: string, path: Links): BoxPlace => ({
    id,
    left: boxCount === 1 ? 'left' : `${id}-left`,
    right: boxCount === 1 ? 'right' : `${id}-right`,
    near: {
      rttMs: path.near_rtt_ms,
      jitterMs: path.near_jitter_ms ?? 0,
      loss: path.near_loss ?? 0,
    },
    far: { rttMs: path.far_rtt_ms, jitterMs: path.far_jitter_ms ?? 0, loss: path.far_loss ?? 0 },
  });
  const named = (name: string, network: string): string =>
    networks.length === 1 ? name : `${name}-${network}`;
  const accesses = networks.map((network, i) => {
    const isBypass = i >= clients.length;
    const box = hasOwn && !isBypass ? placeOf(network, topology) : undefined;
    const names = { client: named('client', network), isp: named('isp', network) };
    return { network, ...names, resolverAddress: resolvers[network]?.address, box, isBypass };
  });
  const shared = hasOwn
    ? transit && placeOf(transit.network, transit)
    : placeOf(middlebox, topology);
  const hasGateway = shared !== undefined && clients.length > 1;
  const nearRouters = Array.from({ length: near_hops - 1 }, (_, i) => `near-${i + 2}`);
  const farRouters = Array.from({ length: Math.max(far_hops - 1, 0) }, (_, i) => `far-${i + 1}`);
  const outside = Object.entries(hosts ?? {}).map(([name, { address }]) => ({ name, address }));
  const own = accesses.flatMap(({ box }) => box ?? []);
  return {
    accesses,
    hasInside: inside !== undefined,
    hasGateway,
    sharedBox: shared,
    nearRouters,
    farRouters,
    isBesideServer: far_hops === 0,
    outside,
    boxes: shared === undefined ? own : [...own, shared],
    hosts: [
      ...accesses.map((access) => access.client),
      ...(inside === undefined ? [] : ['inside']),
      ...['server', 'control', ...outside.map(({ name }) => name)],
      ...accesses.map((access) => access.isp),
      ...nearRouters,
      ...(hasGateway ? ['gateway'] : []),
      ...farRouters,
      'exchange',
    ],
  };
}

/** In place of a network: each network has a box of its own. */
export const OWN = 'own';

type Links = NonNullable<Scenario['topology']['transit']> | Scenario['topology'];
