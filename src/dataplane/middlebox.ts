import type { Millis } from '../base/units.ts';
import type { Engine } from '../engine/engine.ts';
import { commentOn } from '../policy/comment.ts';
import type { Decision, Injection, Verdict } from '../policy/verdict.ts';
import { DelayLine } from './delay-line.ts';
import { Arena } from './ffi/arena.ts';
import { Poll, sharpenTimers } from './ffi/libc.ts';
import { PacketRing, RING_PAIR_LENGTH } from './ffi/packet-ring.ts';
import { HeldFrames } from './held-frames.ts';
import { Patience } from './patience.ts';
import { PCAPNG_BUFFER_LENGTH, PcapngWriter } from './pcapng.ts';

export interface MiddleboxOptions {
  readonly left: string;
  readonly right: string;
  /** One way, from the interface to the box, and from the box to the interface. */
  readonly leftDelay: Millis;
  readonly rightDelay: Millis;
  readonly engine: Engine;
  /** Unix time, in the scenario's calendar, when this process's clock shows 0: what captures and decisions are dated by. */
  readonly epoch: Millis;
  /** The scenario's name for the censor's model, for the capture. */
  readonly profile: string;
  /** Where every frame is recorded, both sides of the box. */
  readonly capture: string | undefined;
  /** A descriptor that ends the wait when it becomes readable; `onControl` then reads it and says whether to go on. */
  readonly controlFd: number;
  readonly onControl: (counters: LinkCounters) => 'continue' | 'stop';
  readonly onDecision: (decision: Decision, at: Millis) => void;
}

/** Frames that were lost rather than judged; all are 0 unless the machine could not keep up. */
export interface LinkCounters {
  /** The kernel had no ring slot for them. */
  readonly missed: number;
  /** Longer than one MTU. */
  readonly oversized: number;
  /** A link held more than it can. */
  readonly overflowed: number;
  /** 1 when the capture ended early: the disk was full, or the file was taken away. */
  readonly captureFailed: number;
}

/**
 * A bump in the wire between two interfaces of this network namespace. Blocks the calling thread until `onControl`
 * says stop: that thread belongs to the data path, which uses no promise, no event loop and no allocation per packet.
 */
export class Middlebox {
  readonly #options: MiddleboxOptions;
  readonly #left: Side;
  readonly #right: Side;
  readonly #capture: PcapngWriter | undefined;
  readonly #patience = new Patience();
  readonly #held = new HeldFrames<Side>(HELD_LENGTH);
  #missed = 0;

  constructor(options: MiddleboxOptions) {
    this.#options = options;
    const arena = new Arena(ARENA_LENGTH);
    this.#left = new Side(options.left, options.leftDelay, 0, arena);
    this.#right = new Side(options.right, options.rightDelay, 1, arena);
    const { capture } = options;
    if (capture === undefined) return;
    const bufferAt = arena.claim(PCAPNG_BUFFER_LENGTH);
    const names = [options.left, options.right];
    this.#capture = new PcapngWriter(capture, names, options.profile, arena.bytes, bufferAt);
  }

