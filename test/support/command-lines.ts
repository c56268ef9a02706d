import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What the process that runs command lines is told. */
export interface Order {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Answer {
  readonly exitCode: number;
}

interface Said extends Answer {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line of the built `program` in a process that has run others before, which takes a tenth of the work. It is for what
 * a command says. How a command begins and ends, what it reads of standard input and how it takes signals need a process of its own.
 */
export function runLoaded(program: string, order: Order): Promise<Said> {
  const said = last.then(() => {
    loaded ??= new Loaded(program);
    return loaded.run(order);
  });
  last = said.catch(() => undefined);
  return said;
}

/** Runs what is ordered one after the other. */
class Loaded {
  readonly #out = nameless();
  readonly #err = nameless();
  readonly #child: ChildProcess;

  constructor(program: string) {
    this.#child = fork(PROGRAM, [pathToFileURL(program).href], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', this.#out, this.#err, 'ipc'],
    });
    this.#child.unref();
    this.#child.channel?.unref();
  }

  async run(order: Order): Promise<Said> {
    const answered = new AbortController();
    const { signal } = answered;
    this.#child.channel?.ref();
    this.#child.send(order);
    const [answer, exitCode] = await Promise.race([
      once(this.#child, 'message', { signal }),
      once(this.#child, 'exit', { signal }).then(([status]) => [undefined, Number(status)]),
    ]).finally(() => answered.abort());
    this.#child.channel?.unref();
    const [stdout, stderr] = [this.#out, this.#err].map(taken) as [string, string];
    if (answer !== undefined) return { exitCode: answer.exitCode, stdout, stderr };
    for (const file of [this.#out, this.#err]) closeSync(file);
    loaded = undefined;
    return { exitCode, stdout, stderr };
  }
}

/** A file that is written at its end, and that no folder has. */
function nameless(): number {
  const path = join(tmpdir(), `chokepoint-test-output-${randomUUID()}`);
  const file = openSync(path, 'ax+', 0o600);
  rmSync(path);
  return file;
}

/** All that is in a file, which is empty afterwards. */
function taken(file: number): string {
  const bytes = Buffer.alloc(fstatSync(file).size);
  readSync(file, bytes, 0, bytes.length, 0);
  ftruncateSync(file);
  return bytes.toString();
}

/** Files of `unit` share a process, and so this one. */
let loaded: Loaded | undefined;
let last: Promise<unknown> = Promise.resolve();
const PROGRAM = fileURLToPath(new URL('../programs/command-lines.ts', import.meta.url));
