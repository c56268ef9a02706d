import type { Access, BoxPlace, Layout } from '../scenario/layout.ts';
import { planNetwork } from './topology.ts';

/** What a packet meets on its way, in order, both ends included; boxes take no hop. */
export type PathPart =
  | { readonly kind: 'host'; readonly name: string }
  | { readonly kind: 'box'; readonly box: BoxPlace };

/** From a client, or from `inside`, to a host outside the country. */
export function pathOutwards(layout: Layout, from: string, to: string): PathPart[] {
  const access = accessOf(layout, from);
  const { nearRouters, farRouters, hasGateway, sharedBox, isBesideServer } = layout;
  const host = (name: string): PathPart => ({ kind: 'host', name });
  const box = (place: BoxPlace | undefined): PathPart[] =>
    place === undefined ? [] : [{ kind: 'box', box: place }];
  const boxes = access.isBypass
    ? []
    : [...box(access.box), ...(hasGateway ? [host('gateway')] : []), ...box(sharedBox)];
  const near = [host(from), host(access.isp), ...nearRouters.map(host)];
  if (isBesideServer)
    return [...near, host('exchange'), ...(to === 'server' ? boxes : []), host(to)];
  return [...near, ...boxes, ...farRouters.map(host), host('exchange'), host(to)];
}

/** Where on a path a box is. */
export interface PlaceOnPath {
  /** The TTL of the first packet that it sees. */
  readonly hop: number;
  readonly after: string;
  readonly before: string;
}

/** Undefined if the path does not pass it. */
export function placeOf(path: readonly PathPart[], id: string): PlaceOnPath | undefined {
  const at = path.findIndex((part) => part.kind === 'box' && part.box.id === id);
  if (at < 0) return undefined;
  const names = (parts: readonly PathPart[]): string[] =>
    parts.flatMap((part) => (part.kind === 'host' ? [part.name] : []));
  const [before, beyond] = [names(path.slice(0, at)), names(path.slice(at))];
  return { hop: before.length, after: before.at(-1) as string, before: beyond[0] as string };
}

/** Who has an address, of all that hosts and routers have. */
export function namesByAddress(layout: Layout): ReadonlyMap<string, string> {
  const { links } = planNetwork(layout, () => []);
  const ends = links.flat();
  return new Map(
    ends.flatMap(({ namespace, addresses }) =>
      addresses.map((address): [string, string] => [address.replace(/\/\d+$/, ''), namespace]),
    ),
  );
}

function accessOf({ accesses }: Layout, from: string): Access {
  return accesses.find(({ client }) => client === from) ?? (accesses[0] as Access);
}
