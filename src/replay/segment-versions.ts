import { copyBytes, u8 } from '../base/bytes.ts';
import { FlowTable } from '../flow/flow-table.ts';
import type { PacketView } from '../wire/packet.ts';
import { ACK, seqDistance } from '../wire/tcp.ts';

/**
 * Remembers the last `WINDOW` bytes of the first `COMPARED` bytes of each direction of a TCP flow, by sequence number. So it can tell a
 * segment that says something else than an earlier one, in whatever order they come. `MOST` flows are remembered. Bytes beyond the
 * farthest that was seen are copied; those before it are compared.
 */
export class SegmentVersions {
  readonly #flows: FlowTable;
  /** Two for each slot of the table: what the end said that was seen first, then what the other said. */
  readonly #said: Said[] = [];
  /** Each for some flows, and made with the first of them: all at once would take longer than a small capture does. */
  readonly #rooms: Room[] = [];

  /** A `salt` that nobody can guess keeps senders from putting all flows in one place of the table. */
  constructor(salt: number) {
    this.#flows = new FlowTable(REMEMBERED, salt);
  }

  /** Whether the segment has other bytes for sequence numbers that were seen before; it is remembered. */
  isOther(packet: PacketView): boolean {
    const { bytes, payloadAt, payloadEnd, isSyn } = packet;
    const hasPayload = payloadEnd > payloadAt;
    const flow = this.#flows.find(packet, 0);
    if (flow === undefined && !hasPayload) return false;
    const pair = 2 * (flow?.slot ?? this.#begin(packet));
    const isForward = this.#flows.direction === 'to-server';
    const said = this.#said[isForward ? pair : pair + 1] as Said;
    if ((packet.flags & ACK) !== 0)
      (this.#said[isForward ? pair + 1 : pair] as Said).noteAck(packet.ack);
    const seq = isSyn ? (packet.seq + 1) | 0 : packet.seq;
    // A SYN with another number begins another flow; one of a decoy makes what came before it forgotten, too.
    if (isSyn && said.start !== seq) said.forget();
    return hasPayload && said.take(seq, bytes, payloadAt, payloadEnd);
  }

  /** The slot of a new flow, which may have been another's. */
  #begin(packet: PacketView): number {
    const slot = this.#flows.open(packet, 0)?.slot ?? 0;
    for (const place of [2 * slot, 2 * slot + 1]) {
      this.#said[place] ??= this.#newSaid(place);
      this.#said[place].forget();
    }
    return slot;
  }

  #newSaid(place: number): Said {
    const number = Math.floor(place / WINDOWS);
    this.#rooms[number] ??= { bytes: new Uint8Array(ROOM), rounds: new Uint8Array(ROOM) };
    return new Said(this.#rooms[number], WINDOW * (place % WINDOWS));
  }
}

/** Where what was said is kept, each window at its place. */
interface Room {
  readonly bytes: Uint8Array;
  /** For each byte, in which round through the window it was sent, from 1; 0 where there is none. Kept for windows with gaps. */
  readonly rounds: Uint8Array;
}

/** What one end said. Places count from the first byte of it that was seen, or from the SYN. */
class Said {
  /** The sequence number of the first place; undefined before there is one. */
  start: number | undefined = undefined;
  /** The place behind all that was said. */
  #reach = 0;
  /** All places behind `#reach` that are in the window were said. */
  #isWhole = true;
  /** The place behind the farthest segment, which may be one that is not compared, and its sequence number. */
  #edge = 0;
  #edgeSeq = 0;
  /** The place behind all that the other end acknowledged. */
  #acked = 0;
  /** The segment that reached farthest had one byte. */
  #isLastAlone = false;
  readonly #room: Room;
  readonly #windowAt: number;

  constructor(room: Room, windowAt: number) {
    this.#room = room;
    this.#windowAt = windowAt;
  }

  forget(): void {
    this.start = undefined;
    this.#reach = 0;
    this.#isWhole = true;
    this.#edge = 0;
    this.#acked = 0;
  }

  noteAck(ack: number): void {
    if (this.start !== undefined) this.#acked = Math.max(this.#acked, this.#placeOf(ack));
  }

