import { type Calendar, dateAt } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import type { Decision, Injection, Verdict } from '../policy/verdict.ts';
import { DelayLine, type Link } from './delay-line.ts';
import { Draws } from './draws.ts';
import type { Arena } from './ffi/arena.ts';
import { PacketRing, RING_PAIR_LENGTH } from './ffi/packet-ring.ts';
import { HeldFrames } from './held-frames.ts';
import type { Recorder } from './recorder.ts';

/** Other packets in the place of one. */
export interface Replacement {
  readonly kind: 'replace';
  readonly packets: readonly Omit<Injection, 'what'>[];
}

/** Says of each frame what becomes of it; a censor's engine is one. */
export interface Decider {
  decide(bytes: Uint8Array, at: number, end: number, now: Millis): Verdict | Replacement;
}

export interface BoxOptions {
  readonly left: string;
  readonly right: string;
  /** Between the interface and the box, the same both ways. */
  readonly leftLink: Link;
  readonly rightLink: Link;
  /** Decides what the links leave to chance; the same seed loses the same frames. */
  readonly seed: number;
  readonly engine: Decider;
  readonly onDecision: (decision: Decision, at: Millis) => void;
}

/** A bump in the wire between two interfaces of this network namespace: a censor, and a link on either side of it. */
export class Box {
  readonly #engine: Decider;
  readonly #onDecision: BoxOptions['onDecision'];
  readonly #calendar: Calendar;
  readonly #left: Side;
  readonly #right: Side;
  readonly #recorder: Recorder | undefined;
  readonly #held = new HeldFrames<Side>(HELD_LENGTH);
  #missed = 0;

