import { ChokepointError, type ErrorCode } from '../base/errors.ts';
import type { Millis } from '../base/units.ts';
import { processorTime } from './process-id.ts';

/** A process at the other end of a Node IPC channel. */
export interface Peer {
  readonly pid?: number | undefined;
  readonly connected?: boolean;
  send?(message: object, callback?: (error: Error | null) => void): boolean;
  kill?(signal: 'SIGKILL'): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

export type Handlers = Readonly<Record<string, (params: never) => unknown>>;

interface Request {
  readonly call: string;
  readonly id: number;
  readonly params: unknown;
}

interface Reply {
  readonly reply: number;
  readonly value?: unknown;
  readonly error?: {
    readonly code?: ErrorCode | undefined;
    readonly message: string;
    readonly hint?: string | undefined;
    readonly stack?: string | undefined;
  };
}

interface Progress {
  readonly progress: string;
}

/** Asks whether the other end is there; each is answered at once. */
interface Ping {
  readonly ping: true;
}

/**
 * Calls across an IPC channel. When the channel closes, every open call fails with `LAB_DIED`. A peer that says nothing for
 * `SILENCE` while a call is open (it was stopped, or waits for ever) is killed, and counts as ended. One that works all the
 * while, on a machine that gives it little time, has `WORKING` times as long.
 */
export class Rpc {
  readonly #peer: Peer;
  readonly #peerName: string;
  readonly #silence: Millis;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closed: string | undefined;
  #onProgress: (text: string) => void = () => undefined;
  #isSilent = false;
  #heard: Millis = 0;
  #looked: Millis = 0;
  /** When the other end was last heard, or had used its processor since the look before. */
  #active: Millis = 0;
  #used = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(peer: Peer, peerName: string, silence: Millis = SILENCE) {
    this.#peer = peer;
    this.#peerName = peerName;
    this.#silence = silence;
    peer.on('message', (message) => this.#receive(message as Partial<Reply & Progress>));
    peer.on('disconnect', () => this.#close(`${peerName} ended while it was needed`));
  }

  /** Whether the channel has closed: no call will be answered. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Whether it was closed because the other end said nothing. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** `limit`: how long the answer is waited for, in ms, however lively the other end is. */
  call<T>(method: string, params: unknown = {}, limit?: Millis): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(died(this.#closed));
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      const late = (): void =>
        this.#fail(id, died(`${this.#peerName} gave no answer within ${(limit ?? 0) / 1000} s`));
      const timer = limit === undefined ? undefined : setTimeout(late, limit);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#listen();
      const request: Request = { call: method, id, params };
      this.#peer.send?.(request, (error) => {
        // What cannot be said, cannot be answered either: 'disconnect' may come later, or not at all.
        if (error !== null) this.#close(`${this.#peerName} ended while it was needed`);
      });
    }) as Promise<T>;
  }

  onceClosed(listener: () => void): void {
    this.#peer.on('disconnect', listener);
  }

  /** What the other end says of a call that takes long; see `reportProgress`. */
  onProgress(listener: (text: string) => void): void {
    this.#onProgress = listener;
  }

  #receive(message: Partial<Reply & Progress>): void {
    this.#heard = performance.now();
    if (message.progress !== undefined) this.#onProgress(message.progress);
    else this.#settle(message);
  }

  #settle({ reply, value, error }: Partial<Reply>): void {
    if (reply === undefined) return;
    const open = this.#waiting.get(reply);
    this.#forget(reply);
    if (error === undefined) open?.resolve(value);
    else open?.reject(revive(error));
  }

  #fail(id: number, error: Error): void {
    this.#waiting.get(id)?.reject(error);
    this.#forget(id);
  }

  #forget(id: number): void {
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** While a call is open. */
  #listen(): void {
    if (this.#timer !== undefined) return;
    this.#heard = performance.now();
    this.#looked = this.#heard;
    this.#active = this.#heard;
    this.#used = processorTime(this.#peer.pid);
    this.#timer = setInterval(() => this.#look(), this.#silence / LOOKS);
  }

  #look(): void {
    const now = performance.now();
    // This process itself was stopped, or had no processor: the other end could not be heard.
    if (now - this.#looked > (2 * this.#silence) / LOOKS) this.#heard = now;
    this.#looked = now;
    const used = processorTime(this.#peer.pid);
    this.#active = used > this.#used ? now : Math.max(this.#active, this.#heard);
    this.#used = used;
    if (now - this.#active < this.#silence && now - this.#heard < WORKING * this.#silence) {
      this.#peer.send?.({ ping: true } satisfies Ping, () => undefined); // its end is told by 'disconnect'
      return;
    }
    this.#isSilent = true;
    const silent = Math.round((now - this.#heard) / 1000);
    this.#close(`${this.#peerName} did not answer for ${silent} s`);
    this.#peer.kill?.('SIGKILL');
  }

  #close(reason: string): void {
    this.#closed ??= reason;
    for (const id of [...this.#waiting.keys()]) this.#fail(id, died(this.#closed));
  }
}

/** Answers the calls of the process that started this one. */
export function serve(handlers: Handlers): void {
  const answer = async ({ call, id, params }: Request): Promise<void> => {
    const handler = handlers[call];
    try {
      if (handler === undefined) throw new Error(`no call "${call}"`);
      say({ reply: id, value: await handler(params as never) } satisfies Reply);
    } catch (error) {
      say({ reply: id, error: describe(error) } satisfies Reply);
    }
  };
  process.on('message', (message: Partial<Request & Ping>) => {
    if (message.ping !== undefined) say({ pong: true });
    if (message.call !== undefined) void answer(message as Request);
  });
}

/** Tells the process that started this one how far its call has got. */
export function reportProgress(text: string): void {
  say({ progress: text } satisfies Progress);
}

/** If the other end is gone, nobody is left to be told. */
function say(message: object): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

function died(reason: string): ChokepointError {
  return new ChokepointError('LAB_DIED', reason);
}

function describe(error: unknown): NonNullable<Reply['error']> {
  if (error instanceof ChokepointError) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  return error instanceof Error
    ? { message: error.message, stack: error.stack }
    : { message: String(error) };
}

function revive(error: NonNullable<Reply['error']>): Error {
  if (error.code !== undefined) {
    return new ChokepointError(error.code, error.message.split('\n'), { hint: error.hint });
  }
  const revived = new Error(error.message);
  revived.stack = error.stack ?? error.message;
  return revived;
}

/** A process that waits for nothing, and is only hungry, answers within this, or can be seen to work. */
const SILENCE: Millis = 20_000;
const WORKING = 6;
/** How often the other end is asked within that time. */
const LOOKS = 10;
