import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBridge } from '../../../netns/bridge.ts';
import { buildNamespaces, enterArguments, type Holders } from '../../../netns/namespaces.ts';
import { ChokepointError, messageOf } from '../../base/errors.ts';
import { AUTHORITY_NAME_HASH, makeAuthority } from '../../origin/authority.ts';
import type { ConnectionRecord } from '../../origin/connection-log.ts';
import type { Observation, ProbeRequest } from '../../probe/observation.ts';
import type { HostName } from '../../scenario/schema.ts';
import {
  AUTHORITY,
  CAPTURE_FILE,
  CERTIFICATES,
  EVENTS_FILE,
  LAB_DIRECTORY,
  type LabConfig,
  LOGS,
  ORIGIN_FILE,
} from '../lab-config.ts';
import { type MiddleboxCounters, MiddleboxSupervisor } from '../middlebox-supervisor.ts';
import { forget } from '../registry.ts';
import { Rpc, serve } from '../rpc.ts';
import { moduleCommand, siblingModule } from '../spawn.ts';
import { HOSTS, MIDDLEBOX, planNetwork } from '../topology.ts';
import type { HostConfig } from './host.ts';
import type { MiddleboxConfig } from './middlebox.ts';

/* The lab's own process, first of the sandbox after its init: builds the lab, keeps it running, passes calls on. */

const hosts = new Map<HostName, Promise<Rpc>>();
let holders: Holders = new Map();
let supervisor: MiddleboxSupervisor | undefined;
let eventsPath = '';
/** Length of the event log when this lab began: an earlier lab may have written to it. */
let eventsBefore = 0;
let stateFile: string | undefined;

serve({
  build,
  probe: async ({ from, request }: { from: HostName; request: ProbeRequest }) =>
    (await hostProcess(from)).call<Observation>('probe', request),
  mark: async ({ host }: { host: HostName }) => ({
    connections: await (await hostProcess(host)).call<number>('mark'),
    eventBytes: statSync(eventsPath).size,
  }),
  connections: async ({ host, since }: { host: HostName; since: number }) =>
    (await hostProcess(host)).call<ConnectionRecord[]>('connections', { since }),
  events: ({ sinceBytes }: { sinceBytes: number }) =>
    readFileSync(eventsPath).subarray(Math.max(sinceBytes, eventsBefore)).toString('utf8'),
  counters: async (): Promise<MiddleboxCounters> => ({
    ...(await supervisor?.counters()),
    restarts: supervisor?.restarts ?? 0,
  }),
  pids: () => ({ middlebox: supervisor?.pid }),
  stop: async () => {
    await supervisor?.stop();
  },
});

// The owner is gone, however it went: this process ends, its init with it, and the kernel ends everything else.
process.on('disconnect', () => {
  if (stateFile !== undefined) forget(stateFile);
  process.exit(0);
});

/** Resolves when every host answers, with the process that holds each host's namespaces. */
async function build(config: LabConfig): Promise<Record<string, number>> {
  ({ stateFile } = config);
  const out = config.out ?? LOGS;
  for (const directory of [CERTIFICATES, AUTHORITY, LOGS])
    mkdirSync(directory, { recursive: true });
  eventsPath = join(out, EVENTS_FILE);
  openEvents(eventsPath);
  eventsBefore = statSync(eventsPath).size;
  const authority = makeAuthority(AUTHORITY).then(installAuthority);
  [holders] = await Promise.all([buildNamespaces(planNetwork(filesOf)), authority]);
  for (const [name, holder] of holders) holder.once('exit', () => fail(`host ${name} was ended`));
  await Promise.all([
    closeWire(config, out),
    ...hostConfigs(config, out).map((host) => startHost(host.host as HostName, host)),
  ]);
  return Object.fromEntries([...holders].map(([name, { pid }]) => [name, pid as number]));
}

