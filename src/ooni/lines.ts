import { createGunzip } from 'node:zlib';
import { messageOf } from '../base/errors.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end; `undefined` if it is longer than `MAX_LENGTH`, and was not kept. */
  readonly bytes: Uint8Array | undefined;
  /** Whether the stream broke off, and more of the line may be missing. */
  readonly isCut?: boolean;
}

/** Nothing longer is held in memory: neither a line nor a measurement that is spread over many. */
export const MAX_LENGTH = 64 * 1024 * 1024;

/** The lines of a stream, of which never more than one is held. If the stream throws, that one comes before the error. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  const take = (): Line => {
    const bytes = length > MAX_LENGTH ? undefined : Buffer.concat(parts);
    parts = [];
    length = 0;
    number++;
    return { number, bytes };
  };
  const keep = (part: Uint8Array): void => {
    length += part.length;
    if (length > MAX_LENGTH) parts = [];
    else parts.push(part);
  };
  try {
    for await (const chunk of chunks) {
      let at = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
        keep(chunk.subarray(at, end));
        yield take();
        at = end + 1;
      }
      keep(chunk.subarray(at));
    }
  } catch (error) {
    if (length > 0) yield { ...take(), isCut: true };
    throw error;
  }
  if (length > 0) yield take();
}

/** What a gzip stream holds, or the stream itself if it is none. What came before damage is given, then it throws. */
export async function* unzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  const rest = chunks[Symbol.asyncIterator]();
  while (head.length < GZIP.length) {
    const { done, value } = await rest.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const whole = joined(head, rest);
  yield* GZIP.every((byte, i) => head[i] === byte) ? gunzip(whole) : whole;
}

async function* joined(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/**
 * zlib drops what it unpacked last before damage. So one stream goes ahead: of the piece at which it fails, the other is
 * given a byte at a time.
 */
async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ahead = new Gunzip();
  const behind = new Gunzip();
  for await (const chunk of chunks) {
    for (const piece of piecesOf(chunk, PIECE)) {
      await ahead.write(piece);
      for (const part of ahead.failure ? piecesOf(piece, 1) : [piece]) {
        yield* await behind.write(part);
        if (behind.failure !== undefined) throw damaged(behind.failure);
      }
    }
  }
  yield* await behind.end();
  if (behind.failure !== undefined) throw damaged(behind.failure);
}

/** A gunzip stream that tells what came of each piece. */
class Gunzip {
  failure: Error | undefined;
  readonly #stream = createGunzip({ chunkSize: 65_536 });
  readonly #closed = new Promise<void>((resolve) => this.#stream.once('close', resolve));
  #ready: Uint8Array[] = [];
  #given = 0;
  #hasEnded = false;

  constructor() {
    this.#stream.on('data', (part: Uint8Array) => this.#ready.push(part));
    this.#stream.on('error', (error) => {
      this.failure = error;
    });
  }

  async write(piece: Uint8Array): Promise<Uint8Array[]> {
    if (this.#hasEnded) {
      this.#passOver(piece);
      return [];
    }
    const written = new Promise<void>((resolve) => this.#stream.write(piece, () => resolve()));
    // Where the data is damaged, nobody says that it was written.
    await Promise.race([written, this.#closed]);
    this.#given += piece.length;
    // zlib reads no further than to a zero behind the data.
    const left = this.failure === undefined ? this.#given - this.#stream.bytesWritten : 0;
    if (left > 0) {
      this.#hasEnded = true;
      this.#passOver(piece.subarray(-left));
    }
    return this.#take();
  }

  async end(): Promise<Uint8Array[]> {
    this.#stream.end();
    await this.#closed;
    return this.#take();
  }

  /** Padding is zeros alone. */
  #passOver(bytes: Uint8Array): void {
    if (bytes.some((byte) => byte !== 0)) this.failure = new Error('data behind zeros');
  }

  #take(): Uint8Array[] {
    return this.#ready.splice(0);
  }
}

function* piecesOf(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function damaged(cause: Error): Error {
  const isShort = messageOf(cause) === 'unexpected end of file';
  const found = isShort ? 'its end is missing' : `it is damaged (${messageOf(cause)})`;
  return new Error(`found gzip data, but ${found}; what came before was read`, { cause });
}

/** Bytes of gzip that are unpacked at once. */
const PIECE = 16384;
const LF = 0x0a;
const GZIP = [0x1f, 0x8b];
