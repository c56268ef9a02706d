import type { Millis } from '../base/units.ts';
import { HalfFlow } from './half-flow.ts';
import { HeldBack } from './held-back.ts';
import type { Ignored } from './ignored.ts';

/** By who sent the SYN; in a flow whose start was not seen, by who sent the first packet that was. */
export type Direction = 'to-server' | 'to-client';

export function opposite(direction: Direction): Direction {
  return direction === 'to-server' ? 'to-client' : 'to-server';
}

/** What a box remembers of one session. Objects are reused by the flow table: never keep one. */
export class Flow {
  readonly slot: number;
  /** Sequence number of the SYN, if the box saw it. */
  initialSeq: number | undefined = undefined;
  /** Bits: there may be a million flows, and each field of one takes eight bytes. */
  #marks = 0;
  toServer = new HalfFlow();
  toClient = new HalfFlow();
  /** What is done to it since a rule was set off; undefined while it is free. */
  sentence: unknown = undefined;
  #rare: RareState | undefined = undefined;

  constructor(slot: number) {
    this.slot = slot;
  }

  /** The box has a TCB for it; without one, nothing of it is read. */
  get isFollowed(): boolean {
    return (this.#marks & FOLLOWED) !== 0;
  }
  set isFollowed(isSo: boolean) {
    this.#mark(FOLLOWED, isSo);
  }

  /** The box takes the sender of the first packet for the server. */
  get isSwapped(): boolean {
    return (this.#marks & SWAPPED) !== 0;
  }
  set isSwapped(isSo: boolean) {
    this.#mark(SWAPPED, isSo);
  }

  /** A SYN/ACK has shown who the server is. */
  get hasRoles(): boolean {
    return (this.#marks & HAS_ROLES) !== 0;
  }
  set hasRoles(isSo: boolean) {
    this.#mark(HAS_ROLES, isSo);
  }

  /** Of FINs that have arrived: 1 for the client's, 2 for the server's. */
  get finsSeen(): number {
    return this.#marks & FINS;
  }
  set finsSeen(fins: number) {
    this.#marks = (this.#marks & ~FINS) | fins;
  }

  /** The FIN of this half's sender has arrived. */
  hasFinOf(half: HalfFlow): boolean {
    return (this.finsSeen & this.#finOf(half)) !== 0;
  }

  noteFinOf(half: HalfFlow): void {
    this.finsSeen |= this.#finOf(half);
  }

  /** In `finsSeen`. */
  #finOf(half: HalfFlow): number {
    return half === this.toServer ? 1 : 2;
  }

  #mark(bit: number, isSo: boolean): void {
    this.#marks = isSo ? this.#marks | bit : this.#marks & ~bit;
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
    this.#rare = undefined;
    this.toServer.reset();
    this.toClient.reset();
  }

  /** The box forgets the session; what its ends have received stays known, and what is held back of it. */
  forget(): void {
    this.initialSeq = undefined;
    this.isFollowed = false;
    this.isSwapped = false;
    this.hasRoles = false;
    this.toServer.forget();
    this.toClient.forget();
    this.sentence = undefined;
    this.endReading();
    const before = this.#rare;
    this.#rare = undefined;
    if (before?.pendingSyn !== undefined) this.rare.pendingSyn = before.pendingSyn;
    if (before?.heldBack !== undefined) this.rare.heldBack = before.heldBack;
  }

  /** What few flows have; asking for it makes it. */
  get rare(): RareState {
    this.#rare ??= new RareState();
    return this.#rare;
  }

  /** When the last packet that is held back of this direction goes on its way; before all time if none was. */
  heldUntil(direction: Direction): Millis {
    return this.#rare?.heldBack?.[direction].until ?? Number.NEGATIVE_INFINITY;
  }

  /** Something is held back, of one direction or the other. */
  holdsAt(now: Millis): boolean {
    return this.heldUntil('to-server') > now || this.heldUntil('to-client') > now;
  }

  /** A packet is held back until then, or longer if one before it is. */
  noteHeld(direction: Direction, until: Millis, now: Millis): void {
    this.rare.heldBack ??= { 'to-server': new HeldBack(), 'to-client': new HeldBack() };
    this.rare.heldBack[direction].note(until, now);
  }

  /** True if so many bytes may wait behind what is held back of this direction; they count then. */
  takesBehind(direction: Direction, length: number): boolean {
    return this.#rare?.heldBack?.[direction].takes(length) ?? true;
  }

  /** A SYN begins another session, which waits for nothing of the one before. */
  forgetHeld(): void {
    if (this.#rare !== undefined) this.#rare.heldBack = undefined;
  }

  /** The sequence number of a SYN in a connection that has begun; a connection begins anew when it is answered. */
  get pendingSyn(): number | undefined {
    return this.#rare?.pendingSyn;
  }

  /** Both ends sent a SYN, and neither had answered: either may be the client (RFC 9293 §3.5). */
  get isCrossed(): boolean {
    return this.crossingSeq !== undefined;
  }

  /** The sequence number of the SYN that crossed the first one. */
  get crossingSeq(): number | undefined {
    return this.#rare?.crossingSeq;
  }

  /** The last acknowledgement that was too far ahead to be believed at once. */
  get farAck(): FarAck | undefined {
    return this.#rare?.farAck;
  }

  /** Sequence numbers of further SYNs, for a box that keeps them all. */
  get otherSeqs(): readonly number[] | undefined {
    return this.#rare?.otherSeqs;
  }

  /** Of those that a box does not believe unless the server answers one. */
  get unansweredSeqs(): readonly number[] | undefined {
    return this.#rare?.unansweredSeqs;
  }

  /** A copy of the payload on the SYN, for a box that believes it until the server refuses it. */
  get synPayload(): Uint8Array | undefined {
    return this.#rare?.synPayload;
  }

  /** The beginning of the stream to the server: so much of the SYN's payload the server took, and no more. */
  get takenOnSyn(): Uint8Array | undefined {
    return this.#rare?.takenOnSyn;
  }

  /** What a reader keeps between its datagrams. */
  get reading(): Reading | undefined {
    return this.#rare?.reading;
  }

  /** What was not believed, for explanations: the first few of each flow. */
  get ignored(): readonly IgnoredSegment[] {
    return this.#rare?.ignored ?? [];
  }

  /** The rule has done to it what it does, and need not be set off again. */
  isDone(rule: unknown): boolean {
    return this.#rare?.done.includes(rule) ?? false;
  }

  /** What was shown so far of rules that ask for several things; undefined until something was. */
  get combined(): readonly unknown[] | undefined {
    return this.#rare?.combined;
  }

  endReading(): void {
    if (this.reading === undefined) return;
    this.reading.close();
    this.rare.reading = undefined;
  }

  noteDone(rule: unknown): void {
    this.rare.done.push(rule);
  }

  noteIgnored(direction: Direction, seq: number, length: number, reason: Ignored): void {
    const { ignored } = this.rare;
    if (ignored.length < MOST_IGNORED) ignored.push({ direction, seq: seq >>> 0, length, reason });
  }
}

class RareState {
  heldBack: { readonly [way in Direction]: HeldBack } | undefined = undefined;
  pendingSyn: number | undefined = undefined;
  crossingSeq: number | undefined = undefined;
  farAck: FarAck | undefined = undefined;
  otherSeqs: readonly number[] | undefined = undefined;
  unansweredSeqs: readonly number[] | undefined = undefined;
  synPayload: Uint8Array | undefined = undefined;
  takenOnSyn: Uint8Array | undefined = undefined;
  reading: Reading | undefined = undefined;
  readonly done: unknown[] = [];
  readonly combined: unknown[] = [];
  /** Numbers that were drawn for it so far. */
  draws = 0;
  readonly ignored: IgnoredSegment[] = [];
}

interface FarAck {
  /** Which way the bytes went that it acknowledges. */
  readonly direction: Direction;
  readonly ack: number;
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
const FINS = 3;
const FOLLOWED = 4;
const SWAPPED = 8;
const HAS_ROLES = 16;
