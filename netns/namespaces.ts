import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ChokepointError } from '../src/base/errors.ts';
import { pathBelow, plainWord } from '../src/base/name.ts';
import { inNetworkNamespace } from '../src/dataplane/ffi/libc.ts';
import { switchOffOffloads } from '../src/dataplane/ffi/offloads.ts';
import { MOUNT_CALL, NEW_MOUNTS, UNSHARE_CALL } from './init-script.ts';
import { limitHint } from './obstacle.ts';
import type { LinkEnd, NamespacePlan, NetworkPlan } from './plan.ts';

/*
 * Each host has a network namespace, pinned where `ip netns` keeps them, and a mount namespace, held by a process that
 * does nothing else: its own resolv.conf, hosts and certificates; the rest is the machine's. A pin for the mount
 * namespace would do without the process, but Linux 6.18 refuses it now and then (EINVAL: it compares namespace ids,
 * which are handed out per processor and so do not tell which of two namespaces is the older).
 */

/** The process that holds a host's namespaces: whoever wants in asks for those of this process. */
export type Holders = ReadonlyMap<string, ChildProcess>;

/** Builds the plan inside the sandbox. All links are up, all offloads off, when it returns. */
export async function buildNamespaces(plan: NetworkPlan): Promise<Holders> {
  refuseForeignNames(plan);
  await ipBatch([...plan.namespaces.map(({ name }) => ['netns', 'add', name]), ...linkLines(plan)]);
  for (const namespace of plan.namespaces) configureKernel(namespace, endsOf(plan, namespace.name));
  const holders = await Promise.all(
    plan.namespaces.map(async (namespace): Promise<[string, ChildProcess]> => {
      const { name } = namespace;
      const [holder] = await Promise.all([
        holdNamespaces(namespace),
        ipBatch(addressLines(namespace, endsOf(plan, name)), name),
      ]);
      return [name, holder];
    }),
  );
  return new Map(holders);
}

/** Arguments for `nsenter`, run by the agent or below it, that put a command into the host held by process `pid`. */
export function enterArguments(pid: number): string[] {
  return ['--target', String(pid), '--net', '--mount', '--'];
}

/** Arguments for `nsenter`, run on the machine, that put a command where the sandbox's init `pid` is. */
export function enterSandboxArguments(pid: number, hasUserNamespace: boolean): string[] {
  const user = hasUserNamespace ? ['--user', '--preserve-credentials'] : [];
  return ['--target', String(pid), ...user, '--mount', '--pid', '--'];
}

/** Arguments for `nsenter`, run where the sandbox's init is, that put a command into the host held by process `pid`. */
export function enterHostArguments(pid: number): string[] {
  const inner = ['--user', '--preserve-credentials', '--ipc', '--uts'];
  return ['--target', String(pid), ...inner, '--net', '--mount', '--'];
}

/**
 * Runs commands of `ip`, each as its words; a word that `ip` would read as several, or as a line of its own, is refused before
 * anything runs. By Node's own means: a lab should be ready in half a second, and execa alone takes a tenth to load. It starts in
 * `namespace`, if given: `ip -n` would make a mount namespace each time.
 */
export async function ipBatch(
  commands: readonly (readonly string[])[],
  namespace?: string,
): Promise<void> {
  const lines = commands.map((words) =>
    words.map((word) => plainWord(word, `ip ${words[0]}`)).join(' '),
  );
  const start = () => promisify(execFile)('ip', ['-batch', '-'], { timeout: COMMAND_TIMEOUT });
  const running = namespace === undefined ? start() : within(namespace, start);
  running.child.stdin?.on('error', () => undefined); // ip ended early; its exit status tells
  running.child.stdin?.end(`${lines.join('\n')}\n`);
  try {
    await running;
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    const [said] = stderr.trim().split('\n');
    throw notBuilt('ip -batch', said || message, error);
  }
}

/** Names become words of `ip`, arguments of programs and paths below /run/netns and /proc/sys, whoever made the plan. */
function refuseForeignNames({ namespaces, links }: NetworkPlan): void {
  const wrong =
    namespaces.find(({ name }) => !NAMESPACE_NAME.test(name))?.name ??
    links.flat().find(({ interfaceName }) => !INTERFACE_NAME.test(interfaceName))?.interfaceName;
  if (wrong === undefined) return;
  throw new ChokepointError(
    'LAB_FAILED',
    `${JSON.stringify(wrong.slice(0, 60))} cannot name a host or an interface of a lab`,
    { hint: 'use lower-case letters, digits and dashes; an interface has 15 at most' },
  );
}

function linkLines({ links }: NetworkPlan): string[][] {
  return links.map(([a, b]) => {
    const end = ({ interfaceName, mac, namespace }: LinkEnd): string[] => [
      ...['name', interfaceName, 'address', mac, 'netns', namespace],
    ];
    return ['link', 'add', ...end(a), 'type', 'veth', 'peer', ...end(b)];
  });
}

function addressLines({ routes }: NamespacePlan, ends: readonly LinkEnd[]): string[][] {
  return [
    ['link', 'set', 'lo', 'up'],
    ...ends.flatMap((end) => {
      const dev = ['dev', end.interfaceName];
      return [
        ...end.addresses.map((address) => {
          const nodad = address.includes(':') ? ['nodad'] : [];
          return ['address', 'add', address, ...dev, ...nodad];
        }),
        ['link', 'set', end.interfaceName, 'up'],
        ...end.neighbours.map(({ address, mac }) => [
          ...['neighbour', 'add', address, 'lladdr', mac, ...dev, 'nud', 'permanent'],
        ]),
      ];
    }),
    ...routes.map(({ to, via }) => ['route', 'add', to, 'via', via]),
  ];
}

