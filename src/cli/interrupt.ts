export interface Interrupt {
  readonly signal: AbortSignal;
  /** Once all is cleared up: the signal that was received does to this program what it does to any. */
  passOn(): void;
}

/** From now on a signal to end aborts what is under way instead. */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      received = name;
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    passOn: () => received && process.kill(process.pid, received),
  };
}
