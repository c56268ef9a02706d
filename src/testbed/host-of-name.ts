import { closestTo } from '../base/domain.ts';
import type { Scenario } from '../scenario/schema.ts';

/** The web server outside the country that has the most specific domain of a name; by default `server`. */
export function hostOfName(
  name: string,
  { hosts = {}, origin }: Pick<Scenario, 'hosts' | 'origin'>,
): string {
  const { names, doh } = origin;
  const served = doh === undefined ? names : [...names, doh];
  const own = served.map((domain) => ({ name: domain, host: 'server' }));
  const others = Object.entries(hosts).flatMap(([host, { names: theirs = [] }]) =>
    theirs.map((domain) => ({ name: domain, host })),
  );
  return closestTo(name, [...own, ...others])?.host ?? 'server';
}
