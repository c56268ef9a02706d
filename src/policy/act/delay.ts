import type { Millis } from '../../base/units.ts';
import type { Direction } from '../../flow/flow.ts';
import type { PacketView } from '../../wire/packet.ts';
import { ACCEPT, type Verdict } from '../verdict.ts';
import { type Plan, type Sentence, type Trigger, wayInFlow } from './trigger.ts';

/** Let the flow through, each packet this much later. */
export interface DelayAction {
  readonly do: 'delay';
  /** As the box sees the roles. */
  readonly way: 'both' | 'to-server' | 'to-client';
  readonly by: Millis;
}

export function delay({ way, by }: DelayAction, trigger: Trigger): Plan {
  const sentence = new Delayed(wayInFlow(way, trigger), by);
  const isHeld = way === 'both' || way === trigger.found.direction;
  if (!isHeld) return { original: 'accept', packets: [], sentence };
  return { original: 'hold', until: trigger.now + by, packets: [], sentence };
}

class Delayed implements Sentence {
  readonly isRead = true;
  readonly #way: 'both' | Direction;
  readonly #by: Millis;
  readonly #verdict = { kind: 'hold' as const, until: 0 };

  constructor(way: 'both' | Direction, by: Millis) {
    this.#way = way;
    this.#by = by;
  }

  judge(_packet: PacketView, direction: Direction, now: Millis): Verdict {
    if (this.#way !== 'both' && this.#way !== direction) return ACCEPT;
    this.#verdict.until = now + this.#by;
    return this.#verdict;
  }
}
