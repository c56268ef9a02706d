import type { Calendar } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import { BOX_LENGTH, Box, type BoxOptions } from './box.ts';
import { Arena } from './ffi/arena.ts';
import { Poll, sharpenTimers } from './ffi/libc.ts';
import { Patience } from './patience.ts';
import { PCAPNG_BUFFER_LENGTH, PcapngWriter } from './pcapng.ts';
import { Recorder } from './recorder.ts';

export interface MiddleboxOptions {
  /** The boxes of this network namespace. */
  readonly boxes: readonly BoxOptions[];
  /** The scenario's, beside this process's clock: what captures and decisions are dated by. */
  readonly calendar: Calendar;
  /** The scenario's name for the censor's model, for the capture. */
  readonly profile: string;
  /** Where every frame is recorded, both sides of each box. */
  readonly capture: string | undefined;
  /** A descriptor that ends the wait when it becomes readable; `onControl` then reads it and says whether to go on. */
  readonly controlFd: number;
  readonly onControl: (counters: LinkCounters) => 'continue' | 'stop';
}

/** Frames that were lost; but for those that links are meant to lose, all are 0 unless the machine could not keep up. */
export interface LinkCounters {
  /** The kernel had no ring slot for them. */
  readonly missed: number;
  /** Too long for an MTU of 1,500 bytes. */
  readonly oversized: number;
  /** A link held more than it can. */
  readonly overflowed: number;
  /** By chance, as often as the links were asked to. */
  readonly lost: number;
  /** 1 when the capture ended early: the disk was full, or the file was taken away. */
  readonly captureFailed: number;
}

/**
 * Boxes between interfaces of this network namespace. Blocks the calling thread until `onControl` says stop: that thread
 * belongs to the data path, which uses no promise, no event loop and no allocation per packet.
 */
export class Middlebox {
  readonly #options: MiddleboxOptions;
  readonly #boxes: readonly Box[];
  readonly #capture: Recorder | undefined;
  readonly #patience = new Patience();

  constructor(options: MiddleboxOptions) {
    this.#options = options;
    const { boxes, capture, calendar, profile } = options;
    const arena = new Arena(boxes.length * BOX_LENGTH + PCAPNG_BUFFER_LENGTH);
    const names = boxes.flatMap(({ left, right }) => [left, right]);
    if (capture !== undefined) {
      const bufferAt = arena.claim(PCAPNG_BUFFER_LENGTH);
      const writer = new PcapngWriter(capture, names, profile, arena.bytes, bufferAt);
      this.#capture = new Recorder(writer, calendar);
    }
    this.#boxes = boxes.map((box, i) => new Box(box, calendar, 2 * i, arena, this.#capture));
  }

  /** Until it is told to stop; returns why the capture ended before the packets did, if so. */
  run(): string | undefined {
    sharpenTimers();
    const sockets = this.#boxes.flatMap(({ descriptors }) => descriptors);
    const poll = new Poll([...sockets, this.#options.controlFd]);
    let untilControl = CONTROL_EVERY;
    for (;;) {
      // A link takes no less than its time, however long this process has to wait for a processor in between.
      for (let i = 0; i < this.#boxes.length; i++) (this.#boxes[i] as Box).look();
      const now = performance.now();
      const looksOn = this.#patience.looksOn(this.#turn(now), now);
      if (looksOn && --untilControl > 0) continue;
      untilControl = CONTROL_EVERY;
      if (!looksOn) this.#capture?.flush();
      poll.wait(looksOn ? 0 : this.#idleTime());
      if (!poll.isReady(sockets.length)) continue;
      // Whoever has asked then finds in the capture what was before.
      this.#capture?.flush();
      if (this.#options.onControl(this.#counters()) === 'stop') break;
    }
    this.#capture?.close();
    for (const box of this.#boxes) box.close();
    return this.#capture?.failure;
  }

  /** Everything that can be moved at this moment; how many frames that were. */
  #turn(now: Millis): number {
    let moved = 0;
    for (let i = 0; i < this.#boxes.length; i++) moved += (this.#boxes[i] as Box).turn(now);
    return moved;
  }

  #idleTime(): Millis {
    let deadline = Number.POSITIVE_INFINITY;
    for (const box of this.#boxes) deadline = Math.min(deadline, box.deadline);
    return Math.max(0, Math.min(deadline - performance.now(), LONGEST_WAIT));
  }

  #counters(): LinkCounters {
    const sum = (of: (box: Box) => number): number =>
      this.#boxes.reduce((total, box) => total + of(box), 0);
    return {
      missed: sum((box) => box.missed()),
      oversized: sum((box) => box.oversized),
      captureFailed: this.#capture?.failure !== undefined ? 1 : 0,
      overflowed: sum((box) => box.overflowed),
      lost: sum((box) => box.lost),
    };
  }
}

/** Turns without sleep between two looks at the control descriptor. */
const CONTROL_EVERY = 1024;
const LONGEST_WAIT: Millis = 1000;
