import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { filtered } from '../../netns/call-filter.ts';
import { type FileAccess, LAB_TMP } from '../../netns/init-script.ts';
import { enterHostArguments, enterSandboxArguments } from '../../netns/namespaces.ts';
import {
  type OwnersRecord,
  type Sandbox,
  sandboxError,
  searchPath,
  startSandbox,
  withoutDetours,
} from '../../netns/sandbox.ts';
import { type Calendar, calendarFrom } from '../base/calendar.ts';
import { ChokepointError } from '../base/errors.ts';
import { ELSEWHERE, unwrittenIn } from '../base/writing.ts';
import type { ConnectionRecord } from '../origin/connection-log.ts';
import type { Decision } from '../policy/verdict.ts';
import type { Located } from '../probe/locate/locate.ts';
import type { LocateRequest } from '../probe/locate/request.ts';
import type { Observation, ProbeRequest } from '../probe/observation.ts';
import { parseDate } from '../scenario/date.ts';
import { layoutOf } from '../scenario/layout.ts';
import { listsOf } from '../scenario/name-lists.ts';
import { profileOf } from '../scenario/profile.ts';
import type { HostName, Scenario } from '../scenario/schema.ts';
import { type LabConfig, PROGRAMS } from './lab-config.ts';
import { lastWords } from './last-words.ts';
import { ownerMark } from './leftovers.ts';
import { REQUIRED_TOOLS, requireTools } from './machine.ts';
import { hiddenPlaceOf, refuseRun } from './out-folder.ts';
import { processIdOf } from './process-id.ts';
import { childOf } from './process-tree.ts';
import type { RewriterOrder } from './processes/rewriter.ts';
import { statePath } from './registry.ts';
import { Rpc } from './rpc.ts';
import { programCommand } from './spawn.ts';
import type { ToolFiles } from './tool-folder.ts';
import { addressesOf, type Hosts } from './topology.ts';
import { withinTime } from './within-time.ts';

