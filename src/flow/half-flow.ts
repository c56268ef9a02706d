import { seqDistance } from '../wire/tcp.ts';
import type { ByteStream } from './byte-stream.ts';
import { DeliveredEdge } from './delivered-edge.ts';

/** One direction of a flow: what its receiver has (the edge), and what the box believes it has. */
export class HalfFlow extends DeliveredEdge {
  #marks = 0;
  /** Of segments with payload, and of their bytes; both stop at their largest small integer. */
  payloads = 0;
  payloadBytes = 0;
  /** The last timestamp that was believed (RFC 7323); only kept by a box that looks at it. */
  timestamp: number | undefined = undefined;
  /** Only for a box that reassembles, made at the first payload. */
  stream: ByteStream | undefined = undefined;
  #believedNext: number | undefined = undefined;

  /** The next payload is believed wherever it lies. */
  get isResyncing(): boolean {
    return (this.#marks & RESYNCING) !== 0;
  }
  set isResyncing(isSo: boolean) {
    this.#marks = isSo ? this.#marks | RESYNCING : this.#marks & ~RESYNCING;
  }

  /** Nothing more of this direction is read. */
  get isDecided(): boolean {
    return (this.#marks & DECIDED) !== 0;
  }
  set isDecided(isSo: boolean) {
    this.#marks = isSo ? this.#marks | DECIDED : this.#marks & ~DECIDED;
  }

  override reset(): void {
    super.reset();
    this.forget();
  }

  /** The box forgets what it believed; what the receiver has stays known. */
  forget(): void {
    this.#believedNext = undefined;
    this.isResyncing = false;
    this.isDecided = false;
    this.payloads = 0;
    this.payloadBytes = 0;
    this.timestamp = undefined;
    this.endStream();
  }

  /** Whether `believedNext` means anything. */
  get isBelieved(): boolean {
    return this.#believedNext !== undefined;
  }

  /** The next sequence number, as the box has it from the segments it believed. */
  get believedNext(): number {
    return this.#believedNext ?? 0;
  }

  /** The box takes this sequence number for the next one, whatever it thought before. */
  rebase(seq: number): void {
    this.#believedNext = seq;
    this.isResyncing = false;
    this.isDecided = false;
    this.endStream();
  }

  /** A segment was believed. One beyond a gap does not move the edge; the receiver's acknowledgement does later. */
  believe(seq: number, length: number): void {
    if (length === 0) return;
    const end = (seq + length) | 0;
    const next = this.#believedNext;
    const isNext =
      next === undefined || (seqDistance(next, seq) <= 0 && seqDistance(next, end) > 0);
    if (isNext) this.#believedNext = end;
  }

  /** The other side acknowledged everything before `ack`. */
  believeAck(ack: number): void {
    if (this.#believedNext === undefined) return;
    if (this.isFarAck(ack)) return;
    if (seqDistance(this.#believedNext, ack) > 0) this.#believedNext = ack;
    this.stream?.acknowledge(ack);
    if (this.stream?.isClosed) this.stream = undefined;
  }

  /** The other side acknowledged more than the box believes at once. */
  isFarAck(ack: number): boolean {
    return this.#believedNext !== undefined && seqDistance(this.#believedNext, ack) > WINDOW;
  }

  /** The box takes this number for the next one, and goes on with its stream. */
  goOnAt(seq: number): void {
    this.#believedNext = seq;
  }

  countPayload(length: number): void {
    if (this.payloads < MOST) this.payloads++;
    this.payloadBytes = Math.min(this.payloadBytes + length, MOST);
  }

  endStream(): void {
    this.stream?.close();
    this.stream = undefined;
  }
}

/** Sequence numbers around the next one in which a segment is believed; a surrogate for the window that was advertised. */
export const WINDOW = 1 << 20;
const MOST = 0x3fff_ffff;
const RESYNCING = 1;
const DECIDED = 2;
