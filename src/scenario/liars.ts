import type { Scenario } from './schema.ts';

/** The networks whose provider's resolver lies. */
export function liarsOf({ resolvers = {} }: Pick<Scenario, 'resolvers'>): string[] {
  return Object.keys(resolvers).filter((network) => (resolvers[network]?.lies ?? []).length > 0);
}
