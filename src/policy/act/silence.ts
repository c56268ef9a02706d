import type { Millis } from '../../base/units.ts';
import type { Direction } from '../../flow/flow.ts';
import type { PacketView } from '../../wire/packet.ts';
import { ACCEPT, DROP, type Verdict } from '../verdict.ts';
import type { Sentence } from './trigger.ts';

/** Packets that go one way, or both, do not arrive: all of them, or those with payload. */
export class Silence implements Sentence {
  readonly isRead = false;
  readonly #way: 'both' | Direction;
  readonly #what: 'all' | 'payload';
  readonly #until: Millis;

  constructor(way: 'both' | Direction, what: 'all' | 'payload', until = Number.POSITIVE_INFINITY) {
    this.#way = way;
    this.#what = what;
    this.#until = until;
  }

  judge(packet: PacketView, direction: Direction, now: Millis): Verdict {
    if (now >= this.#until) return ACCEPT;
    if (this.#way !== 'both' && this.#way !== direction) return ACCEPT;
    return this.#what === 'payload' && packet.payloadLength === 0 ? ACCEPT : DROP;
  }
}
