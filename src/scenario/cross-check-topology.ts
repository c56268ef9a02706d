import { parseAddress } from '../base/address.ts';
import { counted } from '../base/counted.ts';
import { isWithin } from '../base/domain.ts';
import { parseDnsUri } from '../wire/dns/uri.ts';
import { layoutOf, OWN } from './layout.ts';
import { resolverPlaces } from './places.ts';
import { type Problem, refer } from './problem.ts';
import type { Scenario } from './schema.ts';

/** Networks, boxes and hosts that are named, and are not there; and boxes that cannot be where they are put. */
export function impossibleTopology(scenario: Scenario): Problem[] {
  const problems = impossibleNetworks(scenario);
  return problems.length > 0 ? problems : [...unknownBoxes(scenario), ...unknownHosts(scenario)];
}

/** What is wrong with a topology itself, whatever else its scenario says. */
export function impossibleNetworks(lab: Pick<Scenario, 'topology' | 'networks'>): Problem[] {
  return [...unknownNetworks(lab), ...impossibleBoxes(lab)];
}

function unknownNetworks({
  topology,
  networks,
}: Pick<Scenario, 'topology' | 'networks'>): Problem[] {
  const { client, bypass = [], inside, middlebox, transit } = topology;
  const named: [path: Problem['path'], name: string | undefined][] = [
    [['inside'], inside],
    [['middlebox'], middlebox === OWN ? undefined : middlebox],
    [['transit', 'network'], transit?.network],
    ...bypass.map((name, i): [Problem['path'], string] => [['bypass', i], name]),
  ];
  if (typeof client === 'string') named.unshift([['client'], client]);
  else named.unshift(...client.map((name, i): [Problem['path'], string] => [['client', i], name]));
  return named.flatMap(([path, name]) =>
    name === undefined
      ? []
      : refer(['topology', ...path], name, Object.keys(networks), 'a network'),
  );
}

function impossibleBoxes({ topology }: Pick<Scenario, 'topology'>): Problem[] {
  const { client, bypass = [], middlebox, transit } = topology;
  const problems: Problem[] = [];
  const clients = typeof client === 'string' ? [client] : client;
  clients.forEach((name, i) => {
    if (clients.indexOf(name) === i) return;
    const message = `expected each network once; found "${name}" again`;
    problems.push({ path: ['topology', 'client', i], message });
  });
  bypass.forEach((name, i) => {
    if (!clients.includes(name) && bypass.indexOf(name) === i) return;
    const message = `expected a network that is not named before; found "${name}" again`;
    problems.push({ path: ['topology', 'bypass', i], message });
  });
  if (transit !== undefined && middlebox !== OWN) {
    const message = `expected "${OWN}" where there is a box in transit behind it; found "${middlebox}"`;
    problems.push({ path: ['topology', 'middlebox'], message });
  }
  if (transit !== undefined && [...clients, ...bypass].includes(transit.network)) {
    const message = `expected a network without a client, whose boxes rules tell apart; found "${transit.network}"`;
    problems.push({ path: ['topology', 'transit', 'network'], message });
  }
  const { accesses, boxes } = layoutOf({ topology });
  for (const field of ['near_hops', 'far_hops'] as const) {
    const { [field]: hops = 1 } = topology;
    if (hops === 1 || (accesses.length === 1 && boxes.length === 1)) continue;
    const found =
      accesses.length > 1
        ? counted(accesses.length, 'network')
        : counted(boxes.length, 'box', 'boxes');
    const message = `expected 1, or one network with one box on its path; found ${hops}, and ${found}`;
    problems.push({ path: ['topology', field], message });
  }
  for (const { id } of boxes) {
    if (boxes.length === 1 || id.length <= LONGEST_ID) continue;
    const message = `expected at most ${LONGEST_ID} characters, which name the interfaces of its box; found "${id}"`;
    problems.push({ path: ['networks', id], message });
  }
  return problems;
}

function unknownBoxes({ rules, topology }: Scenario): Problem[] {
  const ids = layoutOf({ topology }).boxes.map(({ id }) => id);
  return rules.flatMap(({ at = [] }, i) =>
    at.flatMap((id, j) => refer(['rules', i, 'at', j], id, ids, 'a network with a box')),
  );
}

function unknownHosts({ expect, ...scenario }: Scenario): Problem[] {
  const { hosts } = layoutOf(scenario);
  const names = resolverPlaces(scenario).flatMap((one) => one.names ?? []);
  return expect.flatMap((row, i) => {
    const { from, connect, see } = row;
    const path = ['expect', i] as const;
    return [
      ...from.flatMap((host) => refer([...path, 'from'], host, hosts, 'a host')),
      ...(connect === undefined ? [] : refer([...path, 'connect'], connect, hosts, 'a host')),
      ...row.urls.flatMap((url, j) => {
        const server = parseDnsUri(url)?.server;
        if (server === undefined || parseAddress(server) !== undefined) return [];
        if (names.some((name) => isWithin(server.toLowerCase(), name))) return [];
        const known = [...hosts, ...names];
        return refer([...path, 'urls', j], server, known, 'an address, a host or a resolver');
      }),
      ...(see.origin === undefined
        ? []
        : refer([...path, 'see', 'origin', 'host'], see.origin.host, hosts, 'a host')),
    ];
  });
}

/** Linux has 15 characters for an interface, and `-right` takes six. */
const LONGEST_ID = 9;
