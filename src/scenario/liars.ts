import type { Scenario } from './schema.ts';

/** Resolvers where they are, that say what is true. */
export function honestly(resolvers: Scenario['resolvers'] = {}): Scenario['resolvers'] {
  const honest = Object.entries(resolvers).map(([network, { address, names }]) => {
    return [network, { address, names }] as const;
  });
  return Object.fromEntries(honest);
}

/** The networks whose provider's resolver lies. */
export function liarsOf({ resolvers = {} }: Pick<Scenario, 'resolvers'>): string[] {
  return Object.keys(resolvers).filter((network) => (resolvers[network]?.lies ?? []).length > 0);
}
