import type { Subject } from './subject.ts';

/** A part of the hostile traffic that can be played again: everything in it follows from two numbers. */
export interface Round {
  readonly name: string;
  /** Packets, or streams, of one round. */
  readonly size: number;
  /** Throws what is broken. `onFrame` is told before each frame. */
  play(seed: number, round: number, size: number, onFrame: OnFrame): readonly Subject[];
}

export type OnFrame = (subject: Subject, frame: Uint8Array, now: number) => void;