  /** `index` is that of its left interface in the capture; `calendar` what decisions are dated by. */
  constructor(
    options: BoxOptions,
    calendar: Calendar,
    index: number,
    arena: Arena,
    recorder: Recorder | undefined,
  ) {
    this.#engine = options.engine;
    this.#onDecision = options.onDecision;
    this.#calendar = calendar;
    const { left, right, leftLink, rightLink, seed } = options;
    this.#left = new Side({ interfaceName: left, link: leftLink, index, seed }, arena);
    this.#right = new Side(
      { interfaceName: right, link: rightLink, index: index + 1, seed },
      arena,
    );
    this.#recorder = recorder;
  }

  get descriptors(): readonly number[] {
    return [this.#left.ring.fd, this.#right.ring.fd];
  }

  /** When the next frame that is on its way is due. */
  get deadline(): Millis {
    return Math.min(
      this.#left.inbound.deadline,
      this.#left.outbound.deadline,
      this.#right.inbound.deadline,
      this.#right.outbound.deadline,
      this.#held.deadline,
    );
  }

  /** Frames that the kernel had no ring slot for, so far. */
  missed(): number {
    this.#missed += this.#left.ring.missed() + this.#right.ring.missed();
    return this.#missed;
  }

  get oversized(): number {
    return this.#left.ring.oversized + this.#right.ring.oversized;
  }

  get overflowed(): number {
    const of = ({ inbound, outbound }: Side): number => inbound.overflowed + outbound.overflowed;
    return this.#held.overflowed + of(this.#left) + of(this.#right);
  }

  /** Frames that its links lost, as they are meant to. */
  get lost(): number {
    const of = ({ inbound, outbound }: Side): number => inbound.lost + outbound.lost;
    return of(this.#left) + of(this.#right);
  }

  /** Finds out which frames have come. The next turn takes these alone, so that its time is after all of theirs. */
  look(): void {
    this.#left.waiting = this.#left.ring.waiting(BATCH);
    this.#right.waiting = this.#right.ring.waiting(BATCH);
  }

  /**
   * Moves everything that can be moved at this moment, which is after the last look, and returns how many frames that were. Frames
   * that were put off come first, because they were there before.
   */
  turn(now: Millis): number {
    let moved = this.#releaseHeld(now);
    moved += this.#receive(this.#left, this.#right, now);
    moved += this.#receive(this.#right, this.#left, now);
    moved += this.#arrive(this.#left, this.#right, now);
    moved += this.#arrive(this.#right, this.#left, now);
    moved += this.#depart(this.#left, now);
    moved += this.#depart(this.#right, now);
    this.#left.ring.flush();
    this.#right.ring.flush();
    return moved;
  }

  close(): void {
    this.#left.ring.close();
    this.#right.ring.close();
  }

  /** From the interface on to the link, or straight into the box where the link takes no time. */
  #receive(from: Side, to: Side, now: Millis): number {
    const { ring, inbound, waiting } = from;
    let count = 0;
    for (; count < waiting && ring.take(); count++) {
      if (!inbound.loses()) {
        if (!inbound.isInstant) inbound.push(ring.bytes, ring.frameAt, ring.frameEnd, now);
        else this.#judge(from, to, ring.bytes, ring.frameAt, ring.frameEnd, now, now);
      }
      ring.release();
    }
    return count;
  }

  /** From the link into the box. */
  #arrive(from: Side, to: Side, now: Millis): number {
    const line = from.inbound;
    let count = 0;
    for (; line.isDue(now); count++) {
      this.#judge(from, to, line.bytes, line.frameAt, line.frameEnd, line.enteredAt, now);
      line.shift();
    }
    return count;
  }

  /** What a verdict put off goes on its way. */
  #releaseHeld(now: Millis): number {
    let count = 0;
    for (let next = this.#held.shift(now); next !== undefined; next = this.#held.shift(now)) {
      this.#forward(next.to, next.frame, 0, next.frame.length, now);
      count++;
    }
    return count;
  }

  /** From the link out of the interface. A full TX ring leaves the frame where it is until the next turn. */
  #depart(to: Side, now: Millis): number {
    const line = to.outbound;
    let count = 0;
    for (
      ;
      line.isDue(now) && this.#emit(to, line.bytes, line.frameAt, line.frameEnd, now);
      count++
    ) {
      line.shift();
    }
    return count;
  }

  #judge(
    from: Side,
    to: Side,
    bytes: Uint8Array,
    at: number,
    end: number,
    receivedAt: Millis,
    now: Millis,
  ): void {
    const verdict = this.#engine.decide(bytes, at, end, now);
    const told = verdict.kind === 'replace' ? undefined : verdict;
    this.#recorder?.record(from.index, false, bytes, at, end, receivedAt, told);
    switch (verdict.kind) {
      case 'accept':
        this.#forward(to, bytes, at, end, now);
        return;
      case 'drop':
        return;
      case 'replace':
        for (const packet of verdict.packets) this.#inject(from, to, packet, now);
        return;
      case 'hold':
        this.#held.push(to, bytes.slice(at, end), verdict.until, 'came');
        return;
      case 'inject':
        this.#carryOut(from, to, bytes, at, end, verdict, now);
    }
  }

  #carryOut(
    from: Side,
    to: Side,
    bytes: Uint8Array,
    at: number,
    end: number,
    verdict: Extract<Verdict, { kind: 'inject' }>,
    now: Millis,
  ): void {
    const { until } = verdict;
    if (verdict.original === 'accept') {
      if (until === undefined) this.#forward(to, bytes, at, end, now);
      else this.#held.push(to, bytes.slice(at, end), until, 'came');
    }
    for (const packet of verdict.packets) this.#inject(from, to, packet, now);
    this.#onDecision(verdict.decision, dateAt(this.#calendar, now));
  }

  #inject(
    from: Side,
    to: Side,
    { way, frame, delay, notBefore = Number.NEGATIVE_INFINITY }: Omit<Injection, 'what'>,
    now: Millis,
  ): void {
    const side = way === 'back' ? from : to;
    const due = Math.max(now + delay, notBefore);
    if (due > now) this.#held.push(side, frame, due, 'made');
    else this.#forward(side, frame, 0, frame.length, now);
  }

  #forward(to: Side, bytes: Uint8Array, at: number, end: number, now: Millis): void {
    const { outbound, ring } = to;
    if (!ring.fits(bytes, at, end)) return;
    if (outbound.loses()) {
      this.#recorder?.recordLost(to.index, bytes, at, end, now + to.delay);
      return;
    }
    const isDirect = outbound.isInstant && outbound.isEmpty;
    if (!isDirect || !this.#emit(to, bytes, at, end, now)) outbound.push(bytes, at, end, now);
  }

  #emit(to: Side, bytes: Uint8Array, at: number, end: number, now: Millis): boolean {
    if (!to.ring.send(bytes, at, end)) return false;
    this.#recorder?.record(to.index, true, bytes, at, end, now, undefined);
    return true;
  }
}

interface SideOptions {
  readonly interfaceName: string;
  readonly link: Link;
  readonly index: number;
  readonly seed: number;
}

/** One interface of the box and the link behind it, with chances of its own each way. */
class Side {
  readonly ring: PacketRing;
  readonly delay: Millis;
  readonly index: number;
  readonly inbound: DelayLine;
  readonly outbound: DelayLine;
  /** Frames that had come when it was last looked. */
  waiting = 0;

  constructor({ interfaceName, link, index, seed }: SideOptions, arena: Arena) {
    this.ring = new PacketRing(interfaceName, arena, 'arriving', 'sendable');
    this.delay = link.delay;
    this.index = index;
    const line = (stream: number): DelayLine => {
      const draws = new Draws(seed, stream);
      return new DelayLine(link, draws, arena.bytes, arena.claim(LINE_LENGTH), LINE_LENGTH);
    };
    this.inbound = line(2 * index);
    this.outbound = line(2 * index + 1);
  }
}

/** Frames that verdicts put off, in bytes: of those that came, and as much of those that the box made. */
const HELD_LENGTH = 16 * 1024 * 1024;
/** Frames taken from one side before the other has its turn. */
const BATCH = 256;
/** One way of a link: 60 ms at 4 Gb/s. */
const LINE_LENGTH = 32 * 1024 * 1024;
/** What a box claims of an arena: two sockets' rings, four lines. */
export const BOX_LENGTH = 4 * LINE_LENGTH + 2 * RING_PAIR_LENGTH;
