import { TYPE_A, TYPE_AAAA } from './numbers.ts';
import type { DnsQuery } from './query.ts';
import { DnsRecords } from './records.ts';

/** Where the addresses lie that a response answers with, of A and AAAA records alike. Reused. */
export class DnsAddresses {
  /** Of the first `count`, the index of the first byte. */
  readonly at = new Int32Array(ADDRESS_LIMIT);
  /** For each of them 4 or 6. */
  readonly version = new Uint8Array(ADDRESS_LIMIT);
  count = 0;
  readonly #records = new DnsRecords();

  /** At most the first 16, in a response that was just read. Whose names they are of is not looked at. */
  read(response: DnsQuery): this {
    this.count = 0;
    const { bytes, questionEnd, messageEnd, ancount } = response;
    const records = this.#records.start(bytes, questionEnd, messageEnd, response.qdcount - 1);
    for (let i = 0; i < ancount && this.count < ADDRESS_LIMIT && records.next(); i++) {
      const length = records.dataEnd - records.dataAt;
      if (records.type === TYPE_A && length === 4) this.#add(records.dataAt, 4);
      if (records.type === TYPE_AAAA && length === 16) this.#add(records.dataAt, 6);
    }
    return this;
  }

  #add(at: number, version: 4 | 6): void {
    this.at[this.count] = at;
    this.version[this.count] = version;
    this.count++;
  }
}

const ADDRESS_LIMIT = 16;
