import type { Located } from '../probe/locate/locate.ts';
import type { Duration } from '../probe/locate/residual-steps.ts';
import type { Fastest } from '../probe/locate/spread.ts';
import type { PlaceOnPath } from './lab-path.ts';

/** Milliseconds: the median of the fastest tries, and half the distance between their quartiles. */
export interface Figures {
  readonly median: number;
  readonly spread: number;
  readonly tries: number;
  /** Of which these were the fastest. */
  readonly of: number;
}

/** What was found on the way from one host of a lab to another; for programs. */
export interface DirectionResult {
  readonly from: string;
  readonly to: string;
  /** That the trigger was made for; another may have decided. */
  readonly rule: string;
  readonly blocked: string;
  readonly allowed: string;
  readonly path: readonly {
    readonly hop: number;
    readonly name: string | null;
    readonly address: string | null;
    readonly rtt_ms: number | null;
  }[];
  readonly box:
    | (PlaceOnPath & {
        readonly position: 'in-path' | 'on-path' | null;
        readonly is_exact: boolean;
      })
    | null;
  /** Why no box was found, where none was. */
  readonly why: string | null;
  /** Of the triggers that could reach the server. */
  readonly interfered: { readonly count: number; readonly of: number };
  /** Round trips, to the box and to the server. */
  readonly distance_ms: Figures | null;
  readonly rtt_ms: Figures | null;
  /** What is left of the second: from the box to the server and back. */
  readonly beyond_ms: number | null;
  readonly ttl: {
    readonly mode: 'copied' | 'fixed' | 'varies';
    readonly value: number | null;
  } | null;
  readonly fingerprint: {
    readonly flags: string;
    readonly ttl: number | 'varies';
    readonly ip_id: number | 'copied' | 'varies';
    readonly window: number | 'varies';
    readonly count: number;
    readonly seq: readonly number[] | 'varies';
    readonly payload_length: number;
  } | null;
  readonly residual: {
    readonly scope: string;
    readonly untold: readonly string[];
    readonly duration_ms:
      | { readonly at_least: number; readonly at_most: number; readonly is_refreshed: boolean }
      | { readonly longer_than: number }
      | null;
  } | null;
  /** The lab's own box, which decided on the triggers. */
  readonly lab: (PlaceOnPath & { readonly position: 'in-path' | 'on-path' }) | null;
  readonly agrees: boolean;
}

/** What is known of a direction before and after it was measured. */
export interface DirectionFacts
  extends Pick<DirectionResult, 'from' | 'to' | 'rule' | 'blocked' | 'allowed' | 'lab'> {
  /** Of the host that is asked. */
  readonly address: string;
  readonly names: ReadonlyMap<string, string>;
}

export function resultOf(located: Located, facts: DirectionFacts): DirectionResult {
  const { names, address: target, ...known } = facts;
  const last = located.path.length;
  const path = located.path.map(({ hop, address, rtt }) => {
    const isServer = hop === last && located.server !== undefined;
    const name = isServer ? facts.to : (address && names.get(address)) || null;
    const own = isServer ? target : (address ?? null);
    return { hop, name, address: own, rtt_ms: rtt === undefined ? null : round(rtt) };
  });
  const nameAt = (hop: number): string =>
    hop === 0 ? facts.from : (path[hop - 1]?.name ?? path[hop - 1]?.address ?? `hop ${hop}`);
  const box = located.box && {
    hop: located.box.before,
    after: nameAt(located.box.after),
    before: nameAt(located.box.before),
    position: located.box.position ?? null,
    is_exact: located.box.before - located.box.after === 1,
  };
  const { distance, rtt } = located;
  return {
    ...known,
    path,
    box: box ?? null,
    why: box === undefined ? whyNot(located) : null,
    interfered: located.interfered,
    distance_ms: figures(distance),
    rtt_ms: figures(rtt),
    beyond_ms: distance && rtt ? round(rtt.median - distance.median) : null,
    ttl: ttlOf(located),
    fingerprint: fingerprintOf(located),
    residual: residualOf(located),
    agrees: located.server !== undefined && agree(box, facts.lab),
  };
}

function agree(box: DirectionResult['box'] | undefined, lab: DirectionResult['lab']): boolean {
  if (box === undefined || box === null || lab === null) return box === undefined && lab === null;
  return (
    box.after === lab.after &&
    box.before === lab.before &&
    box.hop === lab.hop &&
    box.position === lab.position
  );
}

function whyNot({ server, interfered }: Located): string {
  if (server === undefined) return 'the server never answered the allowed trigger';
  if (interfered.count === 0) return 'the blocked trigger fares as the allowed one does';
  return 'the trigger travels on to the last router, and the server stays silent: what follows the trigger is dropped, or the box is on the last link';
}

/** A fixed TTL is less by one for each router when it arrives. */
function ttlOf({ ttl, box, fingerprint }: Located): DirectionResult['ttl'] {
  if (ttl === undefined) return null;
  const arrived = fingerprint?.ttl;
  const isKnown = ttl.mode === 'fixed' && typeof arrived === 'number' && box !== undefined;
  return { mode: ttl.mode, value: isKnown ? arrived + box.after : null };
}

function fingerprintOf({ fingerprint }: Located): DirectionResult['fingerprint'] {
  if (fingerprint === undefined) return null;
  const { flags, ttl, ipId, window, count, seq, payloadLength } = fingerprint;
  return { flags, ttl, ip_id: ipId, window, count, seq, payload_length: payloadLength };
}

function residualOf({ residual }: Located): DirectionResult['residual'] {
  if (residual === undefined) return null;
  const { scope, untold, duration } = residual;
  return { scope, untold, duration_ms: duration === undefined ? null : durationOf(duration) };
}

function durationOf(duration: Duration) {
  if (duration.kind === 'longer') return { longer_than: duration.than };
  const { atLeast, atMost, isRefreshed } = duration;
  return { at_least: Math.floor(atLeast), at_most: Math.ceil(atMost), is_refreshed: isRefreshed };
}

function figures(times: Fastest | undefined): Figures | null {
  if (times === undefined) return null;
  return { ...times, median: round(times.median), spread: round(times.spread) };
}

/** To a microsecond. */
function round(time: number): number {
  return Math.round(time * 1000) / 1000;
}
