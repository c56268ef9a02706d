import { seqDistance } from '../wire/tcp.ts';

/**
 * The receiver's next expected sequence number in one direction, as far as a box in the path can know it: the first
 * byte that was not forwarded. Segments forwarded beyond a gap are remembered (up to `GAPS`), so that the edge jumps
 * over them when the gap is filled, as the receiver's RCV.NXT does.
 */
export class DeliveredEdge {
  /** The first number after the SYN; undefined if the beginning was not seen. */
  first: number | undefined = undefined;
  /** The highest acknowledgement that the receiver sent. */
  acked = 0;
  /** The last timestamp that the receiver took (TS.Recent of RFC 7323 §4.3), if the ends agreed on timestamps. */
  recentTimestamp: number | undefined = undefined;
  #next: number | undefined = undefined;
  /** A count, the end of all that was sent, and a FIN; then pairs of start and end. Made when the first gap is seen. */
  #gaps: Int32Array | undefined = undefined;

  get isKnown(): boolean {
    return this.#next !== undefined;
  }

  /** 0 as long as it is not known. */
  get next(): number {
    return this.#next ?? 0;
  }

  /** Everything before it is known to have been sent; what lies behind the edge may not have arrived. */
  get sentUntil(): number {
    const beyond = this.#gaps?.[SENT_UNTIL];
    return beyond !== undefined && seqDistance(this.next, beyond) > 0 ? beyond : this.next;
  }

  reset(): void {
    this.first = undefined;
    this.acked = 0;
    this.recentTimestamp = undefined;
    this.#next = undefined;
    this.#gaps = undefined;
  }

  /** The receiver starts anew with this sequence number. */
  restart(next: number): void {
    this.first = next;
    this.acked = next;
    this.recentTimestamp = undefined;
    this.#next = next;
    this.#gaps = undefined;
  }

  /** A segment of `length` sequence numbers from `seq` on was let through. */
  forward(seq: number, length: number): void {
    if (length === 0) return;
    const end = (seq + length) | 0;
    if (this.#next === undefined) {
      this.#next = end;
      this.acked = seq;
    } else if (seqDistance(this.#next, seq) > 0) {
      if (seqDistance(this.#next, end) <= 0) return; // half of all numbers ahead: no window reaches so far
      this.noteSent(end);
      remember(this.#gaps as Int32Array, seq, end);
    } else {
      if (this.#gaps !== undefined) forgetFinBefore(this.#gaps, end);
      this.#next = advanced(this.#gaps, this.#next, end);
    }
  }

  /** The FIN of this direction's sender, whose number is the last before `end`, was let through. */
  noteFin(end: number): void {
    if (this.#gaps === undefined) return;
    this.#gaps[FIN_END] = end;
    this.#gaps[HAS_FIN] = 1;
  }

  /** A FIN that lay beyond a gap has arrived. */
  get hasEarlyFin(): boolean {
    const gaps = this.#gaps;
    return gaps?.[HAS_FIN] === 1 && seqDistance(this.next, gaps[FIN_END] as number) <= 0;
  }

  /** So much was sent at most, though nobody knows whether it arrives. */
  noteSent(end: number): void {
    if (this.#next === undefined || seqDistance(this.sentUntil, end) <= 0) return;
    this.#gaps ??= new Int32Array(RANGES + 2 * GAPS);
    this.#gaps[SENT_UNTIL] = end;
  }

  /** The receiver says that everything before `ack` has arrived. It cannot know of what was never sent. */
  acknowledged(ack: number): void {
    if (this.#next === undefined || seqDistance(this.sentUntil, ack) > 0) return;
    this.#next = advanced(this.#gaps, this.#next, ack);
    if (seqDistance(this.acked, ack) > 0) this.acked = ack;
  }
}

/** Where the edge gets when everything before `end` has arrived. */
function advanced(gaps: Int32Array | undefined, edge: number, end: number): number {
  const behind = seqDistance(edge, end) > 0 ? end : edge;
  if (gaps === undefined) return behind;
  const next = overRanges(gaps, behind);
  if (seqDistance(next, gaps[SENT_UNTIL] as number) < 0) gaps[SENT_UNTIL] = next;
  return next;
}

/** How far `next` gets by the ranges that it reaches; those are forgotten. */
function overRanges(gaps: Int32Array, from: number): number {
  let next = from;
  for (let i = 0; i < (gaps[COUNT] as number); i++) {
    if (seqDistance(next, startOf(gaps, i)) > 0) continue;
    const end = endOf(gaps, i);
    forget(gaps, i);
    if (seqDistance(next, end) > 0) next = end;
    i = -1; // the edge may now reach a range that was looked at before
  }
  return next;
}

function remember(gaps: Int32Array, start: number, end: number): void {
  let from = start;
  let to = end;
  for (let i = (gaps[COUNT] as number) - 1; i >= 0; i--) {
    const otherStart = startOf(gaps, i);
    const otherEnd = endOf(gaps, i);
    if (seqDistance(to, otherStart) > 0 || seqDistance(otherEnd, from) > 0) continue;
    if (seqDistance(otherStart, from) > 0) from = otherStart;
    if (seqDistance(to, otherEnd) > 0) to = otherEnd;
    forget(gaps, i);
  }
  const count = gaps[COUNT] as number;
  if (count === GAPS) return;
  gaps[RANGES + 2 * count] = from;
  gaps[RANGES + 2 * count + 1] = to;
  gaps[COUNT] = count + 1;
}

function forget(gaps: Int32Array, i: number): void {
  const last = (gaps[COUNT] as number) - 1;
  gaps[RANGES + 2 * i] = startOf(gaps, last);
  gaps[RANGES + 2 * i + 1] = endOf(gaps, last);
  gaps[COUNT] = last;
}

/** Linux drops an early segment if another one brings all of it (`tcp_ofo_queue`). */
function forgetFinBefore(gaps: Int32Array, end: number): void {
  if (seqDistance(gaps[FIN_END] as number, end) >= 0) gaps[HAS_FIN] = 0;
}

function startOf(gaps: Int32Array, i: number): number {
  return gaps[RANGES + 2 * i] as number;
}

function endOf(gaps: Int32Array, i: number): number {
  return gaps[RANGES + 2 * i + 1] as number;
}

const GAPS = 8;
const COUNT = 0;
const SENT_UNTIL = 1;
const FIN_END = 2;
const HAS_FIN = 3;
const RANGES = 4;
