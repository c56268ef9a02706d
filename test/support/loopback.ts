import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { mayMakeNamespaces } from '../../netns/obstacle.ts';
import { searchPath, withoutDetours } from '../../netns/sandbox.ts';
import { until } from './processes.ts';

/**
 * A network of its own that has a loopback and nothing else. Whatever was started in it ends with it: when `close` is called,
 * or when this process ends.
 */
export class Loopback {
  readonly #holder: ChildProcess;
  /** Of the first process in there. */
  readonly #pid: number;

  private constructor(holder: ChildProcess, pid: number) {
    this.#holder = holder;
    this.#pid = pid;
  }

  static async open(): Promise<Loopback> {
    const user = mayMakeNamespaces() ? [] : ['--user', '--map-root-user'];
    const namespaces = ['--net', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];
    const script = ['sh', '-c', 'ip link set lo up && echo up && exec cat'];
    const holder = spawn('unshare', [...user, ...namespaces, ...script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: environment(),
    });
    const said = await Promise.race([once(holder.stdout as never, 'data'), once(holder, 'close')]);
    if (String(said[0]) !== 'up\n') throw new Error('no network of its own can be made here');
    const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8');
    return new Loopback(holder, Number(children));
  }

  /** Runs a program to its end, whatever that is; it is ended after `timeout` ms. */
  async run(command: readonly string[], input = '', timeout = 30_000): Promise<string> {
    const [program, ...args] = this.#inside(command) as [string, ...string[]];
    const options = {
      env: environment(),
      extendEnv: false,
      reject: false,
      timeout,
    } as const;
    const { all } = await execa(program, args, { ...options, input, all: true });
    return all;
  }

  /** Starts a program, and resolves once it listens on these ports. */
  async start(command: readonly string[], ports: readonly number[]): Promise<ChildProcess> {
    const [program, ...args] = this.#inside(command) as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], env: environment() });
    let complained = '';
    child.stderr.on('data', (chunk) => {
      complained += String(chunk);
    });
    const listens = (): boolean => ports.every((port) => this.#listening().has(port));
    await until(`${command[0]} listens`, listens).catch(() => {
      throw new Error(`${command.join(' ')} does not listen on ${ports.join(', ')}: ${complained}`);
    });
    return child;
  }

  /** Captures into the file while `during` runs, and a little longer. */
  async capture(file: string, during: () => Promise<unknown>): Promise<void> {
    const script = 'dumpcap -q -i lo -w "$0" & pid=$!; read -r _; kill -INT $pid; wait $pid';
    const child = await this.start(['sh', '-c', script, file], []);
    const closed = once(child, 'close');
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
    });
    await until('dumpcap captures', () => said.includes('File: '));
    await during();
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
    child.stdin?.end('\n');
    await closed;
  }

  async close(): Promise<void> {
    const closed = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    await closed;
  }

  #inside(command: readonly string[]): string[] {
    const user = mayMakeNamespaces() ? [] : ['--user', '--preserve-credentials'];
    const target = ['--target', String(this.#pid), ...user, '--mount', '--net', '--pid'];
    // Who enters a mount namespace is at its root.
    target.push(`--wd=${process.cwd()}`);
    return ['nsenter', ...target, '--', ...command];
  }

  /** Ports of TCP that listen, and of UDP. */
  #listening(): Set<number> {
    const ports = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) => {
      const lines = readFileSync(`/proc/${this.#pid}/net/${protocol}`, 'utf8').split('\n').slice(1);
      return lines
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state]) => state === LISTENS || state === IS_BOUND)
        .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
    });
    return new Set(ports);
  }
}

function environment(): Record<string, string> {
  return { ...withoutDetours(), PATH: searchPath() };
}

/** States in /proc/net. */
const LISTENS = '0A';
const IS_BOUND = '07';
/** Longer than dumpcap takes to write what it has. */
const SETTLE = 600;
