import type { ChildProcess } from 'node:child_process';
import { execa } from 'execa';
import { ChokepointError } from '../src/base/errors.ts';
import { limitHint, mayMakeNamespaces, namespaceObstacle } from './obstacle.ts';

/*
 *   owner (chokepoint on the host)                               host's namespaces, not touched
 *     └─ unshare ── SIGKILL to its child when it ends
 *   ══════════════════════════════════════════════════════════  own user (when not root), mount, network, pid, ipc
 *          └─ sh: pid 1, reaps orphans, ends when its child does
 *               └─ node: the lab's agent; ends when the channel to the owner closes
 *                    ├─ middlebox, host processes               each in its network and mount namespace,
 *                    └─ probes, tools, whatever they start       see namespaces.ts
 *
 * Whoever of these dies, by whatever signal, everything below goes with it: when pid 1 of a pid namespace ends, the
 * kernel ends the rest; namespaces, links, mounts and the tmpfs on /run go with their last process.
 */

export interface SandboxOptions {
  /** Program and arguments of the lab's agent. It has an IPC channel to the owner. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts the agent in namespaces of its own. The promise inside settles when the sandbox has ended. */
export function startSandbox({ command, environment }: SandboxOptions): Sandbox {
  const namespaces = ['--mount', '--net', '--pid', '--ipc', '--fork', '--mount-proc'];
  const user = mayMakeNamespaces() ? [] : ['--user', '--map-root-user'];
  const script = [INIT_SCRIPT, 'sh', ...command];
  const child = execa(
    'unshare',
    [...user, ...namespaces, '--kill-child=SIGKILL', '--', 'sh', '-c', ...script],
    {
      ipc: true,
      serialization: 'json',
      // What passes over the channel is read as it comes; kept as well, it would be hundreds of megabytes after some labs.
      buffer: { ipc: false },
      // Own session: a Ctrl-C at the terminal reaches the owner alone, which then closes the lab in order.
      detached: true,
      cleanup: false,
      reject: false,
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      env: { ...withoutDetours(), ...environment, ...PLACES, PATH: searchPath() },
      extendEnv: false,
    },
  );
  // Killed between its fork and its child's prctl, unshare leaves a child that nothing kills; the agent ends without its channel.
  child.once('exit', () => {
    if (child.connected) child.disconnect?.();
  });
  const ended = child.then((result) => result.stderr || String(result.originalMessage ?? ''));
  return { process: child, hasUserNamespace: user.length > 0, ended };
}

export interface Sandbox {
  readonly process: ChildProcess;
  readonly hasUserNamespace: boolean;
  /** Settles when the sandbox has ended, with what it said on stderr. */
  readonly ended: Promise<string>;
}

/** This process's environment without what would send programs of a lab to proxies, or give them other certificates. */
export function withoutDetours(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !DETOUR.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

/** Why the sandbox could not be made, as a sentence with its fix. */
export function sandboxError(stderr: string, cause?: unknown): ChokepointError {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new ChokepointError(
    'MACHINE_CANNOT',
    `cannot make the lab's namespaces: ${said || 'unshare did not start'}`,
    { cause, hint: sandboxHint(said) },
  );
}

function sandboxHint(said: string): string | undefined {
  if (said.includes('mount') && said.includes('proc')) {
    return 'this container masks /proc; run it with --privileged, or on a virtual machine';
  }
  return limitHint(said) ?? namespaceObstacle() ?? 'see `chokepoint doctor`';
}

/** PATH with the directories that hold `ip` and its like, which an ordinary user's may lack. */
export function searchPath(): string {
  const path = (process.env['PATH'] ?? '/usr/bin:/bin').split(':');
  return [...path, ...SYSTEM_PATH.filter((directory) => !path.includes(directory))].join(':');
}

/** Inside the lab: temporary files of whatever runs there; a tmpfs that goes with the lab. */
export const LAB_TMP = '/run/chokepoint/tmp';
/** Nothing in the lab reads the user's settings or writes to the user's home: `exec` alone is the user's own. */
const PLACES: Readonly<Record<string, string | undefined>> = {
  TMPDIR: LAB_TMP,
  HOME: LAB_TMP,
  XDG_CONFIG_HOME: undefined,
  XDG_CACHE_HOME: undefined,
  XDG_DATA_HOME: undefined,
  CURL_HOME: undefined,
};
const DETOUR =
  /^((https?|ftp|all|no)_proxy|CURL_CA_BUNDLE|SSL_CERT_(FILE|DIR)|OPENSSL_\w+|SSLKEYLOGFILE|NODE_(OPTIONS|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)|LD_(PRELOAD|LIBRARY_PATH))$/i;
/** Hides the host's /run (sockets of its services, its /run/netns), then waits for the agent, reaping orphans. */
const INIT_SCRIPT = `mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns ${LAB_TMP} && "$@"; exit $?`;
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
