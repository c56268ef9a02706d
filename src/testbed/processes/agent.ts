import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildBridge } from '../../../netns/bridge.ts';
import { buildNamespaces, enterArguments, type Holders } from '../../../netns/namespaces.ts';
import { ChokepointError } from '../../base/errors.ts';
import { pathBelow } from '../../base/name.ts';
import { writing } from '../../base/writing.ts';
import { appendOwn, readOwn } from '../../files/own-file.ts';
import {
  AUTHORITY_NAME_HASH,
  CertificateMint,
  type KeyAndCertificate,
  makeAuthority,
} from '../../origin/authority.ts';
import { makeChain } from '../../origin/chain.ts';
import type { ConnectionRecord } from '../../origin/connection-log.ts';
import type { Zone } from '../../origin/dns/knowledge.ts';
import { CHROMIUM_POLICY, CHROMIUM_SETTINGS, chromiumPolicy } from '../../probe/chromium-policy.ts';
import { LAB_FACTS } from '../../probe/lab-facts.ts';
import type { Located } from '../../probe/locate/locate.ts';
import type { LocateRequest } from '../../probe/locate/request.ts';
import type { Observation, ProbeRequest } from '../../probe/observation.ts';
import { type Layout, layoutOf } from '../../scenario/layout.ts';
import type { ResolverSpec } from '../../scenario/resolver-schema.ts';
import type { OutsideHost, Scenario, TorSpec } from '../../scenario/schema.ts';
import { whenEnded } from '../child-end.ts';
import { startControlSocket } from '../control-socket.ts';
import { hostsFile, resolverFile } from '../host-files.ts';
import { domainsOf } from '../host-of-name.ts';
import {
  AUTHORITY,
  CAPTURE_FILE,
  CERTIFICATES,
  CHROMIUM_FILES,
  CLIENTS_FILE,
  EVENTS_FILE,
  LAB_DIRECTORY,
  type LabConfig,
  LOGS,
  ORIGIN_FILE,
  PROGRAMS,
} from '../lab-config.ts';
import { labFactsOf } from '../lab-facts.ts';
import { type MiddleboxCounters, MiddleboxSupervisor } from '../middlebox-supervisor.ts';
import { departuresOf } from '../resolver-knowledge.ts';
import { RewriterProcess } from '../rewriter-process.ts';
import { limitOf } from '../row-limit.ts';
import { Rpc, reportProgress, serve } from '../rpc.ts';
import { missingSoftware, SOFTWARE, startSoftware } from '../software-servers.ts';
import { programCommand } from '../spawn.ts';
import { fullness, type ToolFiles, ToolFolders } from '../tool-folder.ts';
import {
  addressesOf,
  type Hosts,
  MIDDLEBOX,
  planNetwork,
  REWRITER,
  rewriterEnds,
} from '../topology.ts';
import { startTorNetwork } from '../tor-network.ts';
import type { MiddleboxConfig } from './middlebox.ts';
import type { HostConfig, OriginConfig, WebConfig } from './origin.ts';
import type { RewriterConfig, RewriterOrder } from './rewriter.ts';

/* The lab's own process, first of the sandbox after its init: builds the lab, keeps it running, passes calls on. */

/** Processes that probe from a host; started when first needed. */
const vantages = new Map<string, Rpc>();
let origin: Rpc | undefined;
let holders: Holders = new Map();
let supervisor: MiddleboxSupervisor | undefined;
let rewriter: RewriterProcess | undefined;
let eventsPath = '';
/** Length of the event log when this lab began: an earlier lab may have written to it. */
let eventsBefore = 0;
/** Opened before any tool runs. */
let toolFolders: ToolFolders;

