import { plainLine } from '../base/name.ts';

/** Where a private Tor network is, and on which ports. */
export interface TorPlan {
  /** IPv4, of the one host that all of it is on. */
  readonly address: string;
  readonly relayPorts: readonly number[];
  readonly directoryPorts: readonly number[];
  readonly plainPort: number;
  readonly obfs4Port: number;
  /** Path of the program; without it there is no obfs4 bridge. */
  readonly obfs4proxy: string | undefined;
}

/** By which an authority is known; both are known only once it has its keys. */
export interface AuthorityKeys {
  /** SHA-1 of its v3 identity key. */
  readonly v3ident: string;
  /** SHA-1 of its identity as a relay. */
  readonly fingerprint: string;
}

/** One process of the network. */
export interface TorDaemon {
  readonly name: string;
  readonly torrc: string;
}

/** An authority's name, its OR port and its directory port. */
export function authoritiesOf({ relayPorts, directoryPorts }: TorPlan) {
  return relayPorts.map((orPort, i) => ({
    name: `auth${i + 1}`,
    orPort,
    directoryPort: directoryPorts[i] as number,
  }));
}

/** What every process of the network, clients too, must know of its authorities. */
export function directoryLines(plan: TorPlan, keys: readonly AuthorityKeys[]): string {
  const authorities = authoritiesOf(plan).map(({ name, orPort, directoryPort }, i) => {
    const { v3ident, fingerprint } = keys[i] as AuthorityKeys;
    return `DirAuthority ${name} orport=${orPort} no-v2 v3ident=${v3ident} ${plan.address}:${directoryPort} ${fingerprint}`;
  });
  return lines(['TestingTorNetwork 1', ...authorities]);
}

/** The three that vote on who is in the network; they are its relays and its exits too. */
export function authorityDaemons(plan: TorPlan, directory: string): TorDaemon[] {
  return authoritiesOf(plan).map(({ name, orPort, directoryPort }) => ({
    name,
    torrc:
      directory +
      serverLines(plan, name, `${plan.address}:${orPort}`) +
      lines([
        `DirPort ${plan.address}:${directoryPort}`,
        'AuthoritativeDirectory 1',
        'V3AuthoritativeDirectory 1',
        ...VOTING,
        ...EXIT,
      ]),
  }));
}

/** One that speaks TLS as every relay does, and one that speaks nothing but obfs4. */
export function bridgeDaemons(plan: TorPlan, directory: string): TorDaemon[] {
  const { address, plainPort, obfs4Port, obfs4proxy } = plan;
  const bridge = (name: string, orPort: string, more: readonly string[]): TorDaemon => ({
    name,
    torrc: directory + serverLines(plan, name, orPort) + lines([...BRIDGE, ...more]),
  });
  const plain = bridge('plain', `${address}:${plainPort}`, []);
  if (obfs4proxy === undefined) return [plain];
  const obfs4 = bridge('obfs4', '127.0.0.1:auto', [
    `ServerTransportPlugin obfs4 exec ${obfs4proxy}`,
    `ServerTransportListenAddr obfs4 ${address}:${obfs4Port}`,
    'ExtORPort auto',
  ]);
  return [plain, obfs4];
}

/** How many relays of a consensus let traffic out (dir-spec 3.4.1). */
export function exitsIn(consensus: string): number {
  return consensus.match(/^s .*\bExit\b.*\bRunning\b/gm)?.length ?? 0;
}

/** A client that is told of one bridge, and asks relays themselves without one. */
export function clientTorrcOf(directory: string, bridge: string | undefined, more: string): string {
  const own = ['SocksPort 127.0.0.1:auto', 'ClientUseIPv6 0', 'Log [control]info notice stdout'];
  const by = bridge === undefined ? [] : ['UseBridges 1', `Bridge ${bridge}`];
  return directory + lines([...own, ...by]) + more;
}

/** What a client says to use a bridge with this fingerprint. */
export function plainBridge({ address, plainPort }: TorPlan, fingerprint: string): string {
  return `${address}:${plainPort} ${fingerprint}`;
}

/** The same for obfs4, by the line that obfs4proxy leaves in its folder; without its keys nobody gets an answer. */
export function obfs4Bridge(
  { address, obfs4Port }: TorPlan,
  fingerprint: string,
  bridgeLine: string,
): string | undefined {
  const keys = /\bcert=\S+ iat-mode=\d\b/.exec(bridgeLine)?.[0];
  return keys && `obfs4 ${address}:${obfs4Port} ${fingerprint} ${keys}`;
}

function serverLines({ address }: TorPlan, name: string, orPort: string): string {
  return lines([
    `Nickname ${name}`,
    `Address ${address}`,
    'AddressDisableIPv6 1',
    `ORPort ${orPort} IPv4Only`,
    'AssumeReachable 1',
    'ContactInfo nobody@example.org',
    'SocksPort 0',
    'ShutdownWaitLength 0',
    'Log notice stdout',
  ]);
}

function lines(options: readonly string[]): string {
  return `${options.map((option) => plainLine(option, 'torrc')).join('\n')}\n`;
}

/** As often as Tor allows: every 5 s until there is a first consensus, then every 10 s. */
const VOTING: readonly string[] = [
  'TestingV3AuthInitialVotingInterval 5',
  'TestingV3AuthInitialVoteDelay 2',
  'TestingV3AuthInitialDistDelay 2',
  'TestingV3AuthVotingStartOffset 0',
  'V3AuthVotingInterval 10',
  'V3AuthVoteDelay 2',
  'V3AuthDistDelay 2',
  'TestingDirAuthVoteExit *',
  'TestingDirAuthVoteGuard *',
  'TestingDirAuthVoteHSDir *',
  'TestingMinExitFlagThreshold 0',
];
/** The lab's addresses belong to nobody, which is private to Tor; its resolver knows no names of the internet. */
const EXIT: readonly string[] = [
  'ExitRelay 1',
  'ExitPolicy accept *:*',
  'ExitPolicyRejectPrivate 0',
  'ServerDNSDetectHijacking 0',
  // A relay that needs two others for a circuit of its own would look for them every second.
  '__DisablePredictedCircuits 1',
  'ConfluxEnabled 0',
];
const BRIDGE: readonly string[] = ['BridgeRelay 1', 'PublishServerDescriptor 0', 'ExitRelay 0'];
