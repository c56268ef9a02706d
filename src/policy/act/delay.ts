import type { Millis } from '../../base/units.ts';
import type { Direction } from '../../flow/flow.ts';
import type { PacketView } from '../../wire/packet.ts';
import { ACCEPT, type Verdict } from '../verdict.ts';
import type { Plan, Sentence, Trigger } from './trigger.ts';

/** Let the flow through, each packet this much later. */
export interface DelayAction {
  readonly do: 'delay';
  readonly way: 'both' | 'to-server' | 'to-client';
  readonly by: Millis;
}

export function delay(action: DelayAction, { now, direction }: Trigger): Plan {
  const sentence = new Delayed(action);
  const isHeld = action.way === 'both' || action.way === direction;
  return { original: isHeld ? 'hold' : 'accept', until: now + action.by, packets: [], sentence };
}

class Delayed implements Sentence {
  readonly isRead = true;
  readonly #action: DelayAction;
  readonly #verdict = { kind: 'hold' as const, until: 0 };

  constructor(action: DelayAction) {
    this.#action = action;
  }

  judge(_packet: PacketView, direction: Direction, now: Millis): Verdict {
    const { way, by } = this.#action;
    if (way !== 'both' && way !== direction) return ACCEPT;
    this.#verdict.until = now + by;
    return this.#verdict;
  }
}
