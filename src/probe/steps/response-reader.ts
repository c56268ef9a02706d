import type { BodyKind } from '../../wire/http/body.ts';
import { ChunkedBody } from '../../wire/http/chunked-body.ts';
import { ResponseHead, startsLikeResponse } from '../../wire/http/response-head.ts';
import type { RawResponse } from './transaction.ts';

/** Puts together one response to a GET, in any pieces; of a long body, no more than its beginning is kept. */
export class ResponseReader {
  /** What came of a head that is not whole. */
  #head = Buffer.alloc(0);
  readonly #found = new ResponseHead();
  #said: Pick<RawResponse, 'status' | 'headers'> | undefined;
  #kind: BodyKind = 'none';
  /** Bytes of the body that are to come, if its length is known. */
  #left = 0;
  readonly #chunks = new ChunkedBody();
  readonly #pieces: Buffer[] = [];
  #kept = 0;
  #isTruncated = false;

  /** The response, once it is whole. Throws BadResponse. */
  take(bytes: Buffer): RawResponse | undefined {
    if (this.#said !== undefined) return this.#takeBody(bytes);
    this.#head = Buffer.concat([this.#head, bytes]);
    while (this.#head.length > 0) {
      if (!startsLikeResponse(this.#head, 0, this.#head.length)) throw this.#bad('a status line');
      const { headEnd, isInterim } = this.#found.read(this.#head, 0, this.#head.length);
      if (headEnd < 0) {
        if (this.#head.length > LONGEST_HEAD) throw this.#bad(`a head of ${LONGEST_HEAD} bytes`);
        return undefined;
      }
      const head = this.#head.subarray(0, headEnd);
      this.#head = this.#head.subarray(headEnd);
      if (!isInterim) return this.#takeHead(head);
    }
    return undefined;
  }

  /** The response, if the end of the connection is its end. */
  end(): RawResponse | undefined {
    return this.#said !== undefined && this.#kind === 'until-close' ? this.#whole() : undefined;
  }

  #takeHead(head: Buffer): RawResponse | undefined {
    const [line = '', ...lines] = head.toString('latin1').trimEnd().split(/\r?\n/);
    const status = /^HTTP\/1\.\d (\d{3})(?!\d)/.exec(line)?.[1];
    if (status === undefined) throw this.#bad('a status line', line);
    const { contentLength, hasBadLength } = this.#found;
    this.#kind = this.#found.bodyFor('other');
    if (hasBadLength && this.#kind === 'until-close') throw this.#bad('one Content-Length');
    this.#left = contentLength;
    if (this.#kind === 'chunked') this.#chunks.begin();
    const headers = lines.map((one): [string, string] => {
      const colon = one.indexOf(':');
      return [one.slice(0, colon), one.slice(colon + 1).trim()];
    });
    this.#said = { status: Number(status), headers };
    return this.#takeBody(this.#head);
  }

  #takeBody(bytes: Buffer): RawResponse | undefined {
    switch (this.#kind) {
      case 'length':
        this.#keep(bytes.subarray(0, this.#left));
        this.#left -= bytes.length;
        return this.#left > 0 ? undefined : this.#whole();
      case 'chunked':
        this.#keep(bytes.subarray(0, this.#chunks.skip(bytes, 0, bytes.length)));
        if (this.#chunks.isBroken) throw this.#bad('the size of a chunk');
        return this.#chunks.isOpen ? undefined : this.#whole();
      case 'until-close':
        this.#keep(bytes);
        return undefined;
      default:
        return this.#whole();
    }
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, LONGEST_BODY - this.#kept);
    this.#pieces.push(...(kept.length > 0 ? [kept] : []));
    this.#kept += kept.length;
    if (kept.length < bytes.length) this.#isTruncated = true;
  }

  #whole(): RawResponse {
    const kept = Buffer.concat(this.#pieces);
    const body = this.#kind === 'chunked' ? unchunked(kept) : kept;
    return {
      ...(this.#said as Pick<RawResponse, 'status' | 'headers'>),
      body,
      isTruncated: this.#isTruncated,
    };
  }

  #bad(expected: string, found = this.#head.toString('latin1', 0, 40)): BadResponse {
    const shown = JSON.stringify(found.slice(0, 40));
    return new BadResponse(`malformed HTTP response: expected ${expected}; found ${shown}`);
  }
}

/** What came is no response. */
export class BadResponse extends Error {}

/** What is in the chunks of a body that is well formed as far as it goes. */
function unchunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf(LF, at);
    const size = lineEnd < 0 ? 0 : Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(pieces);
    pieces.push(body.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = body.indexOf(LF, lineEnd + 1 + size) + 1;
    if (at === 0) return Buffer.concat(pieces);
  }
}

const LF = 0x0a;
/** In bytes; ours. curl takes 300 kB, Node 16. */
const LONGEST_HEAD = 65_536;
/** In bytes, as of OONI's probe (probe-cli, 1 << 19); with the sizes of chunks. */
const LONGEST_BODY = 524_288;
