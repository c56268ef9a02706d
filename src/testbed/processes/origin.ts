import { type Calendar, dateAt } from '../../base/calendar.ts';
import { inNetworkNamespace } from '../../dataplane/ffi/libc.ts';
import { peerName } from '../../dataplane/ffi/tcp-socket.ts';
import { CertificateMint, type KeyAndCertificate } from '../../origin/authority.ts';
import { ConnectionLog, type ConnectionRecord } from '../../origin/connection-log.ts';
import { Cookies } from '../../origin/dns/cookies.ts';
import type { Knowledge } from '../../origin/dns/knowledge.ts';
import { respond } from '../../origin/dns/respond.ts';
import type { Respond } from '../../origin/dns-over-https.ts';
import { startResolver } from '../../origin/resolver.ts';
import { startWebServer } from '../../origin/web-server.ts';
import type { Within } from '../../origin/within.ts';
import type { OutsideHost, Scenario } from '../../scenario/schema.ts';
import { serve } from '../rpc.ts';

/** What the servers of a lab serve. */
export interface OriginConfig {
  readonly hosts: readonly HostConfig[];
  /** Directory of the lab's certificate authority. */
  readonly authority: string;
  readonly log: string;
  /** The scenario's, beside the machine's clock. */
  readonly calendar: Calendar;
}

export interface HostConfig {
  readonly host: string;
  /** Path of its network namespace. */
  readonly namespace: string;
  readonly web: WebConfig | undefined;
  /** Whether its web server answers questions of DNS as its resolver does. */
  readonly doh?: boolean;
  readonly resolver: (Knowledge & { readonly addresses: readonly string[] }) | undefined;
}

/** What a web server serves; without ports of its own, the scenario's. */
export type WebConfig = Pick<Scenario['origin'], 'http_ports' | 'tls_ports'> &
  Pick<OutsideHost, 'redirect'> & { readonly certificate?: KeyAndCertificate | undefined };

/*
 * The servers of all hosts in one process: a socket belongs to the namespace in which it was opened, whoever serves it.
 * A process for each host would take a lab a quarter of a second longer to start.
 */

const logs = new Map<string, ConnectionLog>();

serve({
  start: async ({ hosts, authority, log, calendar }: OriginConfig): Promise<void> => {
    const mint = new CertificateMint(authority);
    const now = (): number => dateAt(calendar, Date.now());
    const newLog = (host: string): ConnectionLog => new ConnectionLog(host, log, now);
    await Promise.all(hosts.map((host) => startHost(host, mint, newLog(host.host), now)));
  },
  mark: ({ host }: { host: string }): number => logs.get(host)?.count ?? 0,
  connections: ({ host, since }: { host: string; since: number }): readonly ConnectionRecord[] =>
    logs.get(host)?.since(since) ?? [],
  stop: () => {
    for (const log of logs.values()) log.finish();
  },
});

async function startHost(
  config: HostConfig,
  mint: CertificateMint,
  log: ConnectionLog,
  now: () => number,
): Promise<void> {
  const { host, web, resolver, namespace, doh } = config;
  const dns = doh && resolver ? overHttps(resolver, now) : undefined;
  const within: Within = (action) => inNetworkNamespace(namespace, action);
  logs.set(host, log);
  await Promise.all([
    web &&
      startWebServer({
        httpPorts: web.http_ports,
        tlsPorts: web.tls_ports,
        mint,
        certificate: web.certificate,
        dns,
        redirect: web.redirect,
        log,
        defaultName: host,
        within,
        peerOf: peerName,
      }),
    resolver && startResolver({ ...resolver, within, now }),
  ]);
}

function overHttps(knowledge: Knowledge, now: () => number): Respond {
  const cookies = new Cookies();
  return (query, client) => respond(query, { over: 'tcp', client, now: now() }, knowledge, cookies);
}

// The agent holds the other end of the channel: without it nobody is left to serve.
process.on('disconnect', () => process.exit(0));
