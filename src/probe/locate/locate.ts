import { type Fingerprint, fingerprintOf, injectedIn } from './injected.ts';
import { type Judgement, judge } from './judge.ts';
import { type ServerSeen, serverOf } from './path.ts';
import type { LocateRequest } from './request.ts';
import { comesToRest, measureResidual, type Residual, type ResidualMeans } from './residual.ts';
import { type Fastest, fastest, isSettled, spreadOf } from './spread.ts';
import { type Station, withStation } from './station.ts';
import { FULL_TTL, type Trial } from './trial.ts';
import { tryTrigger } from './try-trigger.ts';
import { walkAllowed, walkBlocked } from './walk.ts';

/** What was found out about a box from where this process runs. */
export interface Located extends Judgement {
  /** From the trigger to the first injected packet, in ms; undefined if there is none. */
  readonly distance: Fastest | undefined;
  /** From the request for a connection to its answer, in ms. */
  readonly rtt: Fastest | undefined;
  readonly fingerprint: Fingerprint | undefined;
  /** Undefined where it was not looked for. */
  readonly residual: Residual | undefined;
}

/** Looks for the box that a trigger sets off. Needs CAP_NET_RAW, and the package raw-socket. */
export function locate(request: LocateRequest): Promise<Located> {
  return withStation(request.blocked.address, (station) => locateFrom(station, request));
}

async function locateFrom(station: Station, request: LocateRequest): Promise<Located> {
  const { blocked, allowed } = request;
  const control = await walkAllowed(station, allowed);
  const server = serverOf(control);
  if (server === undefined) {
    const nothing = { distance: undefined, fingerprint: undefined, residual: undefined };
    return { ...judge(control, []), ...nothing, rtt: undefined };
  }
  const rtt = spreadOf(control.flatMap((trial) => trial.rtt ?? []))?.median ?? 0;
  const means = { station, blocked, allowed, patience: LEAST_PATIENCE + 2 * rtt };
  const search = new Search(means, request, server, rtt);
  const { trials, isAtRest } = await search.walk();
  const timed = isAtRest ? await search.time() : [];
  const tried = [...trials, ...timed];
  if (isAtRest && isLeftToChance(judge(control, tried))) tried.push(...(await search.walkAgain()));
  const judgement = judge(control, tried);
  const isSetOff = judgement.interfered.count > 0 || judgement.box !== undefined;
  const residual = isSetOff ? await search.residual(isAtRest) : undefined;
  const whole = tried.filter(({ ttl }) => ttl === FULL_TTL);
  const rtts = [...control, ...tried].flatMap((trial) => trial.rtt ?? []);
  return {
    ...judgement,
    distance: fastest(timesIn(timed.length > 0 ? timed : trials, server), request.tries),
    rtt: fastest(rtts, request.tries),
    fingerprint: fingerprintOf(whole.length > 0 ? whole : tried, server),
    residual,
  };
}

/** Whether the box acts on some flows only: then a few trials tell little. */
function isLeftToChance({ interfered: { count, of } }: Judgement): boolean {
  return count > 0 && count < of;
}

/** From the trigger to what a box sent. */
function timesIn(trials: readonly Trial[], server: ServerSeen): number[] {
  return trials.flatMap((trial) => injectedIn(trial, server)[0]?.after ?? []);
}

/** The parts of a search that have to do with the blocked trigger. */
class Search {
  readonly #means: ResidualMeans;
  readonly #request: LocateRequest;
  readonly #server: ServerSeen;
  readonly #rtt: number;
  readonly #limit: number;
  /** Whether the box was ever seen to go on with other connections: then each trigger costs a wait. */
  #wasBusy = false;

  constructor(means: ResidualMeans, request: LocateRequest, server: ServerSeen, rtt: number) {
    this.#means = means;
    this.#request = request;
    this.#server = server;
    this.#rtt = rtt;
    this.#limit = request.residual?.limitMs ?? DEFAULT_LIMIT;
  }

  walk(): Promise<{ trials: Trial[]; isAtRest: boolean }> {
    const { station, blocked: trigger, patience } = this.#means;
    const rest = { rtt: this.#rtt, comesToRest: () => this.#comesToRest() };
    return walkBlocked({ station, trigger, last: this.#server.hop, patience, ...rest });
  }

  async walkAgain(): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (let i = 0; i < MOST_ROUNDS; i++) trials.push(...(await this.walk()).trials);
    return trials;
  }

  /**
   * One after the other, with two TTLs: whether that of the answers follows shows so. More than asked for while the machine is so
   * busy that the fastest disagree.
   */
  async time(): Promise<Trial[]> {
    const { station, blocked, patience } = this.#means;
    const trials: Trial[] = [];
    const isEnough = (trial: Trial): boolean => injectedIn(trial, this.#server).length > 0;
    const options = { patience, isEnough, linger: LINGER };
    for (let i = 0; this.#isWorthIt(i, timesIn(trials, this.#server)); i++) {
      const ttl = i % 2 === 0 ? FULL_TTL : OTHER_TTL;
      const trial = await tryTrigger(station, blocked, { ...options, ttl });
      if (trial !== undefined) trials.push(trial);
      if (this.#wasBusy && !(await this.#comesToRest())) break;
    }
    return trials;
  }

  #isWorthIt(made: number, times: readonly number[]): boolean {
    const { tries } = this.#request;
    // Each costs a wait, or there is nothing to time: a few tell that as well.
    if (made >= FEW && (this.#wasBusy || times.length === 0)) return false;
    if (made < tries) return true;
    return made < MOST_ROUNDS * tries && !isSettled(fastest(times, tries));
  }

  async residual(isAtRest: boolean): Promise<Residual | undefined> {
    const { residual } = this.#request;
    if (residual === undefined || !this.#hasConnection()) return undefined;
    if (isAtRest) return measureResidual(this.#means, residual);
    const duration = { kind: 'longer', than: this.#limit } as const;
    return { scope: '3-tuple', duration, untold: ['2-tuple', 'source'] };
  }

  async #comesToRest(): Promise<boolean> {
    if (!this.#hasConnection()) return true;
    const outcome = await comesToRest(this.#means, this.#limit);
    if (outcome !== 'at once') this.#wasBusy = true;
    return outcome !== 'never';
  }

  #hasConnection(): boolean {
    const { kind } = this.#means.blocked;
    return kind === 'http' || kind === 'tls';
  }
}

/** In ms: a busy machine may be late by tens of them. */
const LEAST_PATIENCE = 300;
const DEFAULT_LIMIT = 10_000;
const LINGER = 20;
const OTHER_TTL = 48;
const FEW = 4;
const MOST_ROUNDS = 4;
