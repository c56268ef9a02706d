import type { Problem } from './problem.ts';
import type { Scenario } from './schema.ts';

/** A host or a resolver: the file may give either an address and names. */
interface Place {
  readonly path: Problem['path'];
  /** In messages. */
  readonly owner: string;
  readonly address?: string | undefined;
  readonly names?: readonly string[] | undefined;
}

/** Hosts beside `server`, then resolvers. */
export function placesOf({
  hosts = {},
  resolvers,
}: Pick<Scenario, 'hosts' | 'resolvers'>): Place[] {
  const ofHosts = Object.entries(hosts).map(([id, { address, names }]): Place => {
    return { path: ['hosts', id], owner: id, address, names };
  });
  return [...ofHosts, ...resolverPlaces({ resolvers })];
}

export function resolverPlaces({ resolvers = {} }: Pick<Scenario, 'resolvers'>): Place[] {
  return Object.entries(resolvers).map(([id, { address, names }]) => {
    return { path: ['resolvers', id], owner: `the resolver of ${id}`, address, names };
  });
}