serve({
  build,
  probe,
  locate: ({ from, request }: { from: string; request: LocateRequest }) =>
    vantage(from).call<Located>('locate', request),
  mark: async ({ host }: { host: string }) => ({
    connections: await origin?.call<number>('mark', { host }),
    eventBytes: wholeEvents().length,
  }),
  connections: (params: { host: string; since: number }) =>
    origin?.call<ConnectionRecord[]>('connections', params),
  events: ({ sinceBytes }: { sinceBytes: number }) =>
    wholeEvents().subarray(Math.max(sinceBytes, eventsBefore)).toString('utf8'),
  counters: async (): Promise<MiddleboxCounters> => ({
    ...(await supervisor?.counters()),
    restarts: supervisor?.restarts ?? 0,
  }),
  pids: () => ({ middlebox: supervisor?.pid }),
  rewrite: (order: RewriterOrder) => {
    if (rewriter !== undefined) return rewriter.order(order);
    throw new ChokepointError('USAGE', 'this lab was not opened to rewrite packets');
  },
  makeToolFolder: ({ id }: { id: string }) => toolFolders.make(id),
  writeToolFiles: ({ folder, files }: { folder: string; files: ToolFiles }) =>
    toolFolders.write(folder, files),
  removeToolFolder: ({ folder }: { folder: string }) => toolFolders.remove(folder),
  fullness,
  stop: async () => {
    await Promise.all([
      supervisor?.stop(),
      rewriter?.stop(),
      origin?.call('stop').catch(() => undefined),
    ]);
  },
});

// The owner is gone, however it went: this process ends, its init with it, and the kernel ends everything else. The guard gets
// time to clear up after the owner: what it runs to do so, runs in this lab's pid namespace.
process.on('disconnect', () => setTimeout(() => process.exit(0), TIME_FOR_GUARD));

/** A probe whose process ends, or does not answer, is no end of the lab: others go on. */
async function probe({
  from,
  request,
}: {
  from: string;
  request: ProbeRequest;
}): Promise<Observation> {
  try {
    return await vantage(from).call<Observation>('probe', request, limitOf(request));
  } catch (error) {
    if (!(error instanceof ChokepointError) || error.code !== 'LAB_DIED') throw error;
    return {
      failure: `unknown_failure: ${error.message}`,
      says: error.message,
      broken: error.message,
    };
  }
}

/** Resolves when every host answers, with the process that holds each host's namespaces. */
async function build(config: LabConfig): Promise<Record<string, number>> {
  const out = config.out ?? LOGS;
  toolFolders = new ToolFolders();
  for (const directory of [CERTIFICATES, AUTHORITY, LOGS, PROGRAMS, dirname(POLICY_FILE)])
    mkdirSync(directory, { recursive: true });
  writeFileSync(join(PROGRAMS, 'chokepoint'), ownProgram(), { mode: 0o755 });
  eventsPath = join(out, EVENTS_FILE);
  openEvents(eventsPath);
  eventsBefore = statSync(eventsPath).size;
  // Both load while the namespaces are being built, and open their sockets there afterwards.
  // A lab without its servers would measure something else.
  origin = spawnNode(programCommand(import.meta.url, './origin'), 'the servers', {}, fail);
  if (config.wire === 'middlebox') {
    const program = programCommand(import.meta.url, './middlebox');
    supervisor = new MiddleboxSupervisor(program, (error) => fail(error.message));
  }
  if (config.rewrites) {
    const program = programCommand(import.meta.url, './rewriter');
    rewriter = new RewriterProcess(program, (how) => fail(`what rewrites packets ended (${how})`));
  }
  const authority = makeAuthority(AUTHORITY).then(installAuthority);
  // A key of RSA takes longer than all else: it is looked for while the namespaces are built.
  const chains = authority.then(() => makeChains(config.hosts));
  const layout = layoutOf(config);
  const hosts = addressesOf(layout);
  const plan = planNetwork(layout, (host) => filesOf(host, hosts), config.rewrites);
  const [held, certificates] = await Promise.all([buildNamespaces(plan), chains]);
  holders = held;
  for (const [name, holder] of holders)
    whenEnded(holder, (how) => fail(`host ${name} was ended (${how})`));
  writeFileSync(LAB_FACTS, JSON.stringify(labFactsOf(config, layout, hosts)));
  await Promise.all([
    startControlSocket((request) => vantage('control').call('control', request)),
    supervisor?.start(middleboxConfig(config, layout, out)),
    rewriter?.start(rewriterConfig(config, layout, hosts, out)),
    config.wire === 'bridge' && buildBridge(MIDDLEBOX),
    origin.call('start', originConfig(config, layout, hosts, out, certificates)),
    ...softwareServers(config),
  ]);
  if (config.tor !== undefined) await startTor(config.tor, hosts);
  return Object.fromEntries([...holders].map(([name, { pid }]) => [name, pid as number]));
}

