import { randomInt } from 'node:crypto';
import { showable } from '../base/showable.ts';
import type { Millis } from '../base/units.ts';
import { AnnotatedCapture } from '../dataplane/capture/annotated-capture.ts';
import { CaptureReader } from '../dataplane/capture/capture-reader.ts';
import type { Truncation } from '../dataplane/capture/capture-source.ts';
import { FrameView } from '../dataplane/capture/link-layer.ts';
import { Engine, type EngineCounters } from '../engine/engine.ts';
import { commentOn, commentOnInjected } from '../policy/comment.ts';
import type { Observation } from '../policy/observation.ts';
import type { Policy } from '../policy/policy.ts';
import type { Verdict } from '../policy/verdict.ts';
import { CaptureClock, type OddTimes } from './capture-clock.ts';
import { type Dates, datesOf } from './dates.ts';
import { FrameMender } from './frame-mender.ts';
import { noteOf } from './note.ts';
import { PacketFaultCounter, type PacketFaults } from './packet-faults.ts';
import { type Passage, type ReadAlong, readAlong, readThrough } from './read-along.ts';
import type { TraceEvent } from './trace-event.ts';
import { Tracer } from './tracer.ts';
import { IN_PARTS, UnreadCounter, type UnreadCounts } from './unread.ts';

export interface ReplayOptions {
  /** A pcap or pcapng file; `-` is standard input. */
  readonly file: string;
  readonly policy: Policy;
  /** Of a capture of several boxes, which one's packets count. */
  readonly box?: number;
  readonly seed?: number;
  /** The date of its first packet, Unix time, where rules are not to go by the capture's own. */
  readonly at?: Millis | undefined;
  /** A pcapng file to write, with each decision as a comment on its packet, and what is injected as packets. */
  readonly annotate?: string | undefined;
  readonly onEvent?: ((event: TraceEvent) => void) | undefined;
}

export interface ReplayResult {
  readonly counters: EngineCounters;
  /** Packets that a snapshot length cut: only what was captured of them was read. */
  readonly cut: number;
  /** Packets that left the box in a capture of our own, which has each packet twice. */
  readonly copies: number;
  /** Packets that other boxes of such a capture saw. */
  readonly ofOtherBoxes: number;
  /** Packets that were not believed, for each reason. */
  readonly ignored: Readonly<Record<string, number>>;
  readonly truncation: Truncation | undefined;
  /** Of the first packet and the last, as rules took them; undefined if there was none. */
  readonly dates: Dates | undefined;
  readonly oddTimes: OddTimes;
  readonly unread: UnreadCounts;
  readonly faults: PacketFaults;
  /** The capture came through a pipe. */
  readonly isLive: boolean;
}

/** Every packet of a capture through a censor, in the order and at the times of the file. Memory does not grow with it. */
export function replay(options: ReplayOptions): ReplayResult {
  const reader = new CaptureReader(options.file);
  try {
    return replayFrom(reader, options);
  } finally {
    reader.close();
  }
}

/** The same, of a capture that may come through a pipe: undefined if it was interrupted before it began. */
export async function replayAlong(
  options: ReplayOptions,
  along: ReadAlong,
): Promise<ReplayResult | undefined> {
  const reader = await CaptureReader.open(options.file, along.signal);
  if (reader === undefined) return undefined;
  const annotated = annotatedOf(reader, options);
  try {
    const result = await readAlong(reader, new Replay(reader, annotated, options), along);
    annotated?.close();
    return result;
  } catch (error) {
    annotated?.remove();
    throw error;
  } finally {
    reader.close();
  }
}

function replayFrom(reader: CaptureReader, options: ReplayOptions): ReplayResult {
  const annotated = annotatedOf(reader, options);
  try {
    const result = readThrough(reader, new Replay(reader, annotated, options));
    annotated?.close();
    return result;
  } catch (error) {
    annotated?.remove();
    throw error;
  }
}

function annotatedOf(
  reader: CaptureReader,
  { annotate }: ReplayOptions,
): AnnotatedCapture | undefined {
  return annotate === undefined ? undefined : new AnnotatedCapture(annotate, reader);
}

