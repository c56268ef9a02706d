import { HalfFlow } from './half-flow.ts';
import type { Ignored } from './ignored.ts';

/** By who sent the SYN; in a flow whose start was not seen, by who sent the first packet that was. */
export type Direction = 'to-server' | 'to-client';

/** What a box remembers of one session. Objects are reused by the flow table: never keep one. */
export class Flow {
  readonly slot: number;
  /** Sequence number of the SYN, if the box saw it. */
  initialSeq: number | undefined = undefined;
  /** The box has a TCB for it; without one, nothing of it is read. */
  isFollowed = false;
  /** The box takes the sender of the first packet for the server. */
  isSwapped = false;
  /** A SYN/ACK has shown who the server is. */
  hasRoles = false;
  /** Of FINs that have arrived: 1 for the client's, 2 for the server's. */
  finsSeen = 0;
  /** The sequence number of a SYN in a connection that has begun; a connection begins anew when it is answered. */
  pendingSyn: number | undefined = undefined;
  toServer = new HalfFlow();
  toClient = new HalfFlow();
  /** Sequence numbers of further SYNs, for a box that keeps them all. */
  otherSeqs: number[] | undefined = undefined;
  /** Of those that a box does not believe unless the server answers one. */
  unansweredSeqs: number[] | undefined = undefined;
  /** What is done to it since a rule was set off; undefined while it is free. */
  sentence: unknown = undefined;
  /** Rules that have done to it what they do, and need not be set off again. */
  done: unknown[] | undefined = undefined;
  /** Numbers that were drawn for it so far. */
  draws = 0;
  /** What a reader keeps between its datagrams. */
  reading: Reading | undefined = undefined;
  /** What was not believed, for explanations: the first few of each flow. */
  ignored: IgnoredSegment[] | undefined = undefined;

  constructor(slot: number) {
    this.slot = slot;
  }

  /** Otherwise who is client is a guess, and both directions are examined. */
  get startWasSeen(): boolean {
    return this.initialSeq !== undefined;
  }

  half(direction: Direction): HalfFlow {
    return direction === 'to-server' ? this.toServer : this.toClient;
  }

  reverse(): void {
    const { toServer, toClient } = this;
    this.toServer = toClient;
    this.toClient = toServer;
    this.finsSeen = (this.finsSeen >> 1) | ((this.finsSeen & 1) << 1);
  }

  reset(): void {
    this.forget();
    this.finsSeen = 0;
    this.pendingSyn = undefined;
    this.toServer.reset();
    this.toClient.reset();
  }

  /** The box forgets the session; what its ends have received stays known. */
  forget(): void {
    this.initialSeq = undefined;
    this.isFollowed = false;
    this.isSwapped = false;
    this.hasRoles = false;
    this.toServer.forget();
    this.toClient.forget();
    this.otherSeqs = undefined;
    this.unansweredSeqs = undefined;
    this.sentence = undefined;
    this.done = undefined;
    this.draws = 0;
    this.endReading();
    this.ignored = undefined;
  }

  endReading(): void {
    this.reading?.close();
    this.reading = undefined;
  }

  noteDone(rule: unknown): void {
    this.done ??= [];
    this.done.push(rule);
  }

  noteIgnored(direction: Direction, seq: number, length: number, reason: Ignored): void {
    this.ignored ??= [];
    if (this.ignored.length < MOST_IGNORED)
      this.ignored.push({ direction, seq: seq >>> 0, length, reason });
  }
}

/** What a reader keeps between datagrams, until the flow is over or nothing more is to be read. */
export interface Reading {
  close(): void;
}

export interface IgnoredSegment {
  readonly direction: Direction;
  readonly seq: number;
  readonly length: number;
  readonly reason: Ignored;
}

const MOST_IGNORED = 8;
