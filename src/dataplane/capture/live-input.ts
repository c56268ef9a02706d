import { once } from 'node:events';
import { Socket } from 'node:net';
import { ownSignal } from '../../base/own-signal.ts';
import type { Millis } from '../../base/units.ts';

/** What comes through a pipe or a socket, as it comes: waiting for it lets timers and signals run. */
export class LiveInput {
  /** What went wrong while reading; undefined if nothing did. */
  failure: Error | undefined = undefined;
  readonly #socket: Socket;
  #chunk: Buffer = Buffer.alloc(0);
  #isEnded = false;

  /** Takes the descriptor over. */
  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on('end', () => this.#end());
    this.#socket.on('close', () => this.#end());
    this.#socket.on('error', (error) => {
      this.failure = error;
      this.#end();
    });
  }

  /** Nothing more will come. */
  get isEnded(): boolean {
    return this.#isEnded && this.#chunk.length === 0;
  }

  /** Copies what has come into `bytes[at, …)`, as much as there is room for; how much it was. */
  take(bytes: Uint8Array, at: number): number {
    if (this.#chunk.length === 0) this.#chunk = this.#socket.read() ?? this.#chunk;
    const count = Math.min(this.#chunk.length, bytes.length - at);
    bytes.set(this.#chunk.subarray(0, count), at);
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  /**
   * Ends when something may have come, or nothing will, or `signal` is aborted, or after `limit` ms. It takes a limit because
   * Node 20 may collect a signal of `AbortSignal.any` as garbage, which then never fires.
   */
  async more(signal: AbortSignal, limit?: Millis): Promise<void> {
    if (this.#chunk.length > 0 || this.#isEnded || signal.aborted) return;
    if (this.#socket.readableLength > 0) return;
    const over = ownSignal(signal);
    const timer = limit === undefined ? undefined : setTimeout(() => over.abort(), limit);
    await once(this.#socket, 'readable', { signal: over.signal }).catch(() => undefined);
    over.release();
    clearTimeout(timer);
  }

  close(): void {
    this.#socket.destroy();
  }

  #end(): void {
    this.#isEnded = true;
    this.#socket.emit('readable');
  }
}