class Replay implements Passage<ReplayResult> {
  readonly #reader: CaptureReader;
  readonly #annotated: AnnotatedCapture | undefined;
  readonly #onEvent: ReplayOptions['onEvent'];
  readonly #box: number;
  readonly #at: Millis | undefined;
  readonly #clock = new CaptureClock();
  readonly #calendar = { epoch: 0, rate: 1 };
  readonly #engine: Engine;
  readonly #frame: FrameView;
  readonly #mender = new FrameMender();
  readonly #tracer: Tracer;
  readonly #unread: UnreadCounter;
  readonly #faults = new PacketFaultCounter();
  readonly #read: string[] = [];
  readonly #ignored = new Map<string, number>();
  #cut = 0;
  #copies = 0;
  #ofOtherBoxes = 0;

  constructor(
    reader: CaptureReader,
    annotated: AnnotatedCapture | undefined,
    { policy, box = 0, seed = 0, at, onEvent }: ReplayOptions,
  ) {
    this.#reader = reader;
    this.#annotated = annotated;
    this.#onEvent = onEvent;
    this.#box = box;
    this.#at = at;
    this.#frame = new FrameView(reader);
    const { tunnels } = policy.model;
    this.#tracer = new Tracer(tunnels);
    this.#unread = new UnreadCounter(tunnels);
    const isTold = onEvent !== undefined || annotated !== undefined;
    const observer = { asksAbout: () => false, observe: (seen: Observation) => this.#note(seen) };
    const salt = randomInt(2 ** 32);
    this.#engine = new Engine({
      ...{ policy, seed, salt, calendar: this.#calendar },
      observer: isTold ? observer : undefined,
    });
  }

  take(): void {
    const { packet } = this.#reader;
    if (packet.box !== undefined && packet.box !== this.#box) {
      this.#ofOtherBoxes++;
      return;
    }
    if (packet.isCopy) {
      this.#copies++;
      return;
    }
    const isFirst = this.#clock.first === undefined;
    const now = this.#clock.take(packet.timeMs);
    if (isFirst) this.#calendar.epoch = (this.#at ?? now) - now;
    this.#judge(now);
  }

  result(): ReplayResult {
    const clock = this.#clock;
    this.#frame.requireSupported();
    this.#unread.add(IN_PARTS, this.#engine.unassembled);
    return {
      counters: this.#engine.counters,
      cut: this.#cut,
      copies: this.#copies,
      ofOtherBoxes: this.#ofOtherBoxes,
      ignored: Object.fromEntries(this.#ignored),
      truncation: this.#reader.truncation,
      dates: datesOf(this.#calendar, clock.first, clock.now),
      oddTimes: clock.oddTimes,
      unread: this.#unread.counts,
      faults: this.#faults.counts,
      isLive: this.#reader.isLive,
    };
  }

  #judge(now: Millis): void {
    const { packet } = this.#reader;
    const isCut = packet.originalLength > packet.end - packet.at;
    const frame = this.#frame.decode(packet);
    const { unread } = frame;
    if (isCut) this.#cut++;
    const mended = this.#mender.mend(frame, isCut);
    const { bytes, at, end } = mended;
    this.#read.length = 0;
    this.#unread.take(mended, unread, isCut);
    const verdict = this.#engine.decide(bytes, at, end, now);
    const { ignored, hasRightSums, assembled } = this.#engine;
    if (assembled !== undefined) this.#unread.takeWhole(assembled, isCut);
    this.#faults.take(this.#unread.packet, isCut || hasRightSums ? 'leave' : 'compute');
    if (ignored !== undefined) this.#ignored.set(ignored, (this.#ignored.get(ignored) ?? 0) + 1);
    this.#annotate(verdict);
    if (this.#onEvent === undefined) return;
    const judged = { index: packet.index, time: now, bytes, at, end, verdict, ignored, unread };
    this.#tracer.trace({ ...judged, read: this.#read }, this.#onEvent);
  }

  #annotate(verdict: Verdict): void {
    if (this.#annotated === undefined) return;
    const { ignored } = this.#engine;
    const comments = [commentOn(verdict)];
    if (this.#read.length > 0) comments.push(showable(`read: ${this.#read.join(', ')}`));
    if (ignored !== undefined) comments.push(`not read: ${ignored}`);
    this.#annotated.write(comments.filter((comment) => comment !== undefined));
    if (verdict.kind !== 'inject') return;
    const comment = [commentOnInjected(verdict.decision)];
    for (const { frame } of verdict.packets) {
      this.#annotated.inject(frame, comment);
    }
  }

  #note(seen: Observation): void {
    const text = noteOf(seen);
    if (text === undefined) return;
    if (this.#read.length < MOST_NOTES && !this.#read.includes(text)) this.#read.push(text);
  }
}

const MOST_NOTES = 16;