function openEvents(path: string): void {
  try {
    writeFileSync(path, '', { flag: 'a' });
  } catch (error) {
    throw new ChokepointError('OUTPUT_FAILED', `${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
      hint: 'name a folder you can write to with --out',
    });
  }
}

/** Ends the lab: the owner reads why on stderr. */
function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

function enterHost(name: string): string[] {
  return ['nsenter', ...enterArguments(holders.get(name)?.pid as number)];
}

function installAuthority(): void {
  const certificate = readFileSync(join(AUTHORITY, 'ca.pem'));
  for (const name of ['ca-certificates.crt', `${AUTHORITY_NAME_HASH}.0`]) {
    writeFileSync(join(CERTIFICATES, name), certificate);
  }
}

/** What a host sees in place of the machine's own files. */
function filesOf(host: HostName): { over: string; with: string }[] {
  const directory = join(LAB_DIRECTORY, 'hosts', host);
  mkdirSync(directory, { recursive: true });
  const { ipv4, ipv6 } = HOSTS[HOSTS[host].resolver];
  writeFileSync(join(directory, 'resolv.conf'), `nameserver ${ipv4}\nnameserver ${ipv6}\n`);
  writeFileSync(join(directory, 'hosts'), hostsFile());
  return [
    { over: '/etc/resolv.conf', with: join(directory, 'resolv.conf') },
    { over: '/etc/hosts', with: join(directory, 'hosts') },
    { over: '/etc/ssl/certs', with: CERTIFICATES },
  ];
}

function hostsFile(): string {
  const lines = Object.entries(HOSTS).flatMap(([name, { ipv4, ipv6 }]) => [
    `${ipv4} ${name}`,
    `${ipv6} ${name}`,
  ]);
  return `${['127.0.0.1 localhost', '::1 localhost', ...lines].join('\n')}\n`;
}

/** Joins the two ends of the wire in the way that was asked for. */
async function closeWire(config: LabConfig, out: string): Promise<void> {
  if (config.wire === 'middlebox') await startMiddlebox(config, out);
  if (config.wire === 'bridge') await buildBridge(MIDDLEBOX);
}

async function startMiddlebox(config: LabConfig, out: string): Promise<void> {
  const middlebox: MiddleboxConfig = {
    rules: config.rules,
    profile: config.profile,
    model: config.model,
    left: 'left',
    right: 'right',
    leftDelayMs: config.nearRttMs / 2,
    rightDelayMs: config.farRttMs / 2,
    capture: config.capture ? join(out, CAPTURE_FILE) : undefined,
    events: eventsPath,
  };
  const program = moduleCommand(siblingModule(import.meta.url, './middlebox'));
  const command = [...enterHost(MIDDLEBOX), ...program];
  supervisor = new MiddleboxSupervisor(command, middlebox, (error) => fail(error.message));
  await supervisor.start();
}

function hostConfigs({ origin }: LabConfig, out: string): HostConfig[] {
  const { ipv4, ipv6 } = HOSTS.server;
  const zones = origin.names.map((name) => ({ name, ipv4, ipv6 }));
  const originLog = join(out, ORIGIN_FILE);
  const resolver = (host: HostName): HostConfig['resolver'] => ({
    addresses: [HOSTS[host].ipv4, HOSTS[host].ipv6],
    zones,
  });
  const common = { authority: AUTHORITY, originLog };
  return [
    { ...common, host: 'server', web: origin, resolver: resolver('server') },
    { ...common, host: 'inside', web: origin, resolver: undefined },
    { ...common, host: 'isp', web: undefined, resolver: resolver('isp') },
  ];
}

async function startHost(host: HostName, config: HostConfig): Promise<void> {
  const process = await hostProcess(host);
  await process.call('start', config);
  // What it served is gone with it: a lab without its servers would measure something else.
  process.onceClosed(() => fail(`the servers of ${host} were ended`));
}

/** The process that probes and serves for a host; started when first needed. */
function hostProcess(host: HostName): Promise<Rpc> {
  const known = hosts.get(host);
  if (known !== undefined) return known;
  const started = spawnHost(host);
  hosts.set(host, started);
  return started;
}

async function spawnHost(host: HostName): Promise<Rpc> {
  const program = moduleCommand(siblingModule(import.meta.url, './host'));
  const [nsenter, ...args] = [...enterHost(host), ...program];
  const child: ChildProcess = spawn(nsenter as string, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt' },
  });
  const rpc = new Rpc(child, `the process of host ${host}`);
  child.once('exit', () => hosts.delete(host));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(new ChokepointError('LAB_FAILED', `nsenter: ${error.message}`)),
    );
  });
  return rpc;
}
