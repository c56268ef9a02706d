import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { createContext, Script } from 'node:vm';
import { MOUNT_PROC } from '../../netns/init-script.ts';
import { ownSignal } from '../base/own-signal.ts';
import type { Millis } from '../base/units.ts';
import type { ToolProgram } from '../scenario/tool-schema.ts';
import { execCommand, type Lab, labEnvironment } from './lab.ts';
import { portsOfNamespace } from './listening.ts';
import { childOf } from './process-tree.ts';
import { ToolFailure } from './tool-failure.ts';

export interface ToolPlace {
  readonly lab: Lab;
  readonly host: string;
  /** As the lab sees it: where the programs run, and their home. */
  readonly folder: string;
}

/** Starts a program after what prepares it, and resolves when it is ready; when that fails, nothing of it is left. */
export async function startToolProgram(
  name: string,
  program: ToolProgram,
  place: ToolPlace,
  signal: AbortSignal | undefined,
): Promise<ToolProcess> {
  for (const command of program.prepare) {
    const preparing = new ToolProcess(name, command, place);
    await preparing.untilDone(program.limit_s, signal).finally(() => preparing.stop());
  }
  const process = new ToolProcess(name, program.command, place);
  try {
    await process.untilReady(program, signal);
    return process;
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** An expression that is looked for in what a stranger's program says: it may take for ever over some texts. */
class Said {
  readonly #context: { readonly expression: RegExp; text: string };

  constructor(expression: string) {
    this.#context = createContext({ expression: new RegExp(expression, 'm'), text: '' }) as never;
  }

  /** Undefined if that is not known within `MATCHING`. */
  isIn(text: string): boolean | undefined {
    this.#context.text = text;
    try {
      return SEARCH.runInContext(this.#context, { timeout: MATCHING }) as boolean;
    } catch {
      return undefined;
    }
  }
}

const SEARCH = new Script('expression.test(text)');
const MATCHING: Millis = 1000;

/**
 * A program of a tool, in a pid namespace of its own: when it ends, the kernel ends whatever it started, also what has made
 * itself a daemon.
 */
export class ToolProcess {
  /** Settles when all of it has ended, with how it did. */
  readonly #ended: Promise<string>;
  /** What messages call it. */
  readonly #name: string;
  readonly #child: ChildProcess;
  #log = '';
  #how: string | undefined;

  constructor(name: string, command: readonly string[], { lab, host, folder }: ToolPlace) {
    this.#name = `${name} \`${command[0]}\``;
    const [program, ...args] = execCommand(lab, host, [...ALONE, folder, ...command]);
    this.#child = spawn(program as string, args, {
      detached: true, // a Ctrl-C at the terminal is the owner's
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...labEnvironment(host), ...AT_HOME, HOME: folder, TMPDIR: folder },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-LONGEST_LOG);
      });
    }
    this.#ended = new Promise((resolve) => {
      const end = async (how: string): Promise<void> => {
        if (how !== WELL) this.#log += await lab.fullness();
        this.#how ??= how;
        resolve(this.#how);
      };
      this.#child.once('error', ({ message }) => void end(message));
      this.#child.once('close', (code, signal) => void end(endingOf(code, signal)));
    });
  }

  /** What it said on both its outputs; the last of it, if that is much. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when it is ready; rejects with a `ToolFailure` when it ends before that, or its time is up. */
  async untilReady(
    { ready, limit_s }: ToolProgram,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const says = ready.says === undefined ? undefined : new Said(ready.says);
    const isReady = (): boolean => {
      if (says === undefined) return this.#ports().includes(ready.listens as number);
      const isSaid = says.isIn(this.#log);
      if (isSaid !== undefined) return isSaid;
      const what = `${this.#name}: ready.says takes too long over what it said`;
      throw new ToolFailure('not-ready', what, this.#log);
    };
    const late = performance.now() + 1000 * limit_s;
    while (!isReady()) {
      signal?.throwIfAborted();
      if (this.#how !== undefined) throw this.#death(' before it was ready');
      if (performance.now() > late) throw this.#lateness(ready, limit_s);
      await Promise.race([this.#ended, pause(POLL)]);
    }
  }

  /** Resolves when it has ended well; rejects with a `ToolFailure` when it has not, or its time is up. */
  async untilDone(limit_s: number, signal: AbortSignal | undefined): Promise<void> {
    const over = ownSignal(signal);
    const how = await Promise.race([
      this.#ended,
      pause(1000 * limit_s, undefined, { signal: over.signal }).catch(() => undefined),
    ]);
    over.abort();
    over.release();
    signal?.throwIfAborted();
    if (how === WELL) return;
    const what = how === undefined ? `did not end within ${limit_s} s` : `ended ${how}`;
    throw new ToolFailure('prepare-failed', `${this.#name} ${what}`, this.#log);
  }

  /** Never resolves; rejects with a `ToolFailure` when it ends. */
  async untilDeath(): Promise<never> {
    await this.#ended;
    throw this.#death('');
  }

  /** Ends it, in order if it does so soon. */
  async stop(): Promise<void> {
    let isTold = false;
    for (let waited = 0; this.#how === undefined; waited += POLL) {
      if (waited >= GRACE) this.#signal('SIGKILL');
      else if (!isTold) isTold = this.#signal('SIGTERM');
      await Promise.race([this.#ended, pause(POLL)]);
    }
  }

  /** To all but `nsenter`, whose child would be left to the machine's init. False while, or when, there is nobody. */
  #signal(signal: NodeJS.Signals): boolean {
    const group = childOf(this.#child.pid ?? 0);
    if (group === undefined) return false;
    try {
      return process.kill(-group, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      return false;
    }
  }

  /** `nsenter` has one child, `unshare`, whose only child is the namespace's first process. */
  #ports(): number[] {
    const first = childOf(childOf(this.#child.pid ?? 0) ?? 0);
    return first === undefined ? [] : portsOfNamespace(first);
  }

  #death(when: string): ToolFailure {
    return new ToolFailure('died', `${this.#name} ended ${this.#how}${when}`, this.#log);
  }

  #lateness({ listens, says }: ToolProgram['ready'], limit_s: number): ToolFailure {
    const what = `${this.#name} was not ready within ${limit_s} s: it`;
    if (listens === undefined) {
      return new ToolFailure('not-ready', `${what} said nothing that matches /${says}/`, this.#log);
    }
    const ports = this.#ports();
    if (ports.length === 0) {
      return new ToolFailure(
        'not-ready',
        `${what} listens on no TCP port, not on ${listens}`,
        this.#log,
      );
    }
    const found = `${what} listens on ${ports.join(', ')}, not on ${listens}`;
    return new ToolFailure('listens-elsewhere', found, this.#log);
  }
}

/** By the exit status of `sh`, which has 128 and its number for a signal (POSIX.1-2017, 2.8.2). */
function endingOf(code: number | null, signal: string | null): string {
  if (code === null) return `by ${signal}`;
  const signals = Object.entries(constants.signals);
  const name = signals.find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? `with exit status ${code}` : `by ${name}`;
}

/** The script's first argument is the folder. As first of its namespace, `sh` is not ended by signals that end the program. */
const ALONE = [
  ...['setsid', 'unshare', '--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--'],
  ...['sh', '-c', `${MOUNT_PROC} && cd "$1" && shift && "$@"; exit $?`, 'sh'],
];
const WELL = endingOf(0, null);
/** Unset: programs find these below their home. */
const AT_HOME = { XDG_CONFIG_HOME: undefined, XDG_CACHE_HOME: undefined, XDG_DATA_HOME: undefined };
/** In characters. */
const LONGEST_LOG = 65_536;
/** In ms. */
const POLL = 50;
const GRACE = 2000;
