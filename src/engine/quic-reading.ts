import type { Reading } from '../flow/flow.ts';
import type { MemoryBudget } from '../flow/memory-budget.ts';
import { QuicInitials } from '../wire/quic/initials.ts';

/** What is kept of the Initials of a flow; it counts among what all streams hold. */
export class QuicReading implements Reading {
  readonly initials: QuicInitials;
  /** There was no room for what has come: nothing more is to be read. */
  isOver: boolean;
  readonly #budget: MemoryBudget;
  #charged = 0;

  constructor(limit: number, budget: MemoryBudget) {
    this.initials = new QuicInitials(limit);
    this.#budget = budget;
    this.isOver = !this.#charge(OWN_COST);
  }

  /** Takes in a datagram; true when the stream of its direction grew. */
  take(bytes: Uint8Array, at: number, end: number, from: 'client' | 'server'): boolean {
    if (this.isOver) return false;
    const hasGrown = this.initials.take(bytes, at, end, from);
    const { toServer, toClient } = this.initials;
    const held = OWN_COST + toServer.bytes.length + toClient.bytes.length;
    this.isOver = !this.#charge(held - this.#charged);
    return hasGrown && !this.isOver;
  }

  close(): void {
    this.#budget.giveBack(this.#charged);
    this.#charged = 0;
  }

  #charge(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#charged += bytes;
    return true;
  }
}

/** Bytes of keys and objects, about. */
const OWN_COST = 3072;
