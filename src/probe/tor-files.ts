/** How a Tor client reaches its network. */
export const BRIDGES = ['none', 'plain', 'obfs4'] as const;
export type Bridge = (typeof BRIDGES)[number];

/** Where a lab with a Tor network keeps what clients need; elsewhere it is not there. */
export const TOR_DIRECTORY = '/run/chokepoint/tor';

/** The configuration of a client; it is there when the network is up and has such a bridge. */
export function clientTorrc(bridge: Bridge): string {
  return `${TOR_DIRECTORY}/client-${bridge}.torrc`;
}
