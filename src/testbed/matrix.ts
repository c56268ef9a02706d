import { setTimeout as pause } from 'node:timers/promises';
import { formatEndpoint } from '../base/address.ts';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { findStrategy } from '../evasion/find.ts';
import { decoyNameFor } from '../evasion/request.ts';
import type { Carrier, Strategy } from '../evasion/strategy.ts';
import { type Attempt, type Verdict, verdictOf } from '../evasion/verdict.ts';
import type { ConnectionRecord } from '../origin/connection-log.ts';
import { layoutOf } from '../scenario/layout.ts';
import { profileOf } from '../scenario/profile.ts';
import type { Scenario } from '../scenario/schema.ts';
import { type Lab, openLab } from './lab.ts';
import { pathOutwards, placeOf } from './lab-path.ts';
import { type MatrixTarget, targetsOf } from './matrix-target.ts';

export interface MatrixOptions {
  readonly scenarios: readonly Scenario[];
  /** Ids of the catalogue, or strategies as Geneva writes them. */
  readonly strategies: readonly string[];
  /** Of each scenario: its first, by default; one by its name; or each. */
  readonly profiles?: string | 'all' | undefined;
  /** Attempts that are made at once. */
  readonly jobs?: number | undefined;
  /** For what strategies leave to chance. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: ((cells: number) => void) | undefined;
  readonly onCell?: ((cell: Cell, index: number) => void) | undefined;
}

/** A strategy against a censor, over HTTP or TLS. */
export interface Cell {
  readonly scenario: string;
  readonly profile: string;
  readonly strategy: string;
  readonly carrier: Carrier;
  readonly verdict: Verdict;
  /** With the strategy: how the blocked name fared, and the allowed one. */
  readonly blocked: Attempt | null;
  readonly allowed: Attempt | null;
  /** Where there is no attempt: why. */
  readonly why: string | null;
}

/** Tries every strategy against every scenario, in one lab for each; cells by scenario and model, in the order of the strategies. */
export async function runMatrix(options: MatrixOptions): Promise<readonly Cell[]> {
  const strategies = options.strategies.map(findStrategy);
  const plans = options.scenarios.flatMap((scenario) =>
    profilesOf(scenario, options.profiles).map((profile) => planOf(scenario, profile, strategies)),
  );
  options.onStart?.(plans.reduce((sum, { cells }) => sum + cells.length, 0));
  const done: Cell[] = [];
  let count = 0;
  for (const plan of plans) {
    const before = done.length;
    if (plan.cells.length === 0) continue;
    await runPlan(plan, options, (cell, place) => {
      done[before + place] = cell;
      options.onCell?.(cell, ++count);
    });
  }
  return done;
}

interface Plan {
  readonly scenario: Scenario;
  readonly profile: string;
  readonly cells: readonly { readonly strategy: Strategy; readonly carrier: Carrier }[];
}

function profilesOf(scenario: Scenario, profiles: string | undefined): string[] {
  if (profiles === 'all') return Object.keys(scenario.profiles);
  return [profileOf(scenario, profiles).profile];
}

function planOf(scenario: Scenario, profile: string, strategies: readonly Strategy[]): Plan {
  const matches = scenario.rules.map(({ trigger }) => trigger.match);
  const carriers: Carrier[] = [
    ...(matches.includes('tls.sni') ? (['https'] as const) : []),
    ...(matches.includes('http.host') ? (['http'] as const) : []),
  ];
  const cells = carriers.flatMap((carrier) =>
    strategies
      .filter(({ over = carriers }) => over.includes(carrier))
      .map((strategy) => ({ strategy, carrier })),
  );
  return { scenario, profile, cells };
}

async function runPlan(
  { scenario, profile, cells }: Plan,
  { jobs = JOBS, seed = 0, signal }: MatrixOptions,
  note: (cell: Cell, place: number) => void,
): Promise<void> {
  const common = { scenario: scenario.id, profile };
  const fail = (strategy: Strategy, carrier: Carrier, why: string): Cell => {
    const rest = { blocked: null, allowed: null, why };
    return { ...common, strategy: strategy.id, carrier, verdict: 'INFRA', ...rest };
  };
  const lab = await openLab({ scenario, profile, rewrites: true, signal });
  try {
    const targets = targetsOf(scenario, lab.hosts);
    const bench = new Bench(lab, scenario, seed);
    const plain = new Map<Carrier, Promise<[Attempt, Attempt]>>();
    const waiting = [...cells.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [place, { strategy, carrier }] = next;
        const target = targets.find((one) => one.carrier === carrier);
        if (target === undefined) {
          note(
            fail(
              strategy,
              carrier,
              `no host of the lab is asked over ${carrier} for what the rules block`,
            ),
            place,
          );
          continue;
        }
        try {
          const control = plain.get(carrier) ?? bench.both(undefined, target);
          plain.set(carrier, control);
          const [plainAllowed, plainBlocked] = await control;
          const [allowed, blocked] = await bench.both(strategy, target);
          const verdict = verdictOf({ plainAllowed, plainBlocked, allowed, blocked });
          note(
            { ...common, strategy: strategy.id, carrier, verdict, blocked, allowed, why: null },
            place,
          );
        } catch (error) {
          signal?.throwIfAborted();
          if (error instanceof ChokepointError && error.code === 'LAB_DIED') throw error;
          note(fail(strategy, carrier, messageOf(error)), place);
        }
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    await lab.close();
  }
}

/** Makes attempts in a lab, each from a port of its own. */
class Bench {
  readonly #lab: Lab;
  readonly #scenario: Scenario;
  readonly #seed: number;
  #port = FIRST_PORT;

  constructor(lab: Lab, scenario: Scenario, seed: number) {
    this.#lab = lab;
    this.#scenario = scenario;
    this.#seed = seed;
  }

  /** For the name that nobody blocks, and for the other. */
  both(strategy: Strategy | undefined, target: MatrixTarget): Promise<[Attempt, Attempt]> {
    return Promise.all([
      this.#attempt(strategy, target, target.allowed),
      this.#attempt(strategy, target, target.blocked),
    ]);
  }

  async #attempt(
    strategy: Strategy | undefined,
    target: MatrixTarget,
    name: string,
  ): Promise<Attempt> {
    const { from, carrier, address } = target;
    const localPort = this.#port++;
    const spelt = strategy?.spell?.(name) ?? name;
    const at = { host: from, port: localPort };
    if (strategy?.rewriter !== undefined) {
      const dyingTtl = this.#dyingTtl(target);
      const use = { strategy: strategy.id, name: spelt, dyingTtl, seed: this.#seed };
      await this.#lab.rewrite({ do: 'use', ...at, use });
    }
    const host = this.#hostOf(address);
    const mark = await this.#lab.mark(host);
    const observation = await this.#lab.probe(from, {
      probe: carrier,
      url: `${carrier}://${name}:${target.port}/`,
      host: name,
      ip: strategy?.ip ?? 4,
      connect: host,
      localPort,
      strategy: strategy?.id,
      timeoutMs: TIMEOUT,
    });
    const own = await this.#connectionsOf(host, mark, localPort, target);
    const changed =
      strategy?.rewriter === undefined
        ? undefined
        : (await this.#lab.rewrite({ do: 'forget', ...at })) > 0;
    const decoy = decoyNameFor(spelt);
    return {
      hasSucceeded: observation.failure === null && observation.status === 200,
      hasLeaked: own.some(
        ({ sni, requests }) => sni === decoy || requests.some((one) => one.host === decoy),
      ),
      isApplied: changed,
      failure: observation.failure,
    };
  }

  async #connectionsOf(
    host: string,
    mark: Awaited<ReturnType<Lab['mark']>>,
    localPort: number,
    { from }: MatrixTarget,
  ): Promise<readonly ConnectionRecord[]> {
    const { ipv4, ipv6 } = this.#lab.hosts[from] as Lab['hosts'][string];
    const ends = [ipv4, ipv6].map((one) => formatEndpoint(one, localPort));
    for (let waited = 0; ; waited += POLL) {
      const all = await this.#lab.connections(host, mark);
      const own = all.filter(({ remote = '' }) => ends.includes(remote));
      const haveEnded = own.every(({ end }) => end !== 'open');
      if (waited >= MARGIN && (haveEnded || waited >= SETTLE_LIMIT)) return own;
      await pause(POLL);
    }
  }

  #hostOf(address: string): string {
    const found = Object.entries(this.#lab.hosts).find(([, { ipv4 }]) => ipv4 === address);
    return found?.[0] ?? 'server';
  }

  /** With which a packet passes the last box on the way, and dies at the next router. */
  #dyingTtl({ from, address }: MatrixTarget): number {
    const layout = layoutOf(this.#scenario);
    const path = pathOutwards(layout, from, this.#hostOf(address));
    const hops = layout.boxes.flatMap(({ id }) => placeOf(path, id)?.hop ?? []);
    return Math.max(1, ...hops);
  }
}

const JOBS = 8;
/** Below those that Linux hands out by itself. */
const FIRST_PORT = 10_000;
/** For each step, in ms: time enough for Linux to send something three times. */
const TIMEOUT = 3000;
const POLL = 15;
/** In which a server of a busy machine has written down what it got. */
const MARGIN = 60;
const SETTLE_LIMIT = 1000;
