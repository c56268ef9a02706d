import { createGunzip } from 'node:zlib';
import { messageOf } from '../base/errors.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end; `undefined` if it is longer than `MAX_LENGTH`, and was not kept. */
  readonly bytes: Uint8Array | undefined;
}

/** Nothing longer is held in memory: neither a line nor a measurement that is spread over many. */
export const MAX_LENGTH = 64 * 1024 * 1024;

/** The lines of a stream, of which never more than one is held. */
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
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
      keep(chunk.subarray(at, end));
      yield take();
      at = end + 1;
    }
    keep(chunk.subarray(at));
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

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  const ready: Uint8Array[] = [];
  let failure: Error | undefined;
  stream.on('data', (part: Uint8Array) => ready.push(part));
  stream.on('error', (error) => {
    failure = error;
  });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  for await (const chunk of chunks) {
    const written = new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
    // Where the data is damaged, nobody says that it was written.
    await Promise.race([written, closed]);
    yield* ready.splice(0);
    if (failure !== undefined) throw damaged(failure);
  }
  stream.end();
  await closed;
  yield* ready.splice(0);
  if (failure !== undefined) throw damaged(failure);
}

function damaged(cause: Error): Error {
  const isShort = messageOf(cause) === 'unexpected end of file';
  const found = isShort ? 'its end is missing' : `it is damaged (${messageOf(cause)})`;
  return new Error(`found gzip data, but ${found}; what came before was read`, { cause });
}

const LF = 0x0a;
const GZIP = [0x1f, 0x8b];
