import type { Millis } from '../base/units.ts';
import type { PacketView } from '../wire/packet.ts';
import { type Direction, Flow, opposite } from './flow.ts';
import type { TcbKnobs } from './knobs.ts';
import { NO_SLOT, TupleIndex } from './tuple-index.ts';

export type FlowTableOptions = Pick<
  TcbKnobs,
  'capacity' | 'idleTimeout' | 'halfOpenTimeout' | 'eviction'
>;

/**
 * Flows by five-tuple, both directions under one entry; looking up a packet allocates nothing. Flows that were only begun, and the
 * others, each have a list in order of age and a timeout; when room is needed, the eviction policy says which goes. While packets of
 * a flow are held back it stays, for later ones must not overtake them.
 */
export class FlowTable {
  /** How the packet of the last successful `find` or `open` runs in its flow. */
  direction: Direction = 'to-server';
  readonly #options: FlowTableOptions;
  readonly #tuples: TupleIndex;
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #lastSeen: Float64Array;
  /** Which list a slot is in: OPEN, HALF_OPEN or ENDED. */
  readonly #list: Uint8Array;
  readonly #oldest = new Int32Array(3).fill(NONE);
  readonly #newest = new Int32Array(3).fill(NONE);
  readonly #flows: Flow[] = [];
  readonly #free: number[] = [];
  #count = 0;

  constructor(options: FlowTableOptions, salt = 0) {
    const { capacity } = options;
    this.#options = options;
    this.#tuples = new TupleIndex(capacity, salt);
    this.#older = new Int32Array(capacity);
    this.#newer = new Int32Array(capacity);
    this.#lastSeen = new Float64Array(capacity);
    this.#list = new Uint8Array(capacity);
  }

  get size(): number {
    return this.#count;
  }

  /** The flow of this TCP packet, if it is known and has not been idle too long. Sets `direction`. */
  find(packet: PacketView, now: Millis): Flow | undefined {
    const slot = this.#tuples.find(packet);
    if (slot === NO_SLOT) return undefined;
    const flow = this.#flows[slot] as Flow;
    const beginsAnother = this.#list[slot] === ENDED && packet.isOpeningSyn;
    if (beginsAnother || this.#isOver(slot, now)) {
      this.remove(flow);
      return undefined;
    }
    this.direction = this.#tuples.isForward ? 'to-server' : 'to-client';
    this.#touch(slot, now);
    return flow;
  }

