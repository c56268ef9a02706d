import type { Millis } from '../../base/units.ts';
import { RST } from '../../wire/tcp.ts';
import type { Answer, Trial } from './trial.ts';

/** What a TTL reaches. */
export interface PathHop {
  readonly hop: number;
  /** Undefined of a router that keeps silent. */
  readonly address: string | undefined;
  /** From the packet to the answer, of the fastest. */
  readonly rtt: Millis | undefined;
}

/** The server, as an allowed trigger finds it. */
export interface ServerSeen {
  /** The least TTL that reaches it. */
  readonly hop: number;
  /** That its packets arrive with. */
  readonly ttl: number;
}

/** Undefined if the allowed trigger was never answered. */
export function serverOf(allowed: readonly Trial[]): ServerSeen | undefined {
  const reaching = allowed.filter(({ answers }) => answers.some(isReply));
  if (reaching.length === 0) return undefined;
  const ttls = reaching.flatMap(({ answers }) => answers.filter(isReply).map(({ ttl }) => ttl));
  return { hop: Math.min(...reaching.map(({ ttl }) => ttl)), ttl: mostFrequent(ttls) as number };
}

/** Up to the server, whose address is known. */
export function hopsOf(allowed: readonly Trial[], server: ServerSeen | undefined): PathHop[] {
  const last = server?.hop ?? 1 + Math.max(0, ...allowed.map(({ ttl, hop }) => (hop ? ttl : 0)));
  const routers = Array.from({ length: last - 1 }, (_, i): PathHop => {
    const said = allowed.flatMap(({ ttl, hop }) => (ttl === i + 1 && hop ? [hop] : []));
    const address = mostFrequent(said.map((one) => one.address));
    return { hop: i + 1, address, rtt: least(said.map(({ after }) => after)) };
  });
  if (server === undefined) return routers;
  const replies = allowed.flatMap(({ answers }) => answers.find(isReply)?.after ?? []);
  return [...routers, { hop: last, address: undefined, rtt: least(replies) }];
}

/** Whether the server, and nobody in its place, answered a trigger. */
export function isServers(answer: Answer, server: ServerSeen): boolean {
  return isReply(answer) && answer.ttl === server.ttl;
}

export function mostFrequent<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function least(times: readonly Millis[]): Millis | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}

function isReply({ acknowledgesTrigger, flags }: Answer): boolean {
  return acknowledgesTrigger && (flags & RST) === 0;
}
