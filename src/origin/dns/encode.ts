import { parseAddress } from '../../base/address.ts';
import { CLASS_IN, TYPE_A, TYPE_AAAA, TYPE_OPT } from '../../wire/dns/numbers.ts';

/** A record that a resolver may answer with; names without a dot at the end. */
export type ResourceRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA' | 'NS'; readonly data: string }
  | { readonly type: 'SOA'; readonly data: Soa }
);

/** RFC 1035 §3.3.13; times in seconds. */
export interface Soa {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export interface Response {
  readonly id: number;
  /** All 16 bits. */
  readonly flags: number;
  /** As it came, and the name in it as text. */
  readonly question: { readonly bytes: Uint8Array; readonly name: string } | undefined;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly edns: Edns | undefined;
}

/** What an OPT record says (RFC 6891 §6.1). */
export interface Edns {
  readonly payloadSize: number;
  readonly extendedRcode: number;
  /** DO and what is reserved beside it. */
  readonly flags: number;
  /** Client's and server's (RFC 7873). */
  readonly cookie: Uint8Array | undefined;
}

/**
 * The bytes of a response. Every name is compressed as far as RFC 1035 §4.1.4 lets it, as name servers do; dns-packet
 * writes all names out, so that its messages are longer than any that was seen.
 */
export function encodeResponse(response: Response): Buffer {
  const { id, flags, question, answers, authorities, edns } = response;
  const writer = new MessageWriter();
  const counts = [question ? 1 : 0, answers.length, authorities.length, edns ? 1 : 0];
  for (const value of [id, flags, ...counts]) writer.u16(value);
  if (question !== undefined) writer.question(question.bytes, question.name);
  for (const record of [...answers, ...authorities]) writer.record(record);
  if (edns !== undefined) writer.opt(edns);
  return writer.finished();
}

/** Grows by a field. */
class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  /** Where names and their ends stand, in lower case. */
  readonly #names = new Map<string, number>();

  u16(value: number): void {
    this.#put(Uint8Array.of(value >> 8, value & 0xff));
  }

  question(bytes: Uint8Array, name: string): void {
    for (let at = 0; at < name.length; at = endOfLabel(name, at) + 1) {
      this.#names.set(name.slice(at).toLowerCase(), this.#length + at);
    }
    this.#put(bytes);
  }

  record(record: ResourceRecord): void {
    this.#name(record.name);
    this.u16(TYPES[record.type]);
    this.u16(CLASS_IN);
    this.#u32(record.ttl);
    const length = new Uint8Array(2);
    this.#put(length);
    const dataAt = this.#length;
    this.#data(record);
    length.set([(this.#length - dataAt) >> 8, (this.#length - dataAt) & 0xff]);
  }

  opt({ payloadSize, extendedRcode, flags, cookie }: Edns): void {
    this.#put(Uint8Array.of(0)); // the root's name
    this.u16(TYPE_OPT);
    this.u16(payloadSize);
    this.#put(Uint8Array.of(extendedRcode, 0)); // version 0
    this.u16(flags);
    this.u16(cookie === undefined ? 0 : 4 + cookie.length);
    if (cookie === undefined) return;
    this.u16(OPTION_COOKIE);
    this.u16(cookie.length);
    this.#put(cookie);
  }

  finished(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  #data(record: ResourceRecord): void {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        this.#put(parseAddress(record.data) as Uint8Array);
        break;
      case 'NS':
        this.#name(record.data);
        break;
      case 'SOA': {
        const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
        this.#name(mname);
        this.#name(rname);
        for (const value of [serial, refresh, retry, expire, minimum]) this.#u32(value);
        break;
      }
    }
  }

  #name(name: string): void {
    for (let at = 0; at < name.length; at = endOfLabel(name, at) + 1) {
      const rest = name.slice(at).toLowerCase();
      const known = this.#names.get(rest);
      if (known !== undefined) {
        this.u16(POINTER | known);
        return;
      }
      if (this.#length < POINTER_LIMIT) this.#names.set(rest, this.#length);
      const label = Buffer.from(name.slice(at, endOfLabel(name, at)), 'latin1');
      this.#put(Uint8Array.of(label.length));
      this.#put(label);
    }
    this.#put(Uint8Array.of(0));
  }

  #u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  #put(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

function endOfLabel(name: string, at: number): number {
  const dotAt = name.indexOf('.', at);
  return dotAt < 0 ? name.length : dotAt;
}

const TYPES = { A: TYPE_A, NS: 2, SOA: 6, AAAA: TYPE_AAAA } as const;
const OPTION_COOKIE = 10;
const POINTER = 0xc000;
/** A pointer has 14 bits. */
const POINTER_LIMIT = 0x4000;
