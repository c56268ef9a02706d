import { dateAt } from '../../base/calendar.ts';
import { ChokepointError, messageOf } from '../../base/errors.ts';
import type { Attempt } from '../../evasion/verdict.ts';
import { honestly } from '../../scenario/liars.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { scenarioFor, type Tool } from '../../scenario/tool-file.ts';
import type { Lab } from '../lab.ts';
import { type RunningTool, startTool, type ToolRequest } from '../tool.ts';
import { ToolFailure } from '../tool-failure.ts';
import type { Cell } from './cell.ts';
import type { ControlOf, Plan, PlanOptions } from './planned.ts';
import { memoryOf, openPlanLab, type PlanLab, type Tried } from './room.ts';
import type { Ask, MatrixTarget } from './target.ts';
import { type Seen, toolVerdictOf } from './tool-verdict.ts';
import { cellOf, endsAll, failedTrial, type Trial } from './trial.ts';

/**
 * Tries tools, one after the other, on all that they are to be tried on. One that does not get there is tried where nobody censors,
 * which tells what is censored from what does not work.
 */
export async function runTools(
  plan: Plan,
  options: PlanOptions,
  controlOf: ControlOf,
  note: (cell: Cell) => void,
): Promise<void> {
  const tools = new Map<Tool, MatrixTarget[]>();
  for (const { tool, target } of plan.cells) {
    if (tool !== undefined) tools.set(tool, [...(tools.get(tool) ?? []), target]);
  }
  // Those that need a Tor network do not keep the others waiting for it.
  const [some, others] = [true, false].map((isTor) =>
    [...tools].filter(([{ needs }]) => (needs === 'tor-network') === isTor),
  );
  const run = (group: typeof some = []): Promise<void> =>
    runGroup(plan, group, options, controlOf, note);
  await Promise.all([run(some), run(others)]);
}

async function runGroup(
  plan: Plan,
  group: readonly (readonly [Tool, readonly MatrixTarget[]])[],
  { repeat = 1, signal }: PlanOptions,
  controlOf: ControlOf,
  note: (cell: Cell) => void,
): Promise<void> {
  const labs = new ToolLabs(
    plan,
    group.map(([tool]) => tool),
    signal,
  );
  try {
    for (const [tool, targets] of group) {
      for (const from of new Set(targets.map(({ blocked }) => blocked.from))) {
        const own = targets.filter(({ blocked }) => blocked.from === from);
        await runTool({ plan, labs, tool, from, targets: own, repeat, signal }, controlOf, note);
      }
    }
  } finally {
    await labs.close();
  }
}

interface ToolRun {
  readonly plan: Plan;
  readonly labs: ToolLabs;
  readonly tool: Tool;
  readonly from: string;
  readonly targets: readonly MatrixTarget[];
  readonly repeat: number;
  readonly signal: AbortSignal | undefined;
}

async function runTool(
  run: ToolRun,
  controlOf: ControlOf,
  note: (cell: Cell) => void,
): Promise<void> {
  const { plan, labs, tool, targets, repeat, signal } = run;
  let startedAt = performance.now();
  const isRemembered = memoryOf(plan.scenario) > 0;
  let censored: Visit | undefined;
  let free: Visit | undefined;
  try {
    for (const target of targets) {
      const trials: Trial[] = [];
      for (let i = 0; i < repeat; i++) {
        signal?.throwIfAborted();
        const plain = await controlOf(target, i).catch((error: unknown) => {
          signal?.throwIfAborted();
          if (endsAll(error)) throw error;
          return messageOf(error);
        });
        if (typeof plain === 'string') {
          trials.push(failedTrial(plain));
          continue;
        }
        censored ??= await Visit.begin(run, await labs.censored());
        const visit = censored;
        visit.turnTo();
        const seen = await visit.try(target);
        let without: Seen | undefined;
        if (seen.allowed?.hasSucceeded !== true || seen.blocked?.hasSucceeded !== true) {
          free ??= await Visit.begin(run, await labs.free());
          const spared = free;
          without = await spared.try(target);
          if (spared.hasDied) {
            free = undefined;
            await spared.end();
          }
        }
        trials.push(judge(plain, seen, without, visit));
        if (!isRemembered && !visit.hasDied) continue;
        // A tool that died tells nothing of what is tried next; a box that remembers would hold it against that.
        censored = undefined;
        await visit.end();
        await labs.forget();
      }
      signal?.throwIfAborted();
      const head = { scenario: plan.scenario.id, profile: plan.profile, strategy: tool.id, target };
      const tookMs = performance.now() - startedAt;
      note(cellOf({ ...head, kind: 'tool' }, trials, tookMs));
      startedAt += tookMs;
    }
  } finally {
    await Promise.all([censored?.end(), free?.end()]);
    await labs.forget();
  }
}

/** `without`: where nobody censors. */
function judge(
  plain: Tried,
  seen: Seen,
  without: Seen | undefined,
  { folder, span }: Visit,
): Trial {
  const { allowed, blocked } = seen;
  const attempts = { plainAllowed: plain.allowed, plainBlocked: plain.blocked, allowed, blocked };
  return { ...toolVerdictOf(plain, seen, without), attempts, folder, span };
}

/** A tool that is up in a lab, or why it is not. */
class Visit {
  readonly folder: string;
  readonly #lab: Lab;
  readonly #client: string;
  readonly #scenario: Scenario;
  #from: number;
  #isUsed = false;
  #hasDied = false;
  readonly #isDirect: boolean;
  #running: RunningTool | undefined;
  /** Why it did not come up. */
  readonly #failure: string | null;

