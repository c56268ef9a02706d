import { u16 } from '../../base/bytes.ts';
import { skipName } from './name.ts';

/** The records behind the first question of a message, one after the other. Reused; nothing past `end` is read. */
export class DnsRecords {
  type = 0;
  dataAt = 0;
  dataEnd = 0;
  #bytes: Uint8Array = EMPTY;
  #at = -1;
  #end = 0;

  /** `at` is behind the first question; so many more come before the first record. */
  start(bytes: Uint8Array, at: number, end: number, questionsLeft: number): this {
    this.#bytes = bytes;
    this.#end = end;
    this.#at = at;
    for (let i = 0; i < questionsLeft && this.#at >= 0; i++) {
      const typeAt = skipName(bytes, this.#at, end);
      this.#at = typeAt < 0 || typeAt + 4 > end ? -1 : typeAt + 4;
    }
    return this;
  }

  /** False when there is no further record, or none that is whole. */
  next(): boolean {
    const typeAt = this.#at < 0 ? -1 : skipName(this.#bytes, this.#at, this.#end);
    this.#at = -1;
    if (typeAt < 0 || typeAt + FIXED_LENGTH > this.#end) return false;
    this.type = u16(this.#bytes, typeAt);
    this.dataAt = typeAt + FIXED_LENGTH;
    this.dataEnd = this.dataAt + u16(this.#bytes, typeAt + 8);
    if (this.dataEnd > this.#end) return false;
    this.#at = this.dataEnd;
    return true;
  }
}

const EMPTY = new Uint8Array(0);
/** Type, class, TTL and the length of the data (RFC 1035 §4.1.3). */
const FIXED_LENGTH = 10;
