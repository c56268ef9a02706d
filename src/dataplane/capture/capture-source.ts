import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { ChokepointError, messageOf } from '../../base/errors.ts';
import type { Millis } from '../../base/units.ts';
import type { CapturePlace } from './invalid.ts';
import { LiveInput } from './live-input.ts';

/** Where a capture ends in the middle of a packet or block. */
export interface Truncation {
  /** Of the packet's or block's first byte. */
  readonly offset: number;
  /** Bytes that are not there; more may be, where not even the length is. */
  readonly missing: number;
}

/** The bytes of a capture file, read in order into memory of one fixed size. */
export class CaptureSource {
  readonly file: string;
  /** What was read and not yet consumed is in `[at, end)`; the user may write into what is before. */
  readonly bytes = new Uint8Array(SPARE_LENGTH + MEMORY_LENGTH);
  at = SPARE_LENGTH;
  end = SPARE_LENGTH;
  truncation: Truncation | undefined = undefined;
  readonly #fd: number;
  readonly #live: LiveInput | undefined;
  /** What to add to an index of `bytes` for its place in the file. */
  #base = -SPARE_LENGTH;

  /** `-` is standard input. `isWaitedFor`: `more` is awaited where a pipe has nothing, so that reading never blocks. */
  constructor(path: string, isWaitedFor = false) {
    this.file = path === '-' ? 'standard input' : path;
    this.#fd = path === '-' ? standardInput() : openFile(path, isWaitedFor);
    const isLive = isWaitedFor && comesAsItComes(fstatSync(this.#fd));
    this.#live = isLive ? new LiveInput(this.#fd) : undefined;
  }

  /** It may grow while it is read. */
  get isLive(): boolean {
    return this.#live !== undefined;
  }

  /** Whether all of the file was read into memory, as far as is known. */
  get isEnded(): boolean {
    return this.#live === undefined || this.#live.isEnded;
  }

  /** Ends when more of a pipe may be there, or nothing more will be, or `signal` is aborted, or after `limit` ms. */
  async more(signal: AbortSignal, limit?: Millis): Promise<void> {
    await this.#live?.more(signal, limit);
  }

  /** Of `at` in the file. */
  get offset(): number {
    return this.#base + this.at;
  }

  get place(): CapturePlace {
    return { file: this.file, offset: this.offset };
  }

  /** Whether the file goes on for so many bytes, at most `MEMORY_LENGTH`; they are then in memory, from `at` on. */
  has(length: number): boolean {
    return this.end - this.at >= length || this.#read(length);
  }

  /** Notes that something of this length was begun, and is not whole. Returns false for `return source.isCut(…)`. */
  isCut(length: number): false {
    const rest = this.end - this.at;
    if (rest > 0) this.truncation = { offset: this.offset, missing: length - rest };
    return false;
  }

  close(): void {
    if (this.#live !== undefined) this.#live.close();
    else if (this.#fd !== STDIN) closeSync(this.#fd);
  }

  #read(length: number): boolean {
    this.bytes.copyWithin(SPARE_LENGTH, this.at, this.end);
    const moved = this.at - SPARE_LENGTH;
    this.#base += moved;
    this.at -= moved;
    this.end -= moved;
    while (this.end - this.at < length) {
      const count = this.#readOnce();
      if (count === 0) return false;
      this.end += count;
    }
    return true;
  }

  #takeLive(live: LiveInput): number {
    const count = live.take(this.bytes, this.end);
    if (live.failure !== undefined) throw unreadable(this.file, live.failure);
    return count;
  }

  #readOnce(): number {
    if (this.#live !== undefined) return this.#takeLive(this.#live);
    for (;;) {
      try {
        return readSync(this.#fd, this.bytes, this.end, this.bytes.length - this.end, null);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EOF') return 0;
        if (code !== 'EAGAIN') throw unreadable(this.file, error);
        // Somebody has made the pipe non-blocking.
        Atomics.wait(NEVER, 0, 0, RETRY_EVERY);
      }
    }
  }
}

/** A pipe, a socket or the like: not a file, whose end is known. */
function comesAsItComes(stats: Stats): boolean {
  return stats.isFIFO() || stats.isSocket();
}

function standardInput(): number {
  if (!isatty(STDIN)) return STDIN;
  throw new ChokepointError('USAGE', 'standard input is a terminal; expected a capture', {
    hint: '`tcpdump -w - | chokepoint replay - …`, or name a file',
  });
}

function openFile(path: string, isWaitedFor: boolean): number {
  let fd: number | undefined;
  try {
    // Opening a pipe that nobody writes to yet would block.
    fd = openSync(path, isWaitedFor ? constants.O_RDONLY | constants.O_NONBLOCK : 'r');
    if (fstatSync(fd).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw unreadable(path, error);
  }
}

function unreadable(file: string, error: unknown): ChokepointError {
  const reason = REASONS[String((error as NodeJS.ErrnoException).code)];
  const message = reason ?? `cannot be read: ${messageOf(error)}`;
  return new ChokepointError('CAPTURE_INVALID', `${file}: ${message}`, {
    cause: error,
    hint: 'name a capture file that you can read, or `-` for standard input',
  });
}

/** The longest packet, which is Wireshark's limit too. */
export const MAX_PACKET_LENGTH = 256 * 1024;
/** The longest block that has to be in memory as a whole: a packet and its options. */
export const MAX_BLOCK_LENGTH = 512 * 1024;
const MEMORY_LENGTH = 1024 * 1024;
/** Room for a packet with another link header before it. */
const SPARE_LENGTH = MAX_PACKET_LENGTH + 64;
const STDIN = 0;
const RETRY_EVERY = 5;
const NEVER = new Int32Array(new SharedArrayBuffer(4));
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'a directory; expected a capture file',
};
