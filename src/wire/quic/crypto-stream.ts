import { copyBytes, u8 } from '../../base/bytes.ts';
import { CRYPTO, skipFrame } from './frames.ts';
import { varint, varintEnd } from './varint.ts';

/**
 * The handshake bytes that one direction's Initials carry, put in order by their offsets (RFC 9000 §19.6): TLS messages
 * without a record layer. CRYPTO frames may come in any order, within a packet and across packets; of a byte that comes
 * twice the first copy counts. Bytes past `limit` are not kept.
 */
export class CryptoStream {
  /** `bytes[at, end)` is what there is without a gap, from offset 0 on; valid until the next `take`. */
  bytes: Uint8Array = EMPTY;
  readonly at = 0;
  end = 0;
  readonly #limit: number;
  /** 1 for each byte that has come; as long as `bytes`. */
  #has: Uint8Array = EMPTY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes of memory. */
  get held(): number {
    return 2 * this.bytes.length;
  }

  /** Takes in the frames of one packet, up to the first that no Initial may hold; true when `end` grew. */
  take(bytes: Uint8Array, at: number, end: number): boolean {
    const before = this.end;
    walk(bytes, at, end, (offset, from, to) => this.#push(offset, bytes, from, to));
    return this.end > before;
  }

  /** Whether the frames of one packet say something else at an offset than what has come. */
  contradicts(bytes: Uint8Array, at: number, end: number): boolean {
    let isOther = false;
    walk(bytes, at, end, (offset, from, to) => {
      isOther ||= this.#isOther(offset, bytes, from, to);
    });
    return isOther;
  }

  #isOther(offset: number, bytes: Uint8Array, from: number, to: number): boolean {
    const last = Math.min(to - from, this.#has.length - offset);
    for (let i = 0; i < last; i++) {
      const isThere = this.#has[offset + i] === 1;
      if (isThere && u8(this.bytes, offset + i) !== u8(bytes, from + i)) return true;
    }
    return false;
  }

  #push(offset: number, bytes: Uint8Array, from: number, to: number): void {
    const end = Math.min(offset + to - from, this.#limit);
    if (end <= Math.max(offset, this.end)) return;
    this.#makeRoom(end);
    for (let i = Math.max(offset, this.end); i < end; i++) {
      if (this.#has[i] === 1) continue;
      this.#has[i] = 1;
      this.bytes[i] = u8(bytes, from + i - offset);
    }
    while (this.#has[this.end] === 1) this.end++;
  }

  #makeRoom(length: number): void {
    if (this.bytes.length >= length) return;
    const size = Math.min(this.#limit, Math.max(2 * length, LEAST_ROOM));
    const before = this.bytes.length;
    const [bytes, has] = [new Uint8Array(size), new Uint8Array(size)];
    copyBytes(bytes, 0, this.bytes, 0, before);
    copyBytes(has, 0, this.#has, 0, before);
    this.bytes = bytes;
    this.#has = has;
  }
}

type OnCrypto = (offset: number, at: number, end: number) => void;

function walk(bytes: Uint8Array, at: number, end: number, onCrypto: OnCrypto): void {
  let i = at;
  while (i >= 0 && i < end) {
    i = u8(bytes, i) === CRYPTO ? readCrypto(bytes, i, end, onCrypto) : skipFrame(bytes, i, end);
  }
}

function readCrypto(bytes: Uint8Array, at: number, end: number, onCrypto: OnCrypto): number {
  const lengthAt = varintEnd(bytes, at + 1, end);
  const contentsAt = varintEnd(bytes, lengthAt, end);
  if (contentsAt < 0) return -1;
  const contentsEnd = contentsAt + varint(bytes, lengthAt);
  if (contentsEnd > end) return -1;
  onCrypto(varint(bytes, at + 1), contentsAt, contentsEnd);
  return contentsEnd;
}

const EMPTY = new Uint8Array(0);
/** Small ClientHellos fit in it. */
const LEAST_ROOM = 512;
