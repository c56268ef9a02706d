import { u8 } from '../../base/bytes.ts';
import { decodeHuffman } from './huffman.ts';

/** A header field. A name is text of bytes, in small letters as HTTP/2 has it. */
export interface Field {
  readonly name: string;
  readonly value: Uint8Array;
}

/** The fields that a sender may refer to by number, the latest first; never changed, but replaced (RFC 7541 §2.3.2). */
export type FieldTable = readonly Field[];

/** The fields of a header block, and the table after it; undefined where a receiver ends the connection. */
export function decodeFields(
  block: Uint8Array,
  table: FieldTable,
): { readonly fields: readonly Field[]; readonly table: FieldTable } | undefined {
  const decoder = new Decoder(block, table);
  const fields: Field[] = [];
  let size = 0;
  while (!decoder.isDone) {
    const field = decoder.next();
    if (field === undefined) return undefined;
    if (field === 'no field') continue;
    size += sizeOf(field);
    if (size > LONGEST_LIST) return undefined;
    fields.push(field);
  }
  return { fields, table: decoder.table };
}

class Decoder {
  readonly #block: Uint8Array;
  readonly #known: Field[];
  #size: number;
  #at = 0;

  constructor(block: Uint8Array, table: FieldTable) {
    this.#block = block;
    this.#known = [...table];
    this.#size = table.reduce((sum, field) => sum + sizeOf(field), 0);
  }

  get isDone(): boolean {
    return this.#at >= this.#block.length;
  }

  get table(): FieldTable {
    return this.#known;
  }

  /**
   * RFC 7541 §6: an indexed field, a literal one with or without indexing, or the size of the table. A smaller size is not obeyed,
   * for nginx forgets one that comes before any field. Numbers mean the same: a smaller table is the beginning of a larger one.
   */
  next(): Field | 'no field' | undefined {
    const first = u8(this.#block, this.#at);
    if ((first & 0x80) !== 0) return this.#indexed(this.#integer(7));
    if ((first & 0x40) !== 0) {
      const field = this.#literal(6);
      if (field !== undefined) this.#remember(field);
      return field;
    }
    if ((first & 0x20) === 0) return this.#literal(4);
    const limit = this.#integer(5);
    return limit < 0 || limit > TABLE_SIZE ? undefined : 'no field';
  }

  #literal(bits: number): Field | undefined {
    const index = this.#integer(bits);
    if (index < 0) return undefined;
    const name = index === 0 ? textOf(this.#string()) : this.#indexed(index)?.name;
    const value = this.#string();
    return name === undefined || value === undefined ? undefined : { name, value };
  }

  #indexed(index: number): Field | undefined {
    if (index < 1) return undefined;
    return index <= STATIC.length ? STATIC[index - 1] : this.#known[index - 1 - STATIC.length];
  }

  #remember(field: Field): void {
    const size = sizeOf(field);
    this.#evict(size);
    if (size > TABLE_SIZE) return;
    this.#known.unshift(field);
    this.#size += size;
  }

  /** Lets go of the oldest until there is room for so many bytes. */
  #evict(room: number): void {
    while (this.#size + room > TABLE_SIZE) {
      const oldest = this.#known.pop();
      if (oldest === undefined) return;
      this.#size -= sizeOf(oldest);
    }
  }

  /** RFC 7541 §5.1; -1 where it is cut off, or larger than anything here. */
  #integer(bits: number): number {
    const most = 2 ** bits - 1;
    let value = u8(this.#block, this.#at++) & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.isDone) return -1;
      const byte = u8(this.#block, this.#at++);
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
    return -1;
  }

  #string(): Uint8Array | undefined {
    if (this.isDone) return undefined;
    const isHuffman = (u8(this.#block, this.#at) & 0x80) !== 0;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (length < 0 || end > this.#block.length) return undefined;
    const at = this.#at;
    this.#at = end;
    return isHuffman ? decodeHuffman(this.#block, at, end) : this.#block.slice(at, end);
  }
}

/** RFC 7541 §4.1. */
function sizeOf({ name, value }: Field): number {
  return name.length + value.length + 32;
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && String.fromCharCode(...bytes.subarray(0, LONGEST_NAME));
}

/** The size that a receiver allows unless it says otherwise. Neither nginx, Apache, Caddy nor Node does (RFC 9113 §6.5.2). */
const TABLE_SIZE = 4096;
/**
 * What a list of fields may come to, for names in a table make it much longer than its block. A surrogate: a server says what it
 * takes in SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 §6.5.2), and may take more.
 */
const LONGEST_LIST = 65_536;
/** Longer names are of no interest, and count as long as this. */
const LONGEST_NAME = 4096;
/** RFC 7541, Appendix A: `name` or `name=value`. */
const STATIC: readonly Field[] = (
  ':authority :method=GET :method=POST :path=/ :path=/index.html :scheme=http :scheme=https :status=200 :status=204 ' +
  ':status=206 :status=304 :status=400 :status=404 :status=500 accept-charset accept-encoding=gzip,~deflate ' +
  'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control ' +
  'content-disposition content-encoding content-language content-length content-location content-range content-type ' +
  'cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since ' +
  'last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after ' +
  'server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate'
)
  .split(' ')
  .map((entry) => {
    const [name = '', value = ''] = entry.split('=');
    const bytes = Array.from(value.replace('~', ' '), (letter) => letter.charCodeAt(0));
    return { name, value: Uint8Array.from(bytes) };
  });