  /**
   * A new flow whose initiator is the packet's sender; it is half-open until `establish`. Undefined when the table is full
   * and the policy is to keep what it has. The five-tuple must not be in the table.
   */
  open(packet: PacketView, now: Millis): Flow | undefined {
    this.#expire(ENDED, now);
    this.#expire(HALF_OPEN, now);
    this.#expire(OPEN, now);
    if (this.#count === this.#options.capacity && !this.#evict()) return undefined;
    const slot = this.#free.pop() ?? this.#flows.length;
    const flow = this.#flows[slot] ?? new Flow(slot);
    this.#flows[slot] = flow;
    this.#tuples.add(packet, slot);
    this.#count++;
    this.#list[slot] = HALF_OPEN;
    this.#link(slot, now);
    this.direction = 'to-server';
    return flow;
  }

  /** The flow's other end has answered, or it carries data: from now on it counts as open. */
  establish({ slot }: Flow): void {
    if (this.#list[slot] === HALF_OPEN) this.#move(slot, OPEN);
  }

  /** The flow is over: it goes once nothing of it is held back, or a SYN begins another. */
  end(flow: Flow, now: Millis): void {
    if (flow.holdsAt(now)) this.#move(flow.slot, ENDED);
    else this.remove(flow);
  }

  /** A number that is the same for both directions of a flow and differs between flows, in 32 bits. */
  hashOf({ slot }: Flow, seed: number): number {
    return this.#tuples.hashOf(slot, seed);
  }

  /** Who began the flow was its other end. */
  reverse(flow: Flow): void {
    this.#tuples.reverse(flow.slot);
    flow.reverse();
    this.direction = opposite(this.direction);
  }

  remove(flow: Flow): void {
    const { slot } = flow;
    this.#tuples.remove(slot);
    this.#unlink(slot);
    this.#free.push(slot);
    this.#count--;
    flow.reset();
  }

  /** Forgets every session of the packet's protocol between its two hosts, whatever the ports. Looks at the whole table. */
  forgetBetween(packet: PacketView): void {
    const { length } = this.#flows;
    let slot = this.#tuples.nextBetween(packet, 0, length);
    while (slot !== NO_SLOT) {
      (this.#flows[slot] as Flow).forget();
      slot = this.#tuples.nextBetween(packet, slot + 1, length);
    }
  }

  #isOver(slot: number, now: Millis): boolean {
    const { idleTimeout, halfOpenTimeout } = this.#options;
    const list = this.#list[slot] as number;
    const timeout = list === OPEN ? idleTimeout : halfOpenTimeout;
    const isPast = list === ENDED || now - (this.#lastSeen[slot] as number) > timeout;
    return isPast && !(this.#flows[slot] as Flow).holdsAt(now);
  }

  /** A few at a time, so that no packet pays for all the flows that are over. */
  #expire(list: number, now: Millis): void {
    for (let count = 0; count < MOST_EXPIRED; count++) {
      const oldest = this.#oldest[list] as number;
      if (oldest === NONE || !this.#isOver(oldest, now)) return;
      this.remove(this.#flows[oldest] as Flow);
    }
  }

  /** Makes room for one flow, if there is one that has ended or the policy allows. */
  #evict(): boolean {
    const { eviction } = this.#options;
    const ended = this.#oldest[ENDED] as number;
    if (ended !== NONE) {
      this.remove(this.#flows[ended] as Flow);
      return true;
    }
    if (eviction === 'newest') return false;
    const [open, halfOpen] = [this.#oldest[OPEN] as number, this.#oldest[HALF_OPEN] as number];
    let slot = halfOpen === NONE ? open : halfOpen;
    if (eviction === 'oldest' && open !== NONE && halfOpen !== NONE) {
      const isOlder = (this.#lastSeen[open] as number) <= (this.#lastSeen[halfOpen] as number);
      slot = isOlder ? open : halfOpen;
    }
    this.remove(this.#flows[slot] as Flow);
    return true;
  }

  #touch(slot: number, now: Millis): void {
    if (this.#newest[this.#list[slot] as number] === slot) {
      this.#lastSeen[slot] = now;
      return;
    }
    this.#unlink(slot);
    this.#link(slot, now);
  }

  #move(slot: number, list: number): void {
    this.#unlink(slot);
    this.#list[slot] = list;
    this.#link(slot, this.#lastSeen[slot] as number);
  }

  #link(slot: number, now: Millis): void {
    const list = this.#list[slot] as number;
    const newest = this.#newest[list] as number;
    this.#lastSeen[slot] = now;
    this.#older[slot] = newest;
    this.#newer[slot] = NONE;
    if (newest === NONE) this.#oldest[list] = slot;
    else this.#newer[newest] = slot;
    this.#newest[list] = slot;
  }

  #unlink(slot: number): void {
    const list = this.#list[slot] as number;
    const older = this.#older[slot] as number;
    const newer = this.#newer[slot] as number;
    if (older === NONE) this.#oldest[list] = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest[list] = older;
    else this.#older[newer] = older;
    this.#older[slot] = NONE;
    this.#newer[slot] = NONE;
  }
}

const OPEN = 0;
const HALF_OPEN = 1;
/** Both FINs or a RST went by, and something is still held back. */
const ENDED = 2;
const NONE = -1;
const MOST_EXPIRED = 16;
