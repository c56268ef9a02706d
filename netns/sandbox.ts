import { type ChildProcess, spawn } from 'node:child_process';
import { ChokepointError } from '../src/base/errors.ts';
import { type FileAccess, initCommand, LAB_TMP } from './init-script.ts';
import { limitHint, mayMakeNamespaces, namespaceObstacle } from './obstacle.ts';

/*
 *   owner (chokepoint on the host)                               host's namespaces, not touched
 *     └─ sh: the guard; in the owner's pid namespace, and in the lab's others
 *   ══════════════════════════════════════════════════════════  own user (when not root), mount, network, pid
 *          └─ sh: the init; pid 1, reaps orphans, ends when its child does (init-script.ts)
 *   ══════════════════════════════════════════════════════════  own user, mount, network, ipc, uts
 *               └─ node: the lab's agent; ends when the channel to the owner closes
 *                    ├─ middlebox, host processes               each in its network and mount namespace,
 *                    └─ probes, tools, whatever they start       see namespaces.ts
 *
 * If one of these dies, by whatever signal, everything below goes with it, even where it is stopped:
 * - When the owner dies, the kernel sends the guard SIGCONT (PR_SET_PDEATHSIG), which also wakes a stopped guard. The guard
 *   finds the end of the owner's pipe, removes what the owner left on the machine, and exits.
 * - When the guard dies, the kernel sends the init SIGKILL.
 * - When pid 1 of a pid namespace ends, the kernel kills the rest. Namespaces, links, mounts and the tmpfs on /run go with
 *   their last process.
 */

export interface SandboxOptions {
  /** Program and arguments of the lab's agent. It has an IPC channel to the owner. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: FileAccess;
  /** Goes with the owner, also when the owner is killed. */
  readonly record?: OwnersRecord | undefined;
}

/** Files that the owner keeps about itself. They are removed only while `file` contains `says`: the name may have a new owner. */
export interface OwnersRecord {
  readonly file: string;
  readonly socket: string;
  readonly says: string;
}

/** Starts the agent in namespaces of its own. It lives no longer than the thread that calls this. */
export function startSandbox({ command, environment, files, record }: SandboxOptions): Sandbox {
  const isRoot = mayMakeNamespaces();
  const user = isRoot ? [] : ['--user', '--map-root-user'];
  const namespaces = [...user, '--mount', '--net', '--pid'];
  const { file = '', socket = '', says = '' } = record ?? {};
  const guard = ['sh', '-c', GUARD_SCRIPT, 'sh', String(process.pid), file, socket, says];
  const init = ['setpriv', '--pdeathsig', 'KILL', ...initCommand(command, isRoot, files)];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'CONT', 'unshare', ...namespaces, '--', ...guard, ...init],
    {
      // The guard reads the end of stdin when the owner is gone.
      stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
      // Own session: a Ctrl-C at the terminal reaches the owner alone, which then closes the lab in order.
      detached: true,
      env: { ...withoutDetours(), ...environment, ...PLACES, PATH: searchPath() },
    },
  );
  child.stdin?.on('error', () => undefined); // its end is reported by 'exit'
  const stderr = new Stderr(child);
  endWithChannel(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    // Not 'close': Node does not emit it once the channel was closed from here.
    child.once('exit', () => stderr.ended.then(() => resolve(stderr.text)));
  });
  return { process: child, hasUserNamespace: user.length > 0, ended, said: () => stderr.text };
}

export interface Sandbox {
  readonly process: ChildProcess;
  readonly hasUserNamespace: boolean;
  /** Settles when the sandbox has ended, with what it said on stderr. */
  readonly ended: Promise<string>;
  /** What it has said on stderr so far. */
  said(): string;
}

/** What a process says on stderr; of very much, the beginning and the end. */
class Stderr {
  #head = '';
  #tail = '';

  /** Settles when every process that could say something is gone. */
  readonly ended: Promise<void>;

  constructor({ stderr }: ChildProcess) {
    stderr?.setEncoding('utf8').on('data', (text: string) => this.#add(text));
    this.ended = new Promise((resolve) => stderr?.once('close', resolve));
  }

  get text(): string {
    return this.#head + this.#tail;
  }

  #add(text: string): void {
    const room = MOST_STDERR - this.#head.length;
    this.#head += text.slice(0, room);
    this.#tail = (this.#tail + text.slice(Math.max(0, room))).slice(-MOST_STDERR);
  }
}

/** A sandbox without its agent ends by itself, but for one in which a process is stopped. */
function endWithChannel(child: ChildProcess): void {
  child.once('disconnect', () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
    child.once('exit', () => clearTimeout(timer));
  });
  // A guard that dies before the kernel knows whose life its child's hangs on leaves that child: the agent ends by its channel.
  child.once('exit', () => {
    if (child.connected) child.disconnect();
  });
}

/**
 * This process's environment without what would send programs of a lab to proxies, or give them other certificates. They speak
 * English, for what they say is read; Perl says nothing where the machine lacks that locale.
 */
export function withoutDetours(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !DETOUR.test(name));
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...ENGLISH };
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
  /^((https?|ftp|all|no)_proxy|CURL_CA_BUNDLE|SSL_CERT_(FILE|DIR)|OPENSSL_\w+|SSLKEYLOGFILE|NODE_(OPTIONS|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)|LD_(PRELOAD|LIBRARY_PATH)|LANG|LANGUAGE|LC_\w+)$/i;
const ENGLISH = { LC_ALL: 'C.UTF-8', PERL_BADLANG: '0' };
/**
 * Arguments: the owner's pid, its record, its socket, what its record says; then the init's command. `timeout` tells an open pipe
 * from one that has ended: SIGCONT may also come from somebody who had stopped the guard.
 */
const GUARD_SCRIPT = `
[ "$PPID" = "$1" ] || exit 1
file=$2 socket=$3 says=$4
shift 4
asked=
trap 'asked=1' CONT
"$@" </dev/null &
init=$!
exec 3>&-
while :; do
  wait $init
  status=$?
  [ -n "$asked" ] || exit $status
  asked=
  timeout 0.2 cat >/dev/null 2>&1
  [ $? -eq 124 ] || break
done
if [ -n "$file" ] && grep -qF "$says" "$file" 2>/dev/null; then rm -f "$file" "$socket"; rmdir "\${file%/*}" 2>/dev/null; fi
exit 1`;
/** In ms. */
const GRACE = 1000;
/** In characters, at either end. */
const MOST_STDERR = 65_536;
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
