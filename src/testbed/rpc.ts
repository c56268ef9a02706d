import { ChokepointError, type ErrorCode } from '../base/errors.ts';

/** A process at the other end of a Node IPC channel. */
export interface Peer {
  readonly connected?: boolean;
  send?(message: object, callback?: (error: Error | null) => void): boolean;
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

/** Calls across an IPC channel. When the channel closes, every open call fails with `LAB_DIED`. */
export class Rpc {
  readonly #peer: Peer;
  readonly #waiting = new Map<number, PromiseWithResolvers>();
  #nextId = 1;
  #closed: string | undefined;
  #onProgress: (text: string) => void = () => undefined;

  constructor(peer: Peer, peerName: string) {
    this.#peer = peer;
    peer.on('message', (message) => this.#receive(message as Partial<Reply & Progress>));
    peer.on('disconnect', () => this.#close(`${peerName} ended while it was needed`));
  }

  call<T>(method: string, params: unknown = {}): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(died(this.#closed));
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: Request = { call: method, id, params };
      this.#peer.send?.(request, (error) => {
        if (error !== null) this.#fail(id, died(error.message));
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
    if (message.progress !== undefined) this.#onProgress(message.progress);
    else this.#settle(message);
  }

  #settle({ reply, value, error }: Partial<Reply>): void {
    if (reply === undefined) return;
    const open = this.#waiting.get(reply);
    this.#waiting.delete(reply);
    if (error === undefined) open?.resolve(value);
    else open?.reject(revive(error));
  }

  #fail(id: number, error: Error): void {
    this.#waiting.get(id)?.reject(error);
    this.#waiting.delete(id);
  }

  #close(reason: string): void {
    this.#closed = reason;
    for (const id of [...this.#waiting.keys()]) this.#fail(id, died(reason));
  }
}

/** Answers the calls of the process that started this one. */
export function serve(handlers: Handlers): void {
  const answer = async ({ call, id, params }: Request): Promise<void> => {
    const handler = handlers[call];
    try {
      if (handler === undefined) throw new Error(`no call "${call}"`);
      process.send?.({ reply: id, value: await handler(params as never) } satisfies Reply);
    } catch (error) {
      process.send?.({ reply: id, error: describe(error) } satisfies Reply);
    }
  };
  process.on('message', (message: Partial<Request>) => {
    if (message.call !== undefined) void answer(message as Request);
  });
}

/** Tells the process that started this one how far its call has got. */
export function reportProgress(text: string): void {
  process.send?.({ progress: text } satisfies Progress);
}

interface PromiseWithResolvers {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
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
