import type { Millis } from '../base/units.ts';
import { commentOn } from '../policy/comment.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { PcapngWriter } from './pcapng.ts';

/** Writes down what boxes receive and send, and what they decided. */
export class Recorder {
  readonly #writer: PcapngWriter;
  readonly #epoch: Millis;

  /** `epoch`: Unix time when this process's clock shows 0. */
  constructor(writer: PcapngWriter, epoch: Millis) {
    this.#writer = writer;
    this.#epoch = epoch;
  }

  get hasFailed(): boolean {
    return this.#writer.failure !== undefined;
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
    const packet = { interfaceIndex, isOutbound, at: this.#epoch + time, comment };
    this.#writer.write(packet, bytes, at, end);
  }

  flush(): void {
    this.#writer.flush();
  }

  close(): void {
    this.#writer.close();
  }
}
