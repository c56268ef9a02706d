import { ConnectionLog, type ConnectionRecord } from '../../origin/connection-log.ts';
import type { Zone } from '../../origin/resolver.ts';
import type { ProbeRequest } from '../../probe/observation.ts';
import { probe } from '../../probe/probe.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { serve } from '../rpc.ts';

/** What a host of the lab serves. */
export interface HostConfig {
  readonly host: string;
  readonly web: Scenario['origin'] | undefined;
  readonly resolver:
    | { readonly addresses: readonly string[]; readonly zones: readonly Zone[] }
    | undefined;
  /** Directory of the lab's certificate authority. */
  readonly authority: string;
  readonly originLog: string;
}

let log: ConnectionLog | undefined;

serve({
  start: async ({ host, web, resolver, authority, originLog }: HostConfig): Promise<void> => {
    log = new ConnectionLog(host, originLog);
    await Promise.all([
      web && startWeb({ host, web, authority, log }),
      resolver && startResolver(resolver),
    ]);
  },
  probe: (request: ProbeRequest) => probe(request),
  mark: (): number => log?.count ?? 0,
  connections: ({ since }: { since: number }): readonly ConnectionRecord[] =>
    log?.since(since) ?? [],
});

async function startWeb(options: {
  readonly host: string;
  readonly web: Scenario['origin'];
  readonly authority: string;
  readonly log: ConnectionLog;
}): Promise<void> {
  const [{ CertificateMint }, { startWebServer }] = await Promise.all([
    import('../../origin/authority.ts'),
    import('../../origin/web-server.ts'),
  ]);
  await startWebServer({
    httpPorts: options.web.http_ports,
    tlsPorts: options.web.tls_ports,
    mint: new CertificateMint(options.authority),
    log: options.log,
    defaultName: options.host,
  });
}

async function startResolver(options: NonNullable<HostConfig['resolver']>): Promise<void> {
  const resolver = await import('../../origin/resolver.ts');
  await resolver.startResolver(options);
}

// The agent holds the other end of the channel: without it nobody is left to serve.
process.on('disconnect', () => process.exit(0));
