import { isWithin } from '../base/domain.ts';
import { layoutOf } from './layout.ts';
import { liarsOf } from './liars.ts';
import { type Problem, within } from './problem.ts';
import type { ResolverSpec } from './resolver-schema.ts';
import type { Scenario } from './schema.ts';

/** Resolvers of networks that have none, and what they can never say. */
export function impossibleResolvers(scenario: Scenario): Problem[] {
  const { resolvers = {}, topology } = scenario;
  const known = layoutOf({ topology }).accesses.map(({ network }) => network);
  const problems = Object.entries(resolvers).flatMap(([id, spec]): Problem[] => {
    const path = ['resolvers', id];
    if (!known.includes(id)) {
      const message = `expected a network with a client (${known.join(', ')}); found "${id}"`;
      return [{ path, message, of: 'key' as const }];
    }
    return within(path, [...honest(spec), ...idleExceptions(spec), ...strayRecords(spec)]);
  });
  return [...noCensor(scenario), ...problems];
}

function noCensor(scenario: Scenario): Problem[] {
  const isCensored = scenario.rules.length > 0 || liarsOf(scenario).length > 0;
  const message = 'expected a rule, or a resolver with `lies`: nothing is blocked without either';
  return isCensored ? [] : [{ path: ['rules'], message }];
}

function honest(spec: ResolverSpec): Problem[] {
  if (Object.values(spec).some((value) => value !== undefined)) return [];
  const message =
    'expected "lies", "zones", "address" or "names"; without them it is like any other: leave it out';
  return [{ path: [], message }];
}

function idleExceptions({ lies = [] }: ResolverSpec): Problem[] {
  return lies.flatMap(({ names, except = [], exact }, i) =>
    except.flatMap((name, j) => {
      if (!exact && names.some((one) => name !== one && isWithin(name, one))) return [];
      const message = `"${name}" has no effect: it is not below any of the names; leave it out`;
      return [{ path: ['lies', i, 'except', j], message }];
    }),
  );
}

function strayRecords({ zones = [] }: ResolverSpec): Problem[] {
  return zones.flatMap((zone, i) =>
    zone.records.flatMap(({ name = zone.name }, j) => {
      if (isWithin(name, zone.name)) return [];
      const message = `expected a name of the zone ${zone.name}; found "${name}"`;
      return [{ path: ['zones', i, 'records', j, 'name'], message }];
    }),
  );
}