export interface OpenLabOptions {
  readonly scenario: Scenario;
  /** One of the scenario's profiles; by default its first. */
  readonly profile?: string | undefined;
  /** When its calendar begins, ISO 8601; by default with the scenario's period. */
  readonly at?: string | undefined;
  /** How fast the calendar goes; 1, unless days are to pass in seconds. Whatever takes time takes no less of it. */
  readonly calendarRate?: number | undefined;
  /** A folder for events, the capture and the origin's log; it must exist. */
  readonly out?: string | undefined;
  /** Round trip times instead of the scenario's, in ms. */
  readonly nearRttMs?: number | undefined;
  readonly farRttMs?: number | undefined;
  /** Instead of the scenario's: probabilities that a frame is lost, and the most that one takes longer, each way. */
  readonly nearLoss?: number | undefined;
  readonly farLoss?: number | undefined;
  readonly nearJitterMs?: number | undefined;
  readonly farJitterMs?: number | undefined;
  readonly capture?: boolean | undefined;
  /**
   * Whether the lab finds all files of the machine read-only, but for `out` and what is its own (/run, /dev): for programs
   * of strangers. Needs Linux 5.12.
   */
  readonly readOnlyFiles?: boolean | undefined;
  readonly wire?: LabConfig['wire'] | undefined;
  /** Puts what rewrites packets between each client and its router: see `rewrite`. */
  readonly rewrites?: boolean | undefined;
  /** What the owner keeps of itself on the machine; it goes with the owner, also when that is killed. */
  readonly record?: OwnersRecord | undefined;
  /** Ends the lab at once when it is aborted; whatever waits for the lab is then rejected. */
  readonly signal?: AbortSignal | undefined;
  /** What is being waited for while the lab is built, if that takes long. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

export interface LogMark {
  readonly connections: number;
  readonly eventBytes: number;
}

/** A line of events.jsonl. */
export type LabEvent =
  | ({
      readonly event: 'decision';
      readonly time: string;
      readonly profile: string;
      /** The network whose box decided. */
      readonly box: string;
    } & Decision)
  | { readonly event: 'middlebox-died'; readonly time: string; readonly how: string }
  | { readonly event: 'middlebox-restarted'; readonly time: string; readonly afterMs: number };

/** Builds a lab and returns when every host answers. It lives until `close`, or until this process ends. */
export async function openLab(options: OpenLabOptions): Promise<Lab> {
  options.signal?.throwIfAborted();
  requireTools(REQUIRED_TOOLS);
  const config = configOf(options);
  const sandbox = startSandbox({
    command: programCommand(import.meta.url, './processes/agent'),
    environment: ownerMark(),
    record: options.record,
    files: fileAccess(options),
  });
  const giveUp = (): void => killSandbox(sandbox);
  options.signal?.addEventListener('abort', giveUp);
  void sandbox.ended.then(() => options.signal?.removeEventListener('abort', giveUp));
  const rpc = new Rpc(sandbox.process, 'the lab');
  rpc.onProgress((text) => options.onProgress?.(text));
  const deadline = new AbortController();
  try {
    const building = rpc.call<Record<string, number>>('build', config).catch((error) => {
      // If the channel broke, the sandbox ends, and knows better why. Otherwise it is the agent that tells.
      if (rpc.isClosed && !rpc.isSilent) return failure(sandbox);
      throw withLastWords(error, sandbox);
    });
    const late = tooLate(config, deadline.signal);
    const holders = await Promise.race([building, failure(sandbox), late]);
    return new Lab(sandbox, rpc, holders, config);
  } catch (error) {
    killSandbox(sandbox);
    await withinTime(sandbox.ended, END_LIMIT);
    throw error;
  } finally {
    deadline.abort();
  }
}

/** A running lab. */
export class Lab {
  readonly hosts: Hosts;
  /** Beside the machine's clock. */
  readonly calendar: Calendar;
  /** The lab's init as this machine counts processes: what other processes enter the lab by. */
  readonly pid: number;
  /** Tells the init from a later process with the same number; see proc(5). */
  readonly startTime: string;
  readonly hasUserNamespace: boolean;
  /** Whether it has a private Tor network, and files for clients of it. */
  readonly hasTorNetwork: boolean;
  /** For each host, the process that holds its namespaces, as the lab counts processes. */
  readonly holders: Readonly<Record<string, number>>;
  readonly #sandbox: Sandbox;
  readonly #rpc: Rpc;

  constructor(
    sandbox: Sandbox,
    rpc: Rpc,
    holders: Readonly<Record<string, number>>,
    config: LabConfig,
  ) {
    this.hosts = addressesOf(layoutOf(config));
    this.calendar = config.calendar;
    this.holders = holders;
    this.#sandbox = sandbox;
    this.#rpc = rpc;
    const init = processIdOf(childOf(sandbox.process.pid ?? 0) ?? 0);
    if (init === undefined) {
      throw new ChokepointError('LAB_DIED', 'the lab ended as soon as it was built');
    }
    this.pid = init.pid;
    this.startTime = init.startTime;
    this.hasTorNetwork = config.tor !== undefined;
    this.hasUserNamespace = sandbox.hasUserNamespace;
  }

  /** Settles when the lab has ended, by whatever cause, with what its processes said on stderr. */
  get ended(): Promise<string> {
    return this.#sandbox.ended;
  }

  probe(from: HostName, request: ProbeRequest): Promise<Observation> {
    return this.#call('probe', { from, request });
  }

  /** Looks for a box from a host; needs the package raw-socket. */
  locate(from: HostName, request: LocateRequest): Promise<Located> {
    return this.#call('locate', { from, request });
  }

  /** In a lab that `rewrites`: has a client's packets rewritten, or asks how many were. */
  rewrite(order: RewriterOrder): Promise<number> {
    return this.#call('rewrite', order);
  }

  /** How far the logs have got; what comes later can then be asked for. */
  mark(host: HostName): Promise<LogMark> {
    return this.#call('mark', { host });
  }

  connections(host: HostName, since: LogMark): Promise<readonly ConnectionRecord[]> {
    return this.#call('connections', { host, since: since.connections });
  }

  async events(since?: LogMark): Promise<readonly LabEvent[]> {
    const text = await this.#call<string>('events', { sinceBytes: since?.eventBytes ?? 0 });
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as LabEvent);
  }

