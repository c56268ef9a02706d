import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ChokepointError } from '../../base/errors.ts';
import { pathBelow } from '../../base/name.ts';
import type { Millis } from '../../base/units.ts';
import { writing } from '../../base/writing.ts';
import type { Strategy } from '../../evasion/strategy.ts';
import type { Attempt } from '../../evasion/verdict.ts';
import { phasesOf } from '../../scenario/phases.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { type Lab, openLab } from '../lab.ts';
import { Bench } from './bench.ts';
import { LabUnopened } from './lab-unopened.ts';
import type { MatrixTarget } from './target.ts';

/** What came of both names, and where the lab's captures are. */
export interface Tried {
  readonly allowed: Attempt;
  readonly blocked: Attempt;
  /** Within the matrix's folder. */
  readonly folder: string;
}

/** Is told the name of each folder that is made in the matrix's. */
export type OnFolder = (name: string) => void;

export interface RoomOptions {
  readonly scenario: Scenario;
  readonly profile: string;
  readonly seed: number;
  /** The matrix's folder; each lab makes one of its own in it. */
  readonly folder: string;
  readonly readOnlyFiles?: boolean | undefined;
  readonly onFolder?: OnFolder | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Where attempts are made so that none bears what another has brought upon the client. */
export class Room {
  readonly #options: RoomOptions;
  /** How long the censor's boxes remember a client for what it did. */
  readonly #memory: Millis;
  #bench: Promise<OpenBench> | undefined;
  /** When whoever came before is done. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#memory = memoryOf(options.scenario);
  }

  /** Whether several attempts may be made at once. */
  get isShared(): boolean {
    return this.#memory === 0;
  }

  /** For the name that nobody blocks, and for the other; one after the other where a box remembers. */
  try(strategy: Strategy, target: MatrixTarget): Promise<Tried> {
    if (this.isShared) return this.#try(strategy, target);
    const turn = this.#turn.then(() => this.#try(strategy, target));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #try(strategy: Strategy, target: MatrixTarget): Promise<Tried> {
    this.#options.signal?.throwIfAborted();
    const { bench, folder } = await this.#benchNow();
    const attempt = (ask: MatrixTarget['blocked']): Promise<Attempt> =>
      bench.attempt(strategy, target, ask);
    if (this.isShared) {
      const both = [attempt(target.allowed), attempt(target.blocked)] as const;
      const [allowed, blocked] = await Promise.all(both);
      return { allowed, blocked, folder };
    }
    const allowed = await attempt(target.allowed);
    const blocked = await attempt(target.blocked);
    await this.#forget();
    return { allowed, blocked, folder };
  }

  /** Whoever asked for a lab that could not be opened has been told. */
  async close(): Promise<void> {
    const open = await this.#bench?.catch(() => undefined);
    this.#bench = undefined;
    await open?.close();
  }

  #benchNow(): Promise<OpenBench> {
    this.#bench ??= this.#open().catch((error: unknown) => {
      this.#options.signal?.throwIfAborted();
      throw error instanceof ChokepointError ? new LabUnopened(error) : error;
    });
    return this.#bench;
  }

  /** Boxes of another lab remember nothing. */
  async #forget(): Promise<void> {
    if (this.#memory < DEARER_THAN_A_LAB) await pause(this.#memory);
    else await this.close();
  }

  async #open(): Promise<OpenBench> {
    const { scenario, seed, folder: within, ...others } = this.#options;
    const title = `${scenario.id}-${others.profile}`;
    const place = { scenario: ready(scenario), title, folder: within, rewrites: true };
    const { lab, folder } = await openPlanLab({ ...others, ...place });
    const bench = new Bench(lab, scenario, seed, join(within, folder));
    const close = async (): Promise<void> => {
      bench.close();
      await lab.close();
    };
    return { bench, folder, close };
  }
}

/** A lab of a matrix. */
export interface PlanLab {
  readonly lab: Lab;
  readonly scenario: Scenario;
  /** Of its captures and logs, within the matrix's. */
  readonly folder: string;
}

export interface PlanLabOptions {
  readonly scenario: Scenario;
  readonly profile: string;
  /** The matrix's. */
  readonly folder: string;
  /** What the lab's own begins with. */
  readonly title: string;
  readonly rewrites?: boolean;
  readonly readOnlyFiles?: boolean | undefined;
  readonly onFolder?: OnFolder | undefined;
  readonly signal: AbortSignal | undefined;
}

/** When the scenario is run first, into a folder of its own. */
export async function openPlanLab(options: PlanLabOptions): Promise<PlanLab> {
  const { title, folder: within, onFolder, ...lab } = options;
  const folder = newFolder(within, title);
  onFolder?.(folder);
  const { at } = phasesOf(lab.scenario)[0] as { at: string };
  const out = join(within, folder);
  return { lab: await openLab({ ...lab, at, out }), scenario: lab.scenario, folder };
}

function newFolder(within: string, title: string): string {
  for (let number = 1; ; number++) {
    const name = `${title}-${number}`;
    const path = pathBelow(within, name);
    // A link that leads nowhere has the name too.
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    writing(path, () => mkdirSync(path));
    return name;
  }
}

interface OpenBench {
  readonly bench: Bench;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

/** With a resolver abroad that can be asked over HTTPS too, and without a Tor network, which takes long to start. */
function ready(scenario: Scenario): Scenario {
  const { origin } = scenario;
  return { ...scenario, tor: undefined, origin: { ...origin, doh: origin.doh ?? RESOLVER } };
}

/** Of residuals that reach other connections than their own; each attempt is a connection from a port of its own. */
export function memoryOf({ rules }: Scenario): Millis {
  const spans = rules.flatMap(({ residual }) =>
    residual === undefined || residual.scope === '4-tuple'
      ? []
      : [residual.after_ms + residual.duration_ms],
  );
  return Math.max(0, ...spans);
}

/** Belongs to nobody (RFC 2606). */
const RESOLVER = 'resolver.example';
const DEARER_THAN_A_LAB: Millis = 2000;