  private constructor(
    { through }: Tool,
    lab: PlanLab,
    client: string,
    started: RunningTool | string,
    from: number,
  ) {
    this.#isDirect = through.direct === true;
    this.folder = lab.folder;
    this.#lab = lab.lab;
    this.#scenario = lab.scenario;
    this.#client = client;
    this.#from = from;
    this.#running = typeof started === 'string' ? undefined : started;
    this.#failure = typeof started === 'string' ? started : null;
  }

  static async begin({ tool, from, signal }: ToolRun, lab: PlanLab): Promise<Visit> {
    const beganAt = Date.now();
    const started = await startTool(tool, lab.lab, { from, signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      return tellFailure(error);
    });
    return new Visit(tool, lab, from, started, dateAt(lab.lab.calendar, beganAt));
  }

  /** Whether the tool ended while it was used. */
  get hasDied(): boolean {
    return this.#hasDied;
  }

  /** By the lab's calendar, until now. */
  get span(): NonNullable<Cell['span']> {
    const { ipv4, ipv6 } = this.#lab.hosts[this.#client] as Lab['hosts'][string];
    const to = dateAt(this.#lab.calendar, Date.now());
    return { from: this.#from, to, clients: [ipv4, ipv6] };
  }

  /** What comes from now on is of another target; the first has the tool's own beginning. */
  turnTo(): void {
    if (this.#isUsed) this.#from = dateAt(this.#lab.calendar, Date.now());
    this.#isUsed = true;
  }

  async try(target: MatrixTarget): Promise<Seen> {
    try {
      const blocked = await this.#fetch(target, target.blocked);
      const allowed = await this.#fetch(target, target.allowed);
      return { allowed, blocked, failure: this.#failure };
    } catch (error) {
      this.#hasDied = error instanceof ToolFailure && error.kind === 'died';
      return { allowed: null, blocked: null, failure: tellFailure(error) };
    }
  }

  async end(): Promise<void> {
    await this.#running?.stop();
  }

  async #fetch(target: MatrixTarget, ask: Ask): Promise<Attempt | null> {
    if (this.#running === undefined) return null;
    const request = { ...this.#pageOf(target, ask), timeoutMs: TIMEOUT };
    const { failure } = await this.#running.fetch(request);
    return { hasSucceeded: failure === null, hasLeaked: false, failure };
  }

  /** Of what is only looked up, the page of that name. */
  #pageOf({ over, tls, group }: MatrixTarget, { name, host, port, path }: Ask): ToolRequest {
    const { hosts = {}, origin } = this.#scenario;
    const https = origin.tls_ports[0] as number;
    const software = hosts[host]?.software;
    // A server that is not the lab's own is asked in a way of its own, which is not for what is between; nor has each a page.
    const isForeign = software !== undefined && !(this.#isDirect && software === 'nginx');
    if (isForeign) return { url: `https://${origin.names.at(-1)}:${https}/`, connect: 'server' };
    if (over === 'dns') return { url: `https://${name}:${https}/` };
    return { url: `${over}://${name}:${port}${path}`, connect: host, tls, group };
  }
}

/** With how to help it, if that is known; a tool's has the end of its log. Everything else is nobody's to catch. */
function tellFailure(error: unknown): string {
  if (error instanceof ToolFailure) return error.message;
  if (!(error instanceof ChokepointError) || endsAll(error)) throw error;
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
}

/** A lab with the censor and one without, each made when it is first needed. */
class ToolLabs {
  readonly #plan: Plan;
  readonly #tools: readonly Tool[];
  readonly #signal: AbortSignal | undefined;
  #censored: Promise<PlanLab> | undefined;
  #free: Promise<PlanLab> | undefined;

  constructor(plan: Plan, tools: readonly Tool[], signal: AbortSignal | undefined) {
    this.#plan = plan;
    this.#tools = tools;
    this.#signal = signal;
  }

  censored(): Promise<PlanLab> {
    this.#censored ??= this.#open(this.#plan.scenario, 'tools');
    return this.#censored;
  }

  free(): Promise<PlanLab> {
    const { scenario } = this.#plan;
    const uncensored = { ...scenario, rules: [], resolvers: honestly(scenario.resolvers) };
    this.#free ??= this.#open(uncensored, 'uncensored');
    return this.#free;
  }

  /** A box that remembers what one tool has done would hold it against the next. */
  async forget(): Promise<void> {
    if (memoryOf(this.#plan.scenario) === 0) return;
    const open = this.#censored;
    this.#censored = undefined;
    await (await open)?.lab.close();
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled([this.#censored, this.#free]);
    for (const one of opened) if (one.status === 'fulfilled') await one.value?.lab.close();
  }

  #open(scenario: Scenario, title: string): Promise<PlanLab> {
    const { profile, folder, readOnlyFiles, onFolder } = this.#plan;
    const needed = scenarioFor(this.#tools, { ...scenario, tor: undefined });
    const tor = needed.tor === undefined ? undefined : (scenario.tor ?? needed.tor);
    const place = {
      profile,
      folder,
      readOnlyFiles,
      onFolder,
      title: `${scenario.id}-${profile}-${title}`,
    };
    return openPlanLab({ ...place, scenario: { ...needed, tor }, signal: this.#signal });
  }
}

/** For a page, in ms: a tool's way may be long. */
const TIMEOUT = 10_000;
