import type { Problem } from './problem.ts';
import type { Scenario } from './schema.ts';

/** Tor networks whose ports are taken, and probes of Tor that cannot be made. */
export function impossibleTor(scenario: Scenario): Problem[] {
  return [...takenPorts(scenario), ...impossibleProbes(scenario)];
}

function takenPorts({ tor, origin }: Scenario): Problem[] {
  if (tor === undefined) return [];
  const taken = new Set([...origin.http_ports, ...origin.tls_ports, DNS_PORT]);
  const ports: [path: Problem['path'], port: number][] = [
    ...tor.relay_ports.map((port, i): [Problem['path'], number] => [['relay_ports', i], port]),
    ...tor.directory_ports.map((port, i): [Problem['path'], number] => [
      ['directory_ports', i],
      port,
    ]),
    [['plain_port'], tor.plain_port],
    [['obfs4_port'], tor.obfs4_port],
  ];
  return ports.flatMap(([path, port]) => {
    if (!taken.has(port)) {
      taken.add(port);
      return [];
    }
    const message = `expected a port that nothing else on the host "server" has; found ${port}`;
    return [{ path: ['tor', ...path], message }];
  });
}

function impossibleProbes({ tor, expect }: Scenario): Problem[] {
  return expect.flatMap(({ probe, ip, see }, i) => {
    const problem = (path: Problem['path'], message: string): Problem => ({
      path: ['expect', i, ...path],
      message,
    });
    if (probe !== 'tor') {
      const message = `only a probe tor can see this; found ${probe}`;
      return see.bootstrap === undefined ? [] : [problem(['see', 'bootstrap'], message)];
    }
    return [
      ...(tor === undefined
        ? [problem(['probe'], 'a probe tor needs a Tor network; write `tor: {}` into the scenario')]
        : []),
      ...(ip.includes(6) ? [problem(['ip'], 'the Tor network is IPv4 alone; found 6')] : []),
    ];
  });
}

const DNS_PORT = 53;
