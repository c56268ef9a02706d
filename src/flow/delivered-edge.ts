import { seqDistance } from '../wire/tcp.ts';

/**
 * The receiver's next expected sequence number in one direction, as far as a box in the path can know it: the first
 * byte that was not forwarded. Segments forwarded beyond a gap are remembered (up to `GAPS`), so that the edge jumps
 * over them when the gap is filled, as the receiver's RCV.NXT does.
 */
export class DeliveredEdge {
  isKnown = false;
  next = 0;
  #gapCount = 0;
  /** Pairs of start and end; made when the first gap is seen. */
  #gaps: Int32Array | undefined = undefined;

  reset(): void {
    this.isKnown = false;
    this.#gapCount = 0;
  }

  /** The receiver says that everything before `ack` has arrived; whatever was thought before. */
  acknowledged(ack: number): void {
    if (this.isKnown && seqDistance(this.next, ack) > 0) this.#advance(ack);
  }

  /** The receiver starts anew with this sequence number. */
  restart(next: number): void {
    this.isKnown = true;
    this.next = next;
    this.#gapCount = 0;
  }

  /** A segment of `length` sequence numbers from `seq` on was let through. */
  forward(seq: number, length: number): void {
    if (length === 0) return;
    const end = (seq + length) | 0;
    if (!this.isKnown) {
      this.isKnown = true;
      this.next = end;
    } else if (seqDistance(this.next, seq) > 0) this.#remember(seq, end);
    else this.#advance(end);
  }

  #advance(end: number): void {
    if (seqDistance(this.next, end) > 0) this.next = end;
    const gaps = this.#gaps;
    if (gaps === undefined) return;
    for (let i = 0; i < this.#gapCount; i++) {
      if (seqDistance(this.next, gaps[2 * i] as number) > 0) continue;
      const remembered = gaps[2 * i + 1] as number;
      this.#forget(gaps, i);
      if (seqDistance(this.next, remembered) > 0) this.next = remembered;
      i = -1; // the edge may now reach a range that was looked at before
    }
  }

  #remember(start: number, end: number): void {
    this.#gaps ??= new Int32Array(2 * GAPS);
    const gaps = this.#gaps;
    let from = start;
    let to = end;
    for (let i = this.#gapCount - 1; i >= 0; i--) {
      const otherStart = gaps[2 * i] as number;
      const otherEnd = gaps[2 * i + 1] as number;
      if (seqDistance(to, otherStart) > 0 || seqDistance(otherEnd, from) > 0) continue;
      if (seqDistance(otherStart, from) > 0) from = otherStart;
      if (seqDistance(to, otherEnd) > 0) to = otherEnd;
      this.#forget(gaps, i);
    }
    if (this.#gapCount === GAPS) return;
    gaps[2 * this.#gapCount] = from;
    gaps[2 * this.#gapCount + 1] = to;
    this.#gapCount++;
  }

  #forget(gaps: Int32Array, at: number): void {
    this.#gapCount--;
    gaps[2 * at] = gaps[2 * this.#gapCount] as number;
    gaps[2 * at + 1] = gaps[2 * this.#gapCount + 1] as number;
  }
}

const GAPS = 8;
