import { closestTo } from '../base/domain.ts';
import { layoutOf } from '../scenario/layout.ts';
import type { Scenario } from '../scenario/schema.ts';

type Named = Pick<Scenario, 'origin' | 'hosts' | 'resolvers' | 'topology'>;

/** The host of the lab that has the most specific domain of a name; by default `server`. */
export function hostOfName(name: string, scenario: Named): string {
  return closestTo(name, domainsOf(scenario))?.host ?? 'server';
}

/** Every domain that resolves to a host of the lab, with all below it. */
export function domainsOf(scenario: Named): { readonly name: string; readonly host: string }[] {
  const { origin, hosts = {}, resolvers = {} } = scenario;
  const { names, doh } = origin;
  const of = (host: string, domains: readonly string[] = []) =>
    domains.map((name) => ({ name, host }));
  return [
    ...of('server', doh === undefined ? names : [...names, doh]),
    ...Object.entries(hosts).flatMap(([host, own]) => of(host, own.names)),
    ...layoutOf(scenario).accesses.flatMap(({ isp, network }) =>
      of(isp, resolvers[network]?.names),
    ),
  ];
}
