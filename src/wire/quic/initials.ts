import { u8 } from '../../base/bytes.ts';
import { CryptoStream } from './crypto-stream.ts';
import { InitialDecrypter } from './initial.ts';
import { LongHeader } from './long-header.ts';

/**
 * What one UDP flow says in its Initials, read as its endpoints read it. A connection begins with a client's Initial
 * that opens with keys from its own Destination Connection ID; what opens neither so nor with the keys of the
 * connection that goes on is ignored. So a Retry, or a second connection on the same ports, begins anew.
 * At most 16 attempts to open an Initial are made for a flow; memory is bounded by `limit` for each direction.
 */
export class QuicInitials {
  /** What the client says: its ClientHello, message header first. */
  readonly toServer: CryptoStream;
  /** What the server says: its ServerHello. */
  readonly toClient: CryptoStream;
  /** Connections begun so far; with each, both streams begin anew. */
  connectionCount = 0;
  readonly #header = new LongHeader();
  readonly #decrypter = new InitialDecrypter();
  /** What the keys of the connection are derived from; undefined before the first. */
  #dcid: Uint8Array | undefined = undefined;
  #attempts = 0;

  constructor(limit: number) {
    this.toServer = new CryptoStream(limit);
    this.toClient = new CryptoStream(limit);
  }

  /** Nothing further will be read, because the attempts are used up. */
  get isSpent(): boolean {
    return this.#attempts >= MOST_ATTEMPTS;
  }

  /** Takes in the packets of one datagram; true when the stream of its direction grew. */
  take(bytes: Uint8Array, at: number, end: number, from: 'client' | 'server'): boolean {
    const header = this.#header.read(bytes, at, end);
    const { dcidAt, dcidEnd } = header;
    let hasGrown = false;
    while (!this.isSpent) {
      // RFC 9000 §12.2: what is coalesced under another connection ID is ignored.
      const isSameConnection = isDcid(header, bytes, dcidAt, dcidEnd);
      if (header.status === 'initial' && isSameConnection && this.#takeInitial(from)) {
        hasGrown = true;
      }
      if (header.packetEnd === end) break;
      header.read(bytes, header.packetEnd, end);
    }
    header.forget();
    this.#decrypter.forget();
    return hasGrown;
  }

  #takeInitial(from: 'client' | 'server'): boolean {
    const isOpened = from === 'client' ? this.#openFromClient() : this.#openFromServer();
    if (!isOpened) return false;
    const stream = from === 'client' ? this.toServer : this.toClient;
    const { bytes, at, end } = this.#decrypter;
    return stream.take(bytes, at, end);
  }

  #openFromServer(): boolean {
    return this.#dcid !== undefined && this.#open('server', this.#dcid);
  }

  #openFromClient(): boolean {
    const dcid = this.#dcid;
    if (dcid !== undefined) {
      if (this.#open('client', dcid)) return true;
      if (isDcid(this.#header, dcid, 0, dcid.length)) return false;
    }
    const own = this.#header.dcid;
    if (!this.#open('client', own)) return false;
    this.#dcid = own;
    this.connectionCount++;
    this.toServer.clear();
    this.toClient.clear();
    return true;
  }

  #open(from: 'client' | 'server', dcid: Uint8Array): boolean {
    if (this.isSpent) return false;
    this.#attempts++;
    return this.#decrypter.open(this.#header, from, dcid) === 'opened';
  }
}

/** Whether the packet's Destination Connection ID is `bytes[at, end)`. */
function isDcid(header: LongHeader, bytes: Uint8Array, at: number, end: number): boolean {
  if (header.dcidEnd - header.dcidAt !== end - at) return false;
  for (let i = at; i < end; i++) {
    if (u8(bytes, i) !== u8(header.bytes, header.dcidAt + i - at)) return false;
  }
  return true;
}

const MOST_ATTEMPTS = 16;
