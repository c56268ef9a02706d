import { type InjectedTtl, injectedIn, injectedTtlOf } from './injected.ts';
import { hopsOf, isServers, type PathHop, type ServerSeen, serverOf } from './path.ts';
import type { Trial } from './trial.ts';

/** Where a box sits: between two hops, of which 0 is whoever measures. */
export interface BoxPlace {
  /** The last hop before it that is known, and the first beyond it: neighbours, unless a router between them keeps silent. */
  readonly after: number;
  readonly before: number;
  /** `in-path`: the trigger does not travel on; `on-path`: it does. Undefined where no router beyond the box could tell. */
  readonly position: 'in-path' | 'on-path' | undefined;
}

export interface Judgement {
  /** As the allowed trigger finds it; the last is the server, if it answered. */
  readonly path: readonly PathHop[];
  readonly server: ServerSeen | undefined;
  /** Of the blocked triggers that could reach the server, how many were interfered with. */
  readonly interfered: { readonly count: number; readonly of: number };
  readonly box: BoxPlace | undefined;
  readonly ttl: InjectedTtl | undefined;
}

/**
 * Compares, TTL by TTL, what became of an allowed trigger and of a blocked one. Nothing follows from one silence: a hop counts
 * as passed by the share of trials, and the boundary is the one that most hops agree with.
 */
export function judge(allowed: readonly Trial[], blocked: readonly Trial[]): Judgement {
  const server = serverOf(allowed);
  const path = hopsOf(allowed, server);
  if (server === undefined) {
    return { path, server, interfered: { count: 0, of: 0 }, box: undefined, ttl: undefined };
  }
  const whole = blocked.filter((trial) => trial.ttl >= server.hop);
  const count = whole.filter(
    (trial) => !gotThrough(trial, server) || injectedIn(trial, server).length > 0,
  ).length;
  const injected = blocked.flatMap((trial) =>
    injectedIn(trial, server).map(({ ttl }): [number, number] => [trial.ttl, ttl]),
  );
  const ttl = injectedTtlOf(injected);
  const passing = passingHops(allowed, blocked, server);
  const box = boxOf(passing, injectionEdge(injected, ttl, blocked), server.hop);
  return { path, server, interfered: { count, of: whole.length }, box, ttl };
}

/** For each TTL up to the server's: whether the blocked trigger gets as far as the allowed one. Without an entry, nobody knows. */
type Passing = ReadonlyMap<number, boolean>;

function passingHops(
  allowed: readonly Trial[],
  blocked: readonly Trial[],
  server: ServerSeen,
): Passing {
  const passing = new Map<number, boolean>();
  for (let hop = 1; hop <= server.hop; hop++) {
    const [control = 0, tried] = [allowed, blocked].map((trials) => shareAt(hop, trials, server));
    if (control > 0 && tried !== undefined) passing.set(hop, tried >= control / 2);
  }
  return passing;
}

/** A TTL beyond the server's is as good as that. */
function shareAt(hop: number, trials: readonly Trial[], server: ServerSeen): number | undefined {
  const own = trials.filter(({ ttl }) => Math.min(ttl, server.hop) === hop);
  if (own.length === 0) return undefined;
  return own.filter((trial) => gotThrough(trial, server)).length / own.length;
}

function gotThrough(trial: Trial, server: ServerSeen): boolean {
  if (trial.ttl < server.hop) return trial.hop !== undefined;
  return trial.answers.some((answer) => isServers(answer, server));
}

interface Edge {
  readonly after: number;
  readonly before: number;
}

/** Between the hops that are passed and those that are not; undefined if the trigger passes all. */
function silenceEdge(passing: Passing, server: number): Edge | undefined {
  let best = { first: server + 1, score: -1 };
  for (let first = server + 1; first >= 1; first--) {
    // That a trigger got through is certain; that it did not may be a loss.
    const score = [...passing].reduce(
      (sum, [hop, passes]) => sum + (passes === hop < first ? (passes ? 2 : 1) : 0),
      0,
    );
    if (score > best.score) best = { first, score };
  }
  const known = [...passing].filter(([hop, passes]) => passes === hop < best.first);
  const before = known.find(([, passes]) => !passes)?.[0];
  if (before === undefined) return undefined;
  return { after: known.findLast(([hop]) => hop < before)?.[0] ?? 0, before };
}

/** The least TTL that provokes the box; a copied TTL counts the routers by itself, and comes back from a greater one only. */
function injectionEdge(
  injected: readonly (readonly [sent: number, arrived: number])[],
  ttl: InjectedTtl | undefined,
  blocked: readonly Trial[],
): Edge | undefined {
  if (ttl?.routers !== undefined) return { after: ttl.routers, before: ttl.routers + 1 };
  if (injected.length === 0) return undefined;
  const before = Math.min(...injected.map(([sent]) => sent));
  const less = blocked.flatMap((trial) => (trial.ttl < before ? [trial.ttl] : []));
  return { after: Math.max(0, ...less), before };
}

function boxOf(
  passing: Passing,
  injection: Edge | undefined,
  server: number,
): BoxPlace | undefined {
  const silence = silenceEdge(passing, server);
  const beyond = [...passing].filter(
    ([hop]) => injection !== undefined && hop >= injection.before && hop < server,
  );
  const passed = beyond.filter(([, passes]) => passes).length;
  if (injection !== undefined && passed > beyond.length / 2) {
    return { ...injection, position: 'on-path' };
  }
  if (silence !== undefined && silence.before < server) {
    return { ...narrowed(silence, injection), position: 'in-path' };
  }
  // Silence of the server alone may be that of what follows the trigger, anywhere.
  return injection && { ...injection, position: undefined };
}

/** Where routers keep silent, an injected packet may still tell. */
function narrowed(silence: Edge, injection: Edge | undefined): Edge {
  if (injection === undefined) return silence;
  const after = Math.max(silence.after, injection.after);
  const before = Math.min(silence.before, injection.before);
  return after < before ? { after, before } : silence;
}
