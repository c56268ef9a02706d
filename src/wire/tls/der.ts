import { u8 } from '../../base/bytes.ts';

/**
 * One DER element (X.690 §8.1), as far as its bytes are there. Reused; its positions are indices into the bytes given to
 * `read`.
 */
export class DerElement {
  /** The identifier octet: class, constructed bit and number. */
  tag = 0;
  valueAt = 0;
  /** One past what is there of the value. */
  valueEnd = 0;
  /** One past the value; further than `valueEnd` if the value is cut. */
  nextAt = 0;

  get isWhole(): boolean {
    return this.nextAt === this.valueEnd;
  }

  /** False if there is no element: bytes are missing, or it has a form that certificates do not use. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    if (at + 2 > end || (u8(bytes, at) & LONG_TAG) === LONG_TAG) return false;
    const first = u8(bytes, at + 1);
    const lengthCount = first < 0x80 ? 0 : first & 0x7f;
    this.tag = u8(bytes, at);
    this.valueAt = at + 2 + lengthCount;
    if (first === INDEFINITE || lengthCount > 4 || this.valueAt > end) return false;
    let length = lengthCount === 0 ? first : 0;
    for (let i = at + 2; i < this.valueAt; i++) length = length * 256 + u8(bytes, i);
    this.nextAt = this.valueAt + length;
    this.valueEnd = Math.min(this.nextAt, end);
    return true;
  }
}

const LONG_TAG = 0x1f;
const INDEFINITE = 0x80;
