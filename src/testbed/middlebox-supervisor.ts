import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dateAt } from '../base/calendar.ts';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { unwritten } from '../base/writing.ts';
import { appendOwn } from '../files/own-file.ts';
import { type Answering, endByStdin, howEnded, nextLine, whyNoLine } from './child-end.ts';
import type { MiddleboxConfig } from './processes/middlebox.ts';

/** What the middlebox has counted since it started. */
export type MiddleboxCounters = Readonly<Record<string, number>>;

/**
 * Keeps a middlebox running: one that ends is started again at once, and both events are written to the log. One that
 * keeps ending right after its start is given up.
 */
export class MiddleboxSupervisor {
  readonly #command: readonly string[];
  readonly #onGivenUp: (error: ChokepointError) => void;
  #config: MiddleboxConfig | undefined;
  #process: Answering | undefined;
  #isStopping = false;
  #deaths: number[] = [];
  restarts = 0;

  /** Starts the process at once: it loads while the namespaces it will work in are still being built. */
  constructor(command: readonly string[], onGivenUp: (error: ChokepointError) => void) {
    this.#command = command;
    this.#onGivenUp = onGivenUp;
    this.#boot();
  }

  /** Resolves when frames are being forwarded. */
  async start(config: MiddleboxConfig): Promise<void> {
    this.#config = config;
    this.#process?.child.stdin?.write(`${JSON.stringify(config)}\n`);
    const answering = this.#process as Answering;
    if ((await nextLine(answering)) !== undefined) return;
    const why = await whyNoLine(answering);
    throw new ChokepointError('LAB_FAILED', `the middlebox ${why} while it was started`);
  }

  #boot(): void {
    const [program, ...args] = this.#command;
    const child = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.once('exit', () => this.#onExit(howEnded(child)));
    child.stdin.on('error', () => undefined); // its end is reported by 'exit'
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#process = { child, lines };
  }

  async counters(): Promise<MiddleboxCounters> {
    const answering = this.#process as Answering;
    answering.child.stdin?.write('counters\n');
    const line = await nextLine(answering);
    if (line === undefined) {
      const why = await whyNoLine(answering);
      throw new ChokepointError(
        'LAB_DIED',
        `the middlebox ${why} while it was asked what it counted`,
      );
    }
    return JSON.parse(line) as MiddleboxCounters;
  }

  /** Lets it write what it still holds, then ends it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { child } = this.#process as Answering;
    if (await endByStdin(child)) return;
    const { capture } = this.#config ?? {};
    if (capture !== undefined)
      process.stderr.write(unwritten(capture, 'the middlebox did not end'));
  }

  get pid(): number | undefined {
    return this.#process?.child.pid;
  }

  #onExit(how: string): void {
    const config = this.#config;
    if (this.#isStopping || config === undefined) return;
    const now = Date.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < DEATH_WINDOW), now];
    this.#report({ event: 'middlebox-died', how });
    if (this.#deaths.length >= MOST_DEATHS) {
      const times = `${MOST_DEATHS} times within ${DEATH_WINDOW / 1000} s`;
      this.#onGivenUp(new ChokepointError('LAB_DIED', `the middlebox ended ${times} (${how})`));
      return;
    }
    this.restarts++;
    this.#boot();
    this.start(config).then(
      () => this.#report({ event: 'middlebox-restarted', afterMs: Date.now() - now }),
      () => undefined, // its end comes back here as 'exit'
    );
  }

  #report(event: object): void {
    if (this.#config === undefined) return;
    const time = new Date(dateAt(this.#config.calendar, Date.now())).toISOString();
    const { events } = this.#config;
    try {
      appendOwn(events, `${JSON.stringify({ time, ...event })}\n`);
    } catch (error) {
      process.stderr.write(unwritten(events, messageOf(error)));
    }
  }
}

const MOST_DEATHS = 5;
const DEATH_WINDOW = 10_000;