  /** What the middlebox counted: packets, decisions, frames lost, restarts. */
  counters(): Promise<Readonly<Record<string, number>>> {
    return this.#call('counters');
  }

  /** The middlebox's process id inside the lab. */
  async middleboxPid(): Promise<number | undefined> {
    return (await this.#call<{ middlebox?: number }>('pids')).middlebox;
  }

  /** A lab that has ended may have said why, and knows better than its channel. */
  async #call<T>(method: string, params: unknown = {}): Promise<T> {
    try {
      return await this.#rpc.call<T>(method, params);
    } catch (error) {
      if (!this.#rpc.isClosed || this.#rpc.isSilent) throw error;
      await withinTime(this.#sandbox.ended, END_LIMIT);
      throw withLastWords(error, this.#sandbox);
    }
  }

  /** Starts a program on a host of the lab, or on its wire. */
  spawn(host: string, command: readonly string[], stdio: StdioOptions = 'pipe'): ChildProcess {
    const [program, ...args] = execCommand(this, host, command);
    return spawn(program as string, args, { stdio, env: labEnvironment(host) });
  }

  /** Makes a folder for one tool, below the lab's temporary folder; returns its path in the lab. */
  makeToolFolder(id: string): Promise<string> {
    return this.#call('makeToolFolder', { id });
  }

  writeToolFiles(folder: string, files: ToolFiles): Promise<void> {
    return this.#call('writeToolFiles', { folder, files });
  }

  /** Takes a tool's folder away; one of a lab that has ended went with it. */
  async removeToolFolder(folder: string): Promise<void> {
    if (this.#rpc.isClosed) return;
    await this.#rpc.call('removeToolFolder', { folder }).catch((error: unknown) => {
      if (!this.#rpc.isClosed) throw error;
    });
  }

  /** A line for each folder of the lab that is full; empty where there is room, or where the lab does not answer. */
  fullness(): Promise<string> {
    return this.#rpc.call<string>('fullness', {}, STOP_LIMIT).catch(() => '');
  }

  /** What could not be written so far, a sentence each. */
  unwritten(): readonly string[] {
    return unwrittenIn(this.#sandbox.said());
  }

  /**
   * Writes out what the middlebox still holds, then ends everything in the lab; `OUTPUT_FAILED` if not all could be written,
   * `LAB_DIED` if something of it does not end.
   */
  async close(): Promise<void> {
    // An agent that died has nothing left to stop; one that was stopped is not waited for.
    await withinTime(
      this.#rpc.call('stop').catch(() => undefined),
      STOP_LIMIT,
    );
    killSandbox(this.#sandbox);
    if (!(await withinTime(this.#sandbox.ended, END_LIMIT))) {
      throw new ChokepointError('LAB_DIED', 'a process of the lab does not end', {
        hint: 'see `chokepoint ps`; `chokepoint down --all` ends what a lab left',
      });
    }
    const unwritten = this.unwritten();
    if (unwritten.length === 0) return;
    throw new ChokepointError('OUTPUT_FAILED', unwritten.join('; '), { hint: ELSEWHERE });
  }
}

/** The command that runs `command` on a host of a lab from outside the lab. */
export function execCommand(
  lab: Pick<Lab, 'pid' | 'hasUserNamespace' | 'holders'>,
  host: string,
  command: readonly string[],
): string[] {
  const sandbox = enterSandboxArguments(lab.pid, lab.hasUserNamespace);
  const holder = enterHostArguments(lab.holders[host] as number);
  return ['nsenter', ...sandbox, 'nsenter', ...holder, ...filtered(process.cwd(), command)];
}

/** The environment of programs in a lab: this process's, with the lab's certificates and temporary folder. */
export function labEnvironment(host: string): NodeJS.ProcessEnv {
  return {
    ...withoutDetours(),
    PATH: `${searchPath()}:${PROGRAMS}`,
    TMPDIR: LAB_TMP,
    NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
    SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
    CHOKEPOINT_HOST: host,
  };
}

function configOf(options: OpenLabOptions): LabConfig {
  const { scenario, out } = options;
  if (out !== undefined) refuseRun(out);
  refuseHiddenLists(scenario);
  const { profile, model } = profileOf(scenario, options.profile);
  const begin = parseDate(options.at ?? scenario.period.from, 'at');
  const calendar = calendarFrom(begin, Date.now(), options.calendarRate ?? 1);
  return {
    rules: scenario.rules,
    model,
    profile,
    seed: scenario.seed,
    calendar,
    scenario: scenario.id,
    networks: scenario.networks,
    topology: topologyOf(options),
    origin: scenario.origin,
    hosts: scenario.hosts,
    resolvers: scenario.resolvers,
    tor: scenario.tor,
    out: out && resolve(out),
    capture: options.capture ?? out !== undefined,
    wire: options.wire ?? 'middlebox',
    rewrites: options.rewrites ?? false,
  };
}

function fileAccess({ readOnlyFiles = false, out }: OpenLabOptions): FileAccess {
  const writable = out === undefined ? [] : [resolve(out)];
  return { isReadOnly: readOnlyFiles, writable, hidden: statePath() };
}

function topologyOf({ scenario: { topology }, ...own }: OpenLabOptions): LabConfig['topology'] {
  return {
    ...topology,
    near_rtt_ms: own.nearRttMs ?? topology.near_rtt_ms,
    far_rtt_ms: own.farRttMs ?? topology.far_rtt_ms,
    near_loss: own.nearLoss ?? topology.near_loss,
    far_loss: own.farLoss ?? topology.far_loss,
    near_jitter_ms: own.nearJitterMs ?? topology.near_jitter_ms,
    far_jitter_ms: own.farJitterMs ?? topology.far_jitter_ms,
  };
}

/** The middlebox reads list files from within the lab. */
function refuseHiddenLists({ rules }: Scenario): void {
  for (const list of listsOf(rules)) {
    const hidden = hiddenPlaceOf(list);
    if (hidden === undefined) continue;
    throw new ChokepointError(
      'USAGE',
      `${list}: a lab has a ${hidden} of its own and cannot read there`,
      { hint: 'keep the scenario and its lists in another folder' },
    );
  }
}

/** Rejects when the sandbox ends, with the best account of why. */
async function failure(sandbox: Sandbox): Promise<never> {
  const said = await sandbox.ended;
  if (/^(setpriv|unshare|mount):/m.test(said)) throw sandboxError(said);
  const { exitCode, signalCode } = sandbox.process;
  const how = signalCode ?? `exit status ${exitCode}`;
  const why = lastWords(said) || `a process of it was killed (${how})`;
  throw new ChokepointError('LAB_FAILED', `the lab ended while it was built: ${why}`);
}

/** Some process of a lab ended: what it said last may tell why. */
function withLastWords(error: unknown, sandbox: Sandbox): unknown {
  const words = lastWords(sandbox.said());
  if (!(error instanceof ChokepointError) || error.exitCode !== 3 || words === '') return error;
  const { code, message, hint } = error;
  return new ChokepointError(code, `${message}: ${words}`, { cause: error, hint });
}

/** Rejects when a lab takes longer to build than any does. */
async function tooLate({ tor }: LabConfig, signal: AbortSignal): Promise<never> {
  const limit = tor === undefined ? BUILD_LIMIT : BUILD_LIMIT_WITH_TOR;
  await pause(limit, undefined, { signal }).catch(() => new Promise(() => undefined));
  throw new ChokepointError('LAB_FAILED', `the lab was not ready within ${limit / 1000} s`, {
    hint: 'see `chokepoint doctor`; on a busy machine, try again',
  });
}

function killSandbox(sandbox: Sandbox): void {
  // The guard, as recorded when it was started; the kernel then kills its child, and the rest goes with that.
  sandbox.process.kill('SIGKILL');
}

/** In ms. A lab without Tor is ready in half a second; on a machine that does much else, in ten. */
const BUILD_LIMIT = 40_000;
const BUILD_LIMIT_WITH_TOR = 300_000;
/** For captures to be written out, and for the kernel to take down a sandbox. */
const STOP_LIMIT = 8000;
const END_LIMIT = 10_000;
