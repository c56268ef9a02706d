/** A signal of one's own, which is aborted with another one, too. */
export interface OwnSignal {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /** From now on the other one is not followed. */
  release(): void;
}

/** Follows `other` until it is released. Node 20 collects a signal of `AbortSignal.any` that nothing but a wait knows: this one stays. */
export function ownSignal(other: AbortSignal | undefined): OwnSignal {
  const own = new AbortController();
  const follow = (): void => own.abort(other?.reason);
  if (other?.aborted) follow();
  else other?.addEventListener('abort', follow);
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    release: () => other?.removeEventListener('abort', follow),
  };
}
