import type { Millis } from '../base/units.ts';
import type { CaptureReader } from '../dataplane/capture/capture-reader.ts';
import { FrameView } from '../dataplane/capture/link-layer.ts';
import type { Tunnels } from '../policy/model.ts';
import { CaptureClock } from './capture-clock.ts';
import { FrameMender } from './frame-mender.ts';
import type { FlowEvent } from './trace-event.ts';
import { Tracer } from './tracer.ts';

/** The packets of a capture, each with the number that `replay` gives its flow: every box numbers its own flows from 1. */
export class NumberedPackets {
  /** Where the packet that `next` found lies, as an Ethernet frame; valid until the next one. One that was cut has the lengths of what is there. */
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Which of the capture's boxes saw it. */
  box = 0;
  /** By the clock of its box, which never goes back. */
  time: Millis = 0;
  /** Undefined for what has no ports. */
  flow: number | undefined = undefined;
  /** The flow that it began. */
  began: FlowEvent | undefined = undefined;
  readonly #reader: CaptureReader;
  readonly #frame: FrameView;
  readonly #mender = new FrameMender();
  readonly #tunnels: Tunnels;
  readonly #only: number | undefined;
  readonly #boxes = new Map<number, { readonly tracer: Tracer; readonly clock: CaptureClock }>();

  /** `only`: leaves out the packets of all boxes but this one. */
  constructor(reader: CaptureReader, tunnels: Tunnels = 'open', only?: number) {
    this.#reader = reader;
    this.#frame = new FrameView(reader);
    this.#tunnels = tunnels;
    this.#only = only;
  }

  /** Whether there is another packet; one that a box has sent, and that came in before, does not count. */
  next(): boolean {
    while (this.#reader.next()) {
      const { isCopy, box = this.#only ?? 0 } = this.#reader.packet;
      if (isCopy || (this.#only !== undefined && box !== this.#only)) continue;
      this.#number(box);
      return true;
    }
    this.#frame.requireSupported();
    return false;
  }

  /** The clock of one box's packets so far. */
  clockOf(box: number): CaptureClock {
    return this.#stateOf(box).clock;
  }

  #number(box: number): void {
    const { tracer, clock } = this.#stateOf(box);
    const record = this.#reader.packet;
    const frame = this.#frame.decode(record);
    const isCut = record.originalLength > record.end - record.at;
    const { bytes, at, end } = this.#mender.mend(frame, isCut);
    this.box = box;
    this.time = clock.take(record.timeMs);
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.flow = undefined;
    this.began = undefined;
    const judged = { index: 0, time: this.time, bytes, at, end, ignored: undefined, read: [] };
    tracer.trace({ ...judged, verdict: { kind: 'accept' } }, (event) => {
      if (event.event === 'flow') this.began = event;
      if (event.event === 'packet') this.flow = event.flow ?? undefined;
    });
  }

  #stateOf(box: number): { readonly tracer: Tracer; readonly clock: CaptureClock } {
    const known = this.#boxes.get(box);
    if (known !== undefined) return known;
    const made = { tracer: new Tracer(this.#tunnels), clock: new CaptureClock() };
    this.#boxes.set(box, made);
    return made;
  }
}