/** For each host that has one certificate alone. */
async function makeChains(hosts: LabConfig['hosts'] = {}): Promise<Certificates> {
  const made = Object.entries(hosts).map(async ([host, { certificate }]) => {
    const chain = certificate && (await makeChain(AUTHORITY, `host-${host}`, certificate));
    return [host, chain] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

type Certificates = Readonly<Record<string, KeyAndCertificate | undefined>>;

/** Of hosts that the lab's own web server does not serve; what is not installed is left out, and whoever probes it is told. */
function softwareServers({ hosts = {}, origin: web }: LabConfig): Promise<void>[] {
  const mint = new CertificateMint(AUTHORITY);
  return Object.entries(hosts).flatMap(([host, spec]) => {
    if (spec.software === undefined || missingSoftware(spec) !== undefined) return [];
    const holder = holders.get(host)?.pid as number;
    return startSoftware({
      host,
      software: SOFTWARE[spec.software],
      spec,
      origin: web,
      mint,
      folder: pathBelow(LAB_DIRECTORY, 'software', host),
      enter: ['nsenter', ...enterArguments(holder)],
      onDeath: fail,
    });
  });
}

async function startTor(spec: TorSpec, hosts: Hosts): Promise<void> {
  const holder = holders.get('server')?.pid as number;
  await startTorNetwork({
    spec,
    address: hosts.server.ipv4,
    enter: ['nsenter', ...enterArguments(holder)],
    onProgress: reportProgress,
    onDeath: fail,
  });
}

/** `chokepoint` for whoever is in the lab, wherever it was installed. */
function ownProgram(): string {
  const command = programCommand(import.meta.url, '../../cli/main');
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`;
}

/** The event log without an event that is being written. */
function wholeEvents(): Buffer {
  const log = readOwn(eventsPath);
  return log.subarray(0, log.lastIndexOf('\n') + 1);
}

function openEvents(path: string): void {
  writing(path, () => appendOwn(path, ''));
}

/** Ends the lab: the owner reads why on stderr. */
function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

function installAuthority(): void {
  const certificate = readFileSync(join(AUTHORITY, 'ca.pem'));
  for (const name of ['ca-certificates.crt', `${AUTHORITY_NAME_HASH}.0`]) {
    writeFileSync(join(CERTIFICATES, name), certificate);
  }
  writeFileSync(POLICY_FILE, chromiumPolicy(certificate.toString('latin1')));
}

/** What a host sees in place of the machine's own files. */
function filesOf(host: string, hosts: Hosts): { over: string; with: string }[] {
  const directory = pathBelow(LAB_DIRECTORY, 'hosts', host);
  mkdirSync(directory, { recursive: true });
  const resolver = hosts[host]?.resolver ?? '';
  writeFileSync(join(directory, 'resolv.conf'), resolverFile(hosts[resolver] as Hosts[string]));
  writeFileSync(join(directory, 'hosts'), hostsFile(hosts));
  return [
    { over: '/etc/resolv.conf', with: join(directory, 'resolv.conf') },
    { over: '/etc/hosts', with: join(directory, 'hosts') },
    { over: '/etc/ssl/certs', with: CERTIFICATES },
    ...(existsSync(CHROMIUM_SETTINGS) ? [{ over: CHROMIUM_SETTINGS, with: CHROMIUM_FILES }] : []),
  ];
}

function middleboxConfig(config: LabConfig, { boxes }: Layout, out: string): MiddleboxConfig {
  const { rules, profile, model, seed, calendar } = config;
  return {
    rules,
    profile,
    model,
    seed,
    calendar,
    namespace: `/run/netns/${MIDDLEBOX}`,
    boxes,
    capture: config.capture ? join(out, CAPTURE_FILE) : undefined,
    events: eventsPath,
  };
}

function rewriterConfig(
  { calendar, capture }: LabConfig,
  { accesses }: Layout,
  hosts: Hosts,
  out: string,
): RewriterConfig {
  const places = accesses.map(({ client }, i) => {
    const { ipv4, ipv6 } = hosts[client] as Hosts[string];
    return { host: client, addresses: [ipv4, ipv6], ...rewriterEnds(client, i) };
  });
  return {
    namespace: `/run/netns/${REWRITER}`,
    places,
    calendar,
    capture: capture ? join(out, CLIENTS_FILE) : undefined,
  };
}

function originConfig(
  config: LabConfig,
  { accesses, hasInside }: Layout,
  hosts: Hosts,
  out: string,
  certificates: Certificates,
): OriginConfig {
  const { origin: web, hosts: outside = {}, resolvers = {}, calendar } = config;
  // A resolver that the scenario gives an address has that one alone.
  const given = accesses.filter((one) => one.resolverAddress !== undefined).map(({ isp }) => isp);
  const zones = domainsOf(config).map(({ name, host }): Zone => {
    const { ipv4, ipv6 } = hosts[host] as Hosts[string];
    return { name, ipv4, ipv6: given.includes(host) ? undefined : ipv6 };
  });
  const host = (name: string, serves: Partial<HostConfig>): HostConfig => ({
    host: name,
    namespace: pathBelow('/run/netns', name),
    web: undefined,
    resolver: undefined,
    ...serves,
  });
  const resolver = (name: string, spec?: ResolverSpec): HostConfig['resolver'] => {
    const { ipv4, ipv6 } = hosts[name] as Hosts[string];
    return { addresses: [ipv4, ipv6], zones, ...departuresOf(spec) };
  };
  return {
    hosts: [
      host('server', { web, resolver: resolver('server'), doh: web.doh !== undefined }),
      ...(hasInside ? [host('inside', { web })] : []),
      ...Object.entries(outside).map(([name, own]) =>
        host(name, {
          web: own.software === undefined ? webOf(web, own, certificates[name]) : undefined,
        }),
      ),
      ...accesses.map(({ isp, network }) =>
        host(isp, { resolver: resolver(isp, resolvers[network]) }),
      ),
    ],
    authority: AUTHORITY,
    log: join(out, ORIGIN_FILE),
    calendar,
  };
}

/** With the scenario's ports where it has none of its own. */
function webOf(
  web: Scenario['origin'],
  own: OutsideHost,
  certificate: KeyAndCertificate | undefined,
): WebConfig {
  const { http_ports = web.http_ports, tls_ports = web.tls_ports, redirect } = own;
  return { http_ports, tls_ports, certificate, redirect };
}

/** The process that probes from a host. */
function vantage(host: string): Rpc {
  const known = vantages.get(host);
  if (known !== undefined) return known;
  const program = programCommand(import.meta.url, './vantage');
  const holder = holders.get(host)?.pid as number;
  const command = ['nsenter', ...enterArguments(holder), ...program];
  const started = spawnNode(command, `the probes of host ${host}`, {
    NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
    CHOKEPOINT_HOST: host,
    // A lookup that never ends keeps a thread (see `lookUp`); others need theirs.
    UV_THREADPOOL_SIZE: '64',
  });
  started.onceClosed(() => vantages.delete(host));
  vantages.set(host, started);
  return started;
}

function spawnNode(
  command: readonly string[],
  name: string,
  environment: NodeJS.ProcessEnv = {},
  onEnd: (how: string) => void = () => undefined,
): Rpc {
  const [program, ...args] = command;
  const child = spawn(program as string, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...environment },
  });
  child.once('error', (error) => fail(`${name}: ${error.message}`));
  const rpc = new Rpc(child, name);
  whenEnded(child, (how) =>
    onEnd(rpc.isSilent ? `${name} did not answer` : `${name} ended (${how})`),
  );
  return rpc;
}

/** In ms. The guard needs a third of a second, and seconds on a busy machine; its own end is the lab's. */
const TIME_FOR_GUARD = 8000;
const POLICY_FILE = join(CHROMIUM_FILES, CHROMIUM_POLICY);