  run(): void {
    sharpenTimers();
    const poll = new Poll([this.#left.ring.fd, this.#right.ring.fd, this.#options.controlFd]);
    let untilControl = CONTROL_EVERY;
    for (;;) {
      const now = performance.now();
      const looksOn = this.#patience.looksOn(this.#turn(now), now);
      if (looksOn && --untilControl > 0) continue;
      untilControl = CONTROL_EVERY;
      if (!looksOn) this.#capture?.flush();
      poll.wait(looksOn ? 0 : this.#idleTime());
      if (poll.isReady(2) && this.#options.onControl(this.#counters()) === 'stop') break;
    }
    this.#capture?.close();
    this.#left.ring.close();
    this.#right.ring.close();
  }

  /** Everything that can be moved at this moment; how many frames that were. */
  #turn(now: Millis): number {
    let moved = this.#receive(this.#left, this.#right, now);
    moved += this.#receive(this.#right, this.#left, now);
    moved += this.#arrive(this.#left, this.#right, now);
    moved += this.#arrive(this.#right, this.#left, now);
    moved += this.#releaseHeld(now);
    moved += this.#depart(this.#left, now);
    moved += this.#depart(this.#right, now);
    this.#left.ring.flush();
    this.#right.ring.flush();
    return moved;
  }

  /** From the interface on to the link, or straight into the box where the link takes no time. */
  #receive(from: Side, to: Side, now: Millis): number {
    const { ring, inbound } = from;
    let count = 0;
    for (; count < BATCH && ring.take(); count++) {
      if (from.delay > 0) inbound.push(ring.bytes, ring.frameAt, ring.frameEnd, now);
      else this.#judge(from, to, ring.bytes, ring.frameAt, ring.frameEnd, now, now);
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
    const verdict = this.#options.engine.decide(bytes, at, end, now);
    this.#record(from, false, bytes, at, end, receivedAt, verdict);
    switch (verdict.kind) {
      case 'accept':
        this.#forward(to, bytes, at, end, now);
        return;
      case 'drop':
        return;
      case 'hold':
        this.#held.push(to, bytes.slice(at, end), verdict.until);
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
      else this.#held.push(to, bytes.slice(at, end), until);
    }
    for (const packet of verdict.packets) this.#inject(from, to, packet, now);
    this.#options.onDecision(verdict.decision, this.#options.epoch + now);
  }

  #inject(from: Side, to: Side, { way, frame, delay }: Injection, now: Millis): void {
    const side = way === 'back' ? from : to;
    if (delay > 0) this.#held.push(side, frame, now + delay);
    else this.#forward(side, frame, 0, frame.length, now);
  }

  #forward(to: Side, bytes: Uint8Array, at: number, end: number, now: Millis): void {
    const isDirect = to.delay === 0 && to.outbound.isEmpty;
    if (!isDirect || !this.#emit(to, bytes, at, end, now)) to.outbound.push(bytes, at, end, now);
  }

  #emit(to: Side, bytes: Uint8Array, at: number, end: number, now: Millis): boolean {
    if (!to.ring.send(bytes, at, end)) return false;
    this.#record(to, true, bytes, at, end, now, undefined);
    return true;
  }

  #record(
    side: Side,
    isOutbound: boolean,
    bytes: Uint8Array,
    at: number,
    end: number,
    time: Millis,
    verdict: Verdict | undefined,
  ): void {
    if (this.#capture === undefined) return;
    const packet = {
      interfaceIndex: side.index,
      isOutbound,
      at: this.#options.epoch + time,
      comment: verdict === undefined ? undefined : commentOn(verdict),
    };
    this.#capture.write(packet, bytes, at, end);
  }

  #idleTime(): Millis {
    const deadline = Math.min(
      this.#left.inbound.deadline,
      this.#left.outbound.deadline,
      this.#right.inbound.deadline,
      this.#right.outbound.deadline,
      this.#held.deadline,
    );
    return Math.max(0, Math.min(deadline - performance.now(), LONGEST_WAIT));
  }

  #counters(): LinkCounters {
    const sides = [this.#left, this.#right];
    for (const side of sides) this.#missed += side.ring.missed();
    const sum = (of: (side: Side) => number): number => sides.reduce((n, side) => n + of(side), 0);
    return {
      missed: this.#missed,
      oversized: sum((side) => side.ring.oversized),
      captureFailed: this.#capture?.failure === undefined ? 0 : 1,
      overflowed:
        this.#held.overflowed + sum((side) => side.inbound.overflowed + side.outbound.overflowed),
    };
  }
}

/** One interface of the box and the link behind it, which takes the same time both ways. */
class Side {
  readonly ring: PacketRing;
  readonly delay: Millis;
  readonly index: number;
  readonly inbound: DelayLine;
  readonly outbound: DelayLine;

  constructor(interfaceName: string, delay: Millis, index: number, arena: Arena) {
    this.ring = new PacketRing(interfaceName, arena);
    this.delay = delay;
    this.index = index;
    const line = (): DelayLine =>
      new DelayLine(delay, arena.bytes, arena.claim(LINE_LENGTH), LINE_LENGTH);
    this.inbound = line();
    this.outbound = line();
  }
}

/** Frames that verdicts put off, in bytes. */
const HELD_LENGTH = 16 * 1024 * 1024;
/** Frames taken from one side before the other has its turn. */
const BATCH = 256;
/** Turns without sleep between two looks at the control descriptor. */
const CONTROL_EVERY = 1024;
/** One way of a link: 60 ms at 4 Gb/s. */
const LINE_LENGTH = 32 * 1024 * 1024;
/** Two sockets' rings, four lines, the capture buffer. */
const ARENA_LENGTH = 4 * LINE_LENGTH + 2 * RING_PAIR_LENGTH + PCAPNG_BUFFER_LENGTH;
const LONGEST_WAIT: Millis = 1000;