  /** Whether the bytes differ from what was said in their place; they are remembered. */
  take(seq: number, bytes: Uint8Array, at: number, end: number): boolean {
    if (this.start === undefined) {
      this.start = seq;
      this.#edgeSeq = seq;
    }
    const first = this.#placeOf(seq);
    this.#moveEdge(first + end - at);
    if (end - at === 1 && this.#isProbe(first, u8(bytes, at))) return false;
    const from = Math.max(0, first);
    const to = Math.min(first + end - at, COMPARED);
    if (from >= to) return false;
    if (from > this.#reach && this.#isWhole) this.#beginGaps();
    const known = Math.max(from, this.#reach - WINDOW);
    const isOther = this.#compare(known, Math.min(to, this.#reach), bytes, at - first);
    this.#append(Math.max(from, this.#reach), to, bytes, at - first);
    if (to > this.#reach) this.#isLastAlone = end - at === 1;
    this.#reach = Math.max(this.#reach, to);
    return isOther;
  }

  /** Sequence numbers begin anew after 4 GiB; places do not. */
  #placeOf(seq: number): number {
    return this.#edge + seqDistance(this.#edgeSeq, seq);
  }

  /** A segment farther ahead than any window reaches is not of this stream. */
  #moveEdge(end: number): void {
    const step = end - this.#edge;
    if (step <= 0 || step > WIDEST_WINDOW) return;
    this.#edge = end;
    this.#edgeSeq = (this.#edgeSeq + step) | 0;
  }

  /** From now on, the rounds tell what was said. */
  #beginGaps(): void {
    const { rounds } = this.#room;
    const lastRound = roundOf(this.#reach);
    const inWindow = this.#reach % WINDOW;
    const [at, end] = [this.#windowAt, this.#windowAt + WINDOW];
    rounds.fill(lastRound, at, at + inWindow);
    rounds.fill(lastRound - 1, at + inWindow, end);
    this.#isWhole = false;
  }

  /**
   * One byte in the place of the last asks whether a quiet connection lives. It may be any byte (RFC 1122 §4.2.3.6); most stacks
   * send 0. Where the last byte came alone and nobody acknowledged it, the other one is a second version of it.
   */
  #isProbe(place: number, byte: number): boolean {
    if (byte === 0) return true;
    return place === this.#reach - 1 && (this.#acked >= this.#reach || !this.#isLastAlone);
  }

  /** Places `[from, to)`; the byte of a place is at that many behind `zeroAt`. */
  #compare(from: number, to: number, bytes: Uint8Array, zeroAt: number): boolean {
    const room = this.#room;
    const isWhole = this.#isWhole;
    let isOther = false;
    for (let place = from; place < to; place++) {
      const i = this.#windowAt + (place % WINDOW);
      const round = roundOf(place);
      const byte = u8(bytes, zeroAt + place);
      if ((isWhole || room.rounds[i] === round) && room.bytes[i] !== byte) isOther = true;
      if (!isWhole) room.rounds[i] = round;
      room.bytes[i] = byte;
    }
    return isOther;
  }

  #append(from: number, to: number, bytes: Uint8Array, zeroAt: number): void {
    const room = this.#room;
    for (let place = from; place < to; ) {
      const inWindow = place % WINDOW;
      const i = this.#windowAt + inWindow;
      const next = Math.min(to, place - inWindow + WINDOW);
      copyBytes(room.bytes, i, bytes, zeroAt + place, zeroAt + next);
      if (!this.#isWhole) room.rounds.fill(roundOf(place), i, i + next - place);
      place = next;
    }
  }
}

function roundOf(place: number): number {
  return 1 + Math.floor(place / WINDOW);
}

const WINDOW = 4096;
const COMPARED = 16 * WINDOW;
/** RFC 7323 §2.3. */
const WIDEST_WINDOW = 2 ** 30;
const MOST = 2048;
/** In a room. */
const WINDOWS = 64;
const ROOM = WINDOWS * WINDOW;
/** The flow that was not used for the longest time makes room. */
const REMEMBERED = {
  capacity: MOST,
  idleTimeout: Number.POSITIVE_INFINITY,
  halfOpenTimeout: Number.POSITIVE_INFINITY,
  eviction: 'oldest',
} as const;
