import type { Answer, Trial } from '../../src/probe/locate/trial.ts';
import { ACK, RST } from '../../src/wire/tcp.ts';

/** A path with a box on it, and what of it is hidden. */
export interface SimulatedPath {
  /** Routers before the box, and behind it. */
  readonly near: number;
  readonly far: number;
  readonly position: 'in-path' | 'on-path';
  /** Of its RSTs to the client; of a box that sends none, undefined. */
  readonly ttl: number | 'copied' | undefined;
  readonly resetsServer: boolean;
  /** Numbers of routers that never say that a TTL ended. */
  readonly silent: readonly number[];
}

/** What comes of one trigger on such a path, if nothing is lost. */
export function simulateTrial(path: SimulatedPath, ttl: number, isBlocked: boolean): Trial {
  const routers = path.near + path.far;
  const isSeen = isBlocked && ttl > path.near;
  const travelsOn = !isSeen || path.position === 'on-path';
  const endsAt = ttl <= routers && travelsOn && !path.silent.includes(ttl);
  const isAnswered = ttl > routers && travelsOn && !(isSeen && path.resetsServer);
  const injected = isSeen ? arrivingTtl(path, ttl) : 0;
  return {
    ...{ sentAt: 0, ttl, ipId: 7, rtt: 10 },
    hop: endsAt ? { address: `r${ttl}`, after: ttl } : undefined,
    answers: [
      ...(injected > 0 ? [answer({ ttl: injected, flags: RST, after: path.near })] : []),
      ...(isAnswered
        ? [answer({ ttl: 64 - routers, flags: ACK, acknowledgesTrigger: true, after: routers })]
        : []),
    ],
  };
}

/** A trial of which all that came back was lost. */
export function lost(trial: Trial): Trial {
  return { ...trial, hop: undefined, answers: [] };
}

export function answer(fields: Partial<Answer>): Answer {
  return {
    ...{ after: 1, ttl: 60, ipId: 0, flags: RST, window: 0, seqDistance: 0 },
    ...{ acknowledgesTrigger: false, payloadLength: 0, mayBePrompted: false },
    ...fields,
  };
}

/** 0 or less if it ends at a router on the way back. */
function arrivingTtl({ near, ttl }: SimulatedPath, sent: number): number {
  if (ttl === undefined) return 0;
  return (ttl === 'copied' ? sent - near : ttl) - near;
}
