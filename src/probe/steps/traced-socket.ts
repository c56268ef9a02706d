import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { findName, middleOfName } from '../../evasion/request.ts';
import { writeBytes } from '../connection.ts';
import { failureOf } from '../failure.ts';
import type { FirstWrite } from './surface.ts';
import type { Leg, Trace } from './trace.ts';

export interface TracedSocketOptions {
  readonly trace: Trace;
  readonly leg: Leg;
  /** The other end, as address:port. */
  readonly address: string;
  /** Bytes that are written at once and hold this name leave in two segments. */
  readonly split?: string | undefined;
  /** What becomes of the first bytes. */
  readonly first?: FirstWrite | undefined;
}

/** A TCP connection of which each read and write is written down: what a layer above it never sees. */
export class TracedSocket extends Duplex {
  readonly socket: Socket;
  /** When bytes were last about to be handed to the kernel. */
  writtenAt = performance.now();
  readonly #options: TracedSocketOptions;
  #readFrom: number;
  #first: FirstWrite | undefined;
  #failure: string | undefined;

  constructor(socket: Socket, options: TracedSocketOptions) {
    super();
    this.socket = socket;
    this.#options = options;
    this.#first = options.first;
    this.#readFrom = options.trace.seconds();
    socket.on('data', (chunk) => {
      this.#note('read', this.#readFrom, null, chunk.length);
      this.#readFrom = options.trace.seconds();
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => {
      this.#fail('eof_error');
      this.push(null);
    });
    socket.on('error', (error) => {
      this.#fail(failureOf(error));
      this.destroy(error);
    });
  }

  /** Why nothing more is read: the peer's own word, before any layer above has made another of it. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whoever waited for bytes gives up. */
  giveUp(): void {
    this.#fail('generic_timeout_error');
  }

  override _read(): void {
    this.socket.resume();
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const from = this.#options.trace.seconds();
    this.#writeNext(chunk).then(
      (at) => {
        this.writtenAt = at;
        this.#note('write', from, null, chunk.length);
        done();
      },
      (error: Error) => done(error),
    );
  }

  async #writeNext(chunk: Buffer): Promise<number> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && first.pause > 0) await pause(first.pause);
    const bytes = first === undefined ? chunk : Buffer.from(first.says(chunk));
    return writeBytes(this.socket, bytes, this.#cutOf(bytes));
  }

  #cutOf(bytes: Buffer): number | undefined {
    // As the bytes of a request spell it: UTF-8, of which each byte is a character here.
    const name = Buffer.from(this.#options.split ?? '').toString('latin1');
    return findName(bytes, name) < 0 ? undefined : middleOfName(bytes, name);
  }

  #fail(failure: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#note('read', this.#readFrom, failure);
  }

  #note(operation: 'read' | 'write', t0: number, failure: string | null, bytes?: number): void {
    const { trace, leg, address } = this.#options;
    const t = trace.seconds();
    const size = bytes === undefined ? {} : { num_bytes: bytes };
    trace.networkEvents.push({ address, failure, ...size, operation, proto: 'tcp', t0, t, ...leg });
  }
}
