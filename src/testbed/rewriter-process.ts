import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ChokepointError, type ErrorCode } from '../base/errors.ts';
import { type Answering, endByStdin, howEnded, nextLine, whyNoLine } from './child-end.ts';
import type { RewriterConfig, RewriterOrder } from './processes/rewriter.ts';

interface Answer {
  readonly done?: number;
  readonly wrong?: string;
  readonly code?: ErrorCode;
}

/** The process through which clients' packets go in a lab that rewrites them; orders are carried out one after the other. */
export class RewriterProcess {
  readonly #process: Answering;
  #last: Promise<unknown> = Promise.resolve();
  #isStopping = false;

  /** Starts the process at once: it loads while the namespace it will work in is still being built. */
  constructor(command: readonly string[], onDeath: (how: string) => void) {
    const [program, ...args] = command;
    const child = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => undefined); // its end is reported by 'exit'
    child.once('exit', () => {
      if (!this.#isStopping) onDeath(howEnded(child));
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#process = { child, lines };
  }

  /** Resolves when packets are being forwarded. */
  async start(config: RewriterConfig): Promise<void> {
    await this.#say(config);
  }

  /** What it counted, where that was asked. */
  async order(order: RewriterOrder): Promise<number> {
    const turn = this.#last.then(() => this.#say(order));
    this.#last = turn.catch(() => undefined);
    const {
      done,
      wrong = 'no answer',
      code = 'STRATEGY_INVALID',
    } = JSON.parse(await turn) as Answer;
    if (done === undefined) throw new ChokepointError(code, wrong);
    return done;
  }

  /** Lets it write what it still holds, then ends it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await endByStdin(this.#process.child);
  }

  async #say(what: object): Promise<string> {
    this.#process.child.stdin?.write(`${JSON.stringify(what)}\n`);
    const line = await nextLine(this.#process);
    if (line !== undefined) return line;
    const why = await whyNoLine(this.#process);
    throw new ChokepointError('LAB_DIED', `what rewrites packets ${why} while it was needed`);
  }
}
