import { formatEndpoint } from '../base/address.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { LabEvent } from './lab.ts';
import type { Seen } from './rows.ts';

/** Whose connections count. */
export interface Scope {
  /** Only those of this client's end, as address:port; by default all. */
  readonly client: string | undefined;
  /** And this other end's: one port of a client may be that of several connections, to different ends. */
  readonly server?: string | undefined;
  /** None of those to these ends of servers. */
  readonly exceptServers: readonly string[];
}

/** RSTs that boxes injected, by their own account. */
export function resetsIn(
  events: readonly LabEvent[],
  { client, server, exceptServers }: Scope,
): Seen['resets'] {
  const injected = events.flatMap((event) => {
    if (event.event !== 'decision' || exceptServers.includes(event.flow.server)) return [];
    const isOwn = client === undefined || event.flow.client === client;
    return isOwn && (server === undefined || event.flow.server === server) ? event.injected : [];
  });
  const towards = (end: 'client' | 'server'): number =>
    injected.filter(
      (packet) => packet.to === end && 'flags' in packet && packet.flags.startsWith('R'),
    ).length;
  return { client: towards('client'), server: towards('server') };
}

/** Where a scenario's Tor network listens, on a host of this address. */
export function torEnds({ tor }: Pick<Scenario, 'tor'>, address: string): string[] {
  if (tor === undefined) return [];
  const ports = [...tor.relay_ports, ...tor.directory_ports, tor.plain_port, tor.obfs4_port];
  return ports.map((port) => formatEndpoint(address, port));
}