/** Settings that exist as files under /proc/sys/net of the namespace, and the offloads of its interfaces. */
function configureKernel({ name, kind }: NamespacePlan, ends: readonly LinkEnd[]): void {
  const left = within(name, () => {
    if (kind === 'router') {
      set('ipv4/ip_forward', '1');
      set('ipv6/conf/all/forwarding', '1');
      // By default one in a second: a trace would be silent where nothing is amiss.
      set('ipv4/icmp_ratelimit', '0');
    }
    for (const { interfaceName } of ends) quieten(interfaceName, kind);
    return ends.flatMap(({ interfaceName }) =>
      switchOffOffloads(interfaceName).map((offload) => `${name}/${interfaceName} ${offload}`),
    );
  });
  if (left.length > 0) {
    throw new ChokepointError('LAB_FAILED', `offloads that stayed on: ${left.join(', ')}`);
  }
}

/** No router solicitations, no duplicate address detection; on a wire, no IPv6 at all: nothing may speak but the box. */
function quieten(interfaceName: string, kind: NamespacePlan['kind']): void {
  const path = `ipv6/conf/${interfaceName}`;
  if (!existsSync(`/proc/sys/net/${path}`)) {
    throw new ChokepointError('MACHINE_CANNOT', 'this kernel has no IPv6', {
      hint: 'boot without ipv6.disable=1; the lab is dual stack',
    });
  }
  set(`${path}/accept_dad`, '0');
  set(`${path}/accept_ra`, '0');
  set(`${path}/router_solicitations`, '0');
  if (kind === 'wire') set(`${path}/disable_ipv6`, '1');
}

function set(name: string, value: string): void {
  writeFileSync(`/proc/sys/net/${name}`, value);
}

/** Makes the host's mount namespace and a process that keeps it; resolves when the mounts are in place. */
async function holdNamespaces({ name, mounts }: NamespacePlan): Promise<ChildProcess> {
  const places = mounts.flatMap((mount) => [mount.with, mountPoint(mount.over)]);
  const holder = within(name, () =>
    spawn('perl', ['-e', HOLD_SCRIPT, ...places], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  let said = '';
  holder.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const isReady = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'close').then(() => false),
  ]);
  if (isReady) return holder;
  const how = holder.signalCode ?? `exit status ${holder.exitCode}`;
  throw notBuilt(`namespaces of ${name}`, said.trim() || `what makes them ended (${how})`);
}

/** A process that `action` starts is in the namespace for good; `nsenter` would be a process more. */
function within<T>(namespace: string, action: () => T): T {
  return inNetworkNamespace(pathBelow('/run/netns', namespace), action);
}

/** Where a bind mount over `path` has to go: links are followed; one into the hidden /run is given its target. */
function mountPoint(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const target = linkTarget(path);
  if (target?.startsWith('/run/')) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, '');
    return target;
  }
  throw new ChokepointError('MACHINE_CANNOT', `${path} is missing: the lab puts its own over it`, {
    hint: path.startsWith('/etc/ssl/')
      ? 'as root: apt-get install ca-certificates'
      : `as root: touch ${path}`,
  });
}

function linkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return undefined; // not a link: it is missing
  }
}

function endsOf({ links }: NetworkPlan, namespace: string): LinkEnd[] {
  return links.flat().filter((end) => end.namespace === namespace);
}

function notBuilt(what: string, said: string, cause?: unknown): ChokepointError {
  const hint = limitHint(said);
  return new ChokepointError(
    hint === undefined ? 'LAB_FAILED' : 'MACHINE_CANNOT',
    `${what}: ${said}`,
    {
      cause,
      hint,
    },
  );
}

const COMMAND_TIMEOUT = 10_000;
/** `client-` and a name of 32 at most. */
const NAMESPACE_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** Linux has 15 characters for it (IFNAMSIZ). */
const INTERFACE_NAME = /^[a-z0-9][a-z0-9-]{0,14}$/;
/**
 * Arguments are pairs: what to mount, and over what. By system calls, because each `mount` is a process more (init-script.ts).
 * /sys shows the links of the namespace it was mounted in; where it may not be mounted anew (some containers), the machine's
 * list of links is at least hidden.
 */
const HOLD_SCRIPT = `
my ($READ_ONLY, $BIND, $ALL_PRIVATE) = (1, 4096, 16384 | 1 << 18);
sub try { my ($source, $over, $type, $flags) = @_;
  return syscall(${MOUNT_CALL}, $source, $over, $type, $flags, 0) == 0; }
sub mounted { try(@_) or die "mount: $_[1]: $!\\n"; }

syscall(${UNSHARE_CALL}, ${NEW_MOUNTS}) == 0 or die "unshare: $!\\n";
mounted("none", "/", "", $ALL_PRIVATE);
while (my ($with, $over) = splice @ARGV, 0, 2) { mounted($with, $over, "", $BIND); }
try("sysfs", "/sys", "sysfs", $READ_ONLY) or mounted("tmpfs", "/sys/class/net", "tmpfs", 0);
syswrite STDOUT, "\\n";
exec "sleep", "infinity" or die "sleep: $!\\n";`;
