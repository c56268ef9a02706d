import { FIN, RST } from '../../wire/tcp.ts';
import { mostFrequent, type ServerSeen } from './path.ts';
import type { Answer, Trial } from './trial.ts';

/** How a box chooses the TTL of what it sends. */
export interface InjectedTtl {
  /** `copied` from the trigger, as it was when it reached the box. */
  readonly mode: 'copied' | 'fixed' | 'varies';
  /** Routers between it and the box, as a copied TTL tells: it is less by one for each, on the way there and back. */
  readonly routers: number | undefined;
}

/** What the injected packets to whoever measures have in common. */
export interface Fingerprint {
  readonly flags: string;
  /** As they arrive. */
  readonly ttl: number | 'varies';
  readonly ipId: number | 'copied' | 'varies';
  readonly window: number | 'varies';
  /** For each trigger. */
  readonly count: number;
  /** From the number that the client expects. */
  readonly seq: readonly number[] | 'varies';
  readonly payloadLength: number;
}

/**
 * The answers that the server cannot have sent: what ends a connection or carries payload while the trigger's TTL does not reach
 * it, and elsewhere RSTs, and what has another TTL than the server's own packets.
 */
export function injectedIn(trial: Trial, server: ServerSeen): readonly Answer[] {
  return trial.answers.filter(({ flags, ttl, payloadLength, mayBePrompted }) => {
    const isOther = ttl !== server.ttl;
    if (!isOther && mayBePrompted && (flags & RST) !== 0) return false;
    const isMeant = (flags & (RST | FIN)) !== 0 || payloadLength > 0;
    if (trial.ttl < server.hop) return isMeant;
    return (flags & RST) !== 0 || (isOther && isMeant);
  });
}

/** From the trigger's TTL and the one that arrived, for each packet. It takes triggers with two TTLs to tell. */
export function injectedTtlOf(
  pairs: readonly (readonly [sent: number, arrived: number])[],
): InjectedTtl | undefined {
  if (new Set(pairs.map(([sent]) => sent)).size < 2) return undefined;
  const arrived = pairs.map((pair) => pair[1]);
  const lost = pairs.map(([sent, ttl]) => sent - ttl);
  if (agrees(lost)) {
    return { mode: 'copied', routers: Math.round((mostFrequent(lost) as number) / 2) };
  }
  return { mode: agrees(arrived) ? 'fixed' : 'varies', routers: undefined };
}

/** Undefined if nothing was injected. */
export function fingerprintOf(
  blocked: readonly Trial[],
  server: ServerSeen,
): Fingerprint | undefined {
  const sets = blocked
    .map((trial) => ({ trial, packets: injectedIn(trial, server) }))
    .filter(({ packets }) => packets.length > 0);
  const all = sets.flatMap(({ trial, packets }) => packets.map((packet) => ({ trial, packet })));
  if (all.length === 0) return undefined;
  const one = <T>(values: readonly T[]): T | 'varies' =>
    agrees(values) ? (mostFrequent(values) as T) : 'varies';
  const isCopied = agrees(
    all.map(({ trial, packet }) => packet.ipId === trial.ipId),
    true,
  );
  const sequences = one(sets.map(({ packets }) => packets.map((p) => p.seqDistance).join()));
  return {
    flags: mostFrequent(all.map(({ packet }) => flagsText(packet.flags))) as string,
    ttl: one(all.map(({ packet }) => packet.ttl)),
    ipId: isCopied ? 'copied' : one(all.map(({ packet }) => packet.ipId)),
    window: one(all.map(({ packet }) => packet.window)),
    count: mostFrequent(sets.map(({ packets }) => packets.length)) as number,
    seq: sequences === 'varies' ? sequences : sequences.split(',').map(Number),
    payloadLength: mostFrequent(all.map(({ packet }) => packet.payloadLength)) as number,
  };
}

/** As tcpdump writes them, without dots. */
function flagsText(flags: number): string {
  return [...'FSRPAU'].filter((_, bit) => (flags & (1 << bit)) !== 0).join('');
}

/** Whether almost all are the same: one packet in ten may be somebody else's. */
function agrees<T>(values: readonly T[], as = mostFrequent(values)): boolean {
  const same = values.filter((value) => value === as).length;
  return same > 0 && same >= 0.9 * values.length;
}
