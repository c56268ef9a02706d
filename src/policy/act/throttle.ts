import type { Millis } from '../../base/units.ts';
import type { Direction } from '../../flow/flow.ts';
import { WAITING_ROOM } from '../../flow/held-back.ts';
import type { PacketView } from '../../wire/packet.ts';
import { ACCEPT, DROP, type Verdict } from '../verdict.ts';
import { type Plan, type Sentence, type Trigger, wayInFlow } from './trigger.ts';

/** Let the flow through at a rate: what is beyond it is dropped (`police`) or waits its turn, as long as there is room (`shape`). */
export interface ThrottleAction {
  readonly do: 'throttle';
  /** As the box sees the roles. */
  readonly way: 'both' | 'to-server' | 'to-client';
  /** Bits per millisecond, which is kbit/s; of IP packets, each direction for itself. */
  readonly rate: number;
  /** Bytes that may come at once. */
  readonly burst: number;
  readonly how: 'police' | 'shape';
}

export function throttle(action: ThrottleAction, trigger: Trigger): Plan {
  const sentence = new Throttled({ ...action, way: wayInFlow(action.way, trigger) });
  return { original: 'accept', packets: [], sentence };
}

/** A token bucket for each direction. */
class Throttled implements Sentence {
  readonly isRead = true;
  readonly #action: ThrottleAction;
  readonly #tokens: Float64Array;
  readonly #at = new Float64Array(2).fill(Number.NaN);
  readonly #held = { kind: 'hold' as const, until: 0 };

  constructor(action: ThrottleAction) {
    this.#action = action;
    this.#tokens = new Float64Array(2).fill(action.burst);
  }

  judge(packet: PacketView, direction: Direction, now: Millis): Verdict {
    const { way, rate, how, burst } = this.#action;
    if (way !== 'both' && way !== direction) return ACCEPT;
    const i = direction === 'to-server' ? 0 : 1;
    const before = this.#at[i] as number;
    const elapsed = Number.isNaN(before) ? 0 : Math.max(0, now - before);
    const tokens = Math.min(burst, (this.#tokens[i] as number) + (elapsed * rate) / 8);
    const after = tokens - (packet.ipEnd - packet.ipAt);
    this.#at[i] = now;
    this.#tokens[i] = tokens;
    if (after < (how === 'police' ? 0 : -WAITING_ROOM)) return DROP;
    this.#tokens[i] = after;
    if (after >= 0) return ACCEPT;
    this.#held.until = now + (-after * 8) / rate;
    return this.#held;
  }
}
