import type { Reading } from '../flow/flow.ts';
import type { MemoryBudget } from '../flow/memory-budget.ts';
import type { Model } from '../policy/model.ts';
import type { CryptoStream } from '../wire/quic/crypto-stream.ts';
import { QuicInitials } from '../wire/quic/initials.ts';

/** What is kept of the Initials of a flow; it counts among what all streams hold. */
export class QuicReading implements Reading {
  readonly initials: QuicInitials;
  /** What a rule was set off by. */
  shown: CryptoStream | undefined = undefined;
  readonly #budget: MemoryBudget;
  #charged = 0;

  constructor({ quic, stream }: Model, budget: MemoryBudget) {
    const bounds = quic.connections === 'ids' ? BY_ID : BY_PORTS;
    this.initials = new QuicInitials({ limit: stream.limit.bytes, ...bounds });
    this.#budget = budget;
  }

  /** After each datagram that was read: lets go of what is not needed any more, and of what there is no room for. */
  settle(): void {
    this.initials.tidy(MOST_HELD);
    for (;;) {
      const { held } = this.initials;
      if (this.#budget.take(held - this.#charged)) {
        this.#charged = held;
        return;
      }
      this.initials.tidy(held - 1);
    }
  }

  close(): void {
    this.#budget.giveBack(this.#charged);
    this.#charged = 0;
  }
}

const BY_PORTS = { most: 1, mostUnreadable: 16 };
const BY_ID = { most: 256, mostUnreadable: 256 };
/** Bytes of one flow. */
const MOST_HELD = 2 << 20;
