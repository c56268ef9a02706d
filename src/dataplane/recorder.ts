import { type Calendar, dateAt } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import { commentOn } from '../policy/comment.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { PcapngWriter } from './pcapng.ts';

/** Writes down what boxes receive and send, and what they decided. */
export class Recorder {
  readonly #writer: PcapngWriter;
  readonly #calendar: Calendar;

  /** `calendar`: beside this process's clock. */
  constructor(writer: PcapngWriter, calendar: Calendar) {
    this.#writer = writer;
    this.#calendar = calendar;
  }

  /** Why the capture ended before the packets did. */
  get failure(): string | undefined {
    return this.#writer.failure;
  }

  record(
    interfaceIndex: number,
    isOutbound: boolean,
    bytes: Uint8Array,
    at: number,
    end: number,
    time: Millis,
    verdict: Verdict | undefined,
  ): void {
    const comment = verdict === undefined ? undefined : commentOn(verdict);
    const packet = { interfaceIndex, isOutbound, at: dateAt(this.#calendar, time), comment };
    this.#writer.write(packet, bytes, at, end);
  }

  /** What a box sent and the link behind it lost; `time` is when it would have left the link. */
  recordLost(
    interfaceIndex: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    time: Millis,
  ): void {
    const packet = { interfaceIndex, isOutbound: true, at: dateAt(this.#calendar, time) };
    this.#writer.write({ ...packet, comment: 'lost on the link' }, bytes, at, end);
  }

  flush(): void {
    this.#writer.flush();
  }

  close(): void {
    this.#writer.close();
  }
}
