import { randomBytes } from 'node:crypto';
import type { HostFacts, LabFacts } from '../probe/lab-facts.ts';
import type { Layout } from '../scenario/layout.ts';
import type { LabConfig } from './lab-config.ts';
import { type HostAddresses, type Hosts, LAB_NETWORKS } from './topology.ts';

/** What a lab's probes need to know of it. */
export function labFactsOf(config: LabConfig, layout: Layout, hosts: Hosts): LabFacts {
  const { scenario, profile, calendar, networks, topology, origin } = config;
  const { doh } = origin;
  const asns: Record<string, number> = {};
  const facts: Record<string, HostFacts> = {};
  for (const [name, { ipv4, ipv6, resolver }] of Object.entries(hosts)) {
    const network = networkOf(name);
    const own = network === undefined ? undefined : networks[network];
    if (own !== undefined) for (const address of [ipv4, ipv6]) asns[address] = own.asn;
    facts[name] = { network: own, resolver: (hosts[resolver] as HostAddresses).ipv4 };
  }
  const { ipv4, ipv6 } = hosts.server;
  return {
    scenario,
    profile,
    calendar,
    run: randomBytes(8).toString('hex'),
    builtAt: Date.now(),
    hosts: facts,
    asns,
    publicResolver: { 4: ipv4, 6: ipv6 },
    publicNetworks: publicNetworksOf(hosts),
    doh: doh && `https://${doh}/dns-query`,
  };

  function networkOf(host: string): string | undefined {
    if (host === 'inside') return topology.inside;
    return layout.accesses.find(({ client, isp }) => host === client || host === isp)?.network;
  }
}

/** What plays the Internet: the lab's own networks, and hosts that a scenario gives documentation addresses. */
export function publicNetworksOf(hosts: Hosts): string[] {
  const given = Object.values(hosts).flatMap(({ ipv4 }) => (DOCUMENTATION.test(ipv4) ? ipv4 : []));
  return [...LAB_NETWORKS, ...given.map((address) => `${address}/32`)];
}

/** RFC 5737. */
const DOCUMENTATION = /^(192\.0\.2|198\.51\.100|203\.0\.113)\./;
