import { u16 } from '../../base/bytes.ts';
import { BAD_NAME, DnsName } from './name.ts';
import { FLAG_RESERVED, FLAG_RESPONSE, HEADER_LENGTH, OPCODE_MASK, TYPE_OPT } from './numbers.ts';
import { DnsRecords } from './records.ts';

/** Which messages a censor takes for DNS. */
export interface DnsReading {
  /**
   * Only standard queries that have one question and no answers, and responses to such; otherwise the first question
   * is read whatever the header says of it.
   */
  readonly qdStrict: boolean;
}

/**
 * A DNS message (RFC 1035 §4) as far as its first question, whatever its port. Reused; positions are indices into the
 * bytes given to `read`, the name is a copy.
 */
export class DnsQuery {
  /** `partial`: over TCP, everything so far fits a DNS message, but its end has not been seen. */
  status: 'not-dns' | 'partial' | 'query' | 'response' = 'not-dns';
  bytes: Uint8Array = EMPTY;
  /** As all that follows, of use only in a query or a response. */
  messageAt = 0;
  messageEnd = 0;
  /** First byte behind the first question. */
  questionEnd = 0;
  qtype = 0;
  qclass = 0;
  readonly #reading: DnsReading;
  readonly #name = new DnsName();
  readonly #records = new DnsRecords();

  constructor(reading: DnsReading) {
    this.#reading = reading;
  }

  /** One message that fills the range: the payload of a UDP datagram. */
  read(bytes: Uint8Array, at: number, end: number): this {
    this.#point(bytes, at, end);
    const status = this.#readMessage(end);
    this.status = status === 'partial' ? 'not-dns' : status;
    return this;
  }

  /** The first message of a TCP stream, behind two bytes of length (RFC 1035 §4.2.2). The next is at `messageEnd`. */
  readTcp(bytes: Uint8Array, at: number, end: number): this {
    this.#point(bytes, at, end);
    this.status = end === at ? 'not-dns' : 'partial';
    if (end - at < 2) return this;
    const length = u16(bytes, at);
    this.#point(bytes, at + 2, at + 2 + length);
    const status =
      length < SHORTEST ? 'not-dns' : this.#readMessage(Math.min(end, this.messageEnd));
    const isWhole = this.messageEnd <= end;
    if (isWhole) this.status = status === 'partial' ? 'not-dns' : status;
    else if (status === 'not-dns') this.status = 'not-dns';
    return this;
  }

  get id(): number {
    return u16(this.bytes, this.messageAt);
  }
  /** All 16 bits: QR, opcode, AA, TC, RD, RA, Z, AD, CD, rcode. */
  get flags(): number {
    return u16(this.bytes, this.messageAt + 2);
  }
  get opcode(): number {
    return (this.flags & OPCODE_MASK) >>> 11;
  }
  get rcode(): number {
    return this.flags & 0x0f;
  }
  get qdcount(): number {
    return u16(this.bytes, this.messageAt + 4);
  }
  get ancount(): number {
    return u16(this.bytes, this.messageAt + 6);
  }
  get nscount(): number {
    return u16(this.bytes, this.messageAt + 8);
  }
  get arcount(): number {
    return u16(this.bytes, this.messageAt + 10);
  }
  get questionAt(): number {
    return this.messageAt + HEADER_LENGTH;
  }
  /** The name that is asked for, in `[0, nameEnd)`: see `DnsName`. */
  get name(): Uint8Array {
    return this.#name.bytes;
  }
  get nameEnd(): number {
    return this.#name.end;
  }
  get hasOddLabel(): boolean {
    return this.#name.hasOddLabel;
  }
  /** Whether there is an OPT record (RFC 6891 §6.1.1). Looked for when asked. */
  get hasEdns(): boolean {
    const count = this.ancount + this.nscount + this.arcount;
    const { bytes, questionEnd, messageEnd } = this;
    const records = this.#records.start(bytes, questionEnd, messageEnd, this.qdcount - 1);
    for (let i = 0; i < count && records.next(); i++) {
      if (records.type === TYPE_OPT) return true;
    }
    return false;
  }

  #point(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.messageAt = at;
    this.messageEnd = end;
    this.questionEnd = at;
    this.qtype = 0;
    this.qclass = 0;
    this.#name.clear();
  }

  #readMessage(end: number): 'not-dns' | 'partial' | 'query' | 'response' {
    const { bytes, messageAt, questionAt } = this;
    if (questionAt > end) return 'partial';
    if (this.#reading.qdStrict && !this.#hasPlainHeader()) return 'not-dns';
    const typeAt = this.#name.read(bytes, messageAt, questionAt, end);
    if (typeAt === BAD_NAME) return 'not-dns';
    if (typeAt < 0 || typeAt + 4 > end) return 'partial';
    this.qtype = u16(bytes, typeAt);
    this.qclass = u16(bytes, typeAt + 2);
    this.questionEnd = typeAt + 4;
    if (this.qtype === 0 || !isKnownClass(this.qclass)) return 'not-dns';
    return this.flags & FLAG_RESPONSE ? 'response' : 'query';
  }

  #hasPlainHeader(): boolean {
    const { flags } = this;
    const mayAnswer = (flags & FLAG_RESPONSE) !== 0;
    const isStandard = (flags & (OPCODE_MASK | FLAG_RESERVED)) === 0;
    return isStandard && this.qdcount === 1 && (mayAnswer || this.ancount === 0);
  }
}

/**
 * IN, CH, HS, NONE or ANY: what tells a question from any other bytes best. The upper bit asks for a unicast answer to
 * multicast DNS (RFC 6762 §5.4).
 */
function isKnownClass(qclass: number): boolean {
  const code = qclass & 0x7fff;
  return code === 1 || code === 3 || code === 4 || code === 254 || code === 255;
}

const EMPTY = new Uint8Array(0);
/** Header, the root's name, type and class. */
const SHORTEST = HEADER_LENGTH + 5;
