import { u8 } from '../../base/bytes.ts';
import { BodyFields, type BodyKind } from './body.ts';
import { asciiBytes, COLON, CR, findByte, LF, startsWithIgnoringCase } from './scan.ts';

/** Whether an HTTP/1 response may begin here: as many bytes of `HTTP/1.` as there are. */
export function startsLikeResponse(bytes: Uint8Array, at: number, end: number): boolean {
  const last = Math.min(end - at, START.length);
  for (let i = 0; i < last; i++) if (u8(bytes, at + i) !== u8(START, i)) return false;
  return last > 0;
}

/** The head of one HTTP/1 response, as far as it says where the next message begins. Reused. */
export class ResponseHead {
  /** One past the blank line that ends the head; -1 while it is not there. */
  headEnd = -1;
  /** -1 where there is none. */
  statusCode = -1;
  readonly #fields = new BodyFields();

  read(bytes: Uint8Array, at: number, end: number): this {
    this.headEnd = -1;
    this.#fields.begin();
    this.statusCode = statusCodeOf(bytes, at, end);
    let lineAt = findByte(bytes, at, end, LF) + 1;
    while (lineAt > 0) {
      const lineEnd = findByte(bytes, lineAt, end, LF);
      if (lineEnd < 0) break;
      if (lineEnd === lineAt || (lineEnd === lineAt + 1 && u8(bytes, lineAt) === CR)) {
        this.headEnd = lineEnd + 1;
        break;
      }
      this.#readField(bytes, lineAt, lineEnd);
      lineAt = lineEnd + 1;
    }
    return this;
  }

  /** Another response to the same request follows (RFC 9110 §15.2); the one that switches protocols is the last. */
  get isInterim(): boolean {
    return this.statusCode >= 100 && this.statusCode < 200 && this.statusCode !== 101;
  }

  /** What RFC 9112 §6.3 makes of the head and of the request it answers; `unknown`: that was not seen. */
  bodyFor(request: 'head' | 'connect' | 'other' | 'unknown'): BodyKind {
    const { statusCode } = this;
    if (statusCode < 200 || statusCode === 204 || statusCode === 304) return 'none';
    const isSuccess = statusCode < 300;
    if (request === 'head' || (request === 'connect' && isSuccess)) return 'none';
    const kind = this.#fields.ofResponse;
    // It may be a proxy's answer to CONNECT, behind which the tunnel begins.
    return kind === 'until-close' && request === 'unknown' && isSuccess ? 'none' : kind;
  }

  get contentLength(): number {
    return this.#fields.contentLength;
  }

  /** A Content-Length is no number, or says something else than another one. */
  get hasBadLength(): boolean {
    return this.#fields.isBadLength;
  }

  #readField(bytes: Uint8Array, at: number, end: number): void {
    const lengthAt = valueAt(bytes, at, end, CONTENT_LENGTH);
    if (lengthAt >= 0) this.#fields.readLength(bytes, lengthAt, end);
    const codingAt = valueAt(bytes, at, end, TRANSFER_ENCODING);
    if (codingAt >= 0) this.#fields.readCoding(bytes, codingAt, end);
  }
}

/** The three digits behind the version and a space. */
function statusCodeOf(bytes: Uint8Array, at: number, end: number): number {
  const codeAt = at + START.length + 2;
  if (codeAt + 3 > end) return -1;
  let code = 0;
  for (let i = codeAt; i < codeAt + 3; i++) {
    const digit = u8(bytes, i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    code = 10 * code + digit;
  }
  return code;
}

function valueAt(bytes: Uint8Array, at: number, end: number, name: Uint8Array): number {
  if (!startsWithIgnoringCase(bytes, at, end, name)) return -1;
  const colonAt = at + name.length;
  return colonAt < end && u8(bytes, colonAt) === COLON ? colonAt + 1 : -1;
}

const START = asciiBytes('HTTP/1.');
const CONTENT_LENGTH = asciiBytes('content-length');
const TRANSFER_ENCODING = asciiBytes('transfer-encoding');
