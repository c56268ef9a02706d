import { CryptoStream } from './crypto-stream.ts';
import type { InitialDecrypter, InitialOutcome } from './initial.ts';
import type { LongHeader } from './long-header.ts';

/** One QUIC connection of a UDP flow, from its client's first Initial on; after a Retry, from the first after it. */
export class QuicConnection {
  /** The client's first Destination Connection ID, from which all keys are derived (RFC 9001 §5.2). */
  readonly dcid: Uint8Array;
  /** Of that packet. Client and server may agree on another (RFC 9368). */
  readonly version: number;
  /** What the client calls itself: the server's packets are for it. */
  readonly clientId: Uint8Array;
  /** What the server calls itself, and the client calls it from then on; undefined while that has not been seen. */
  serverId: Uint8Array | undefined = undefined;
  /** What the client says: its ClientHello, message header first. */
  readonly toServer: CryptoStream;
  /** What the server says: its ServerHello. */
  readonly toClient: CryptoStream;
  /** Set by who reads: nothing more of that side is of interest. Once that is so for both, the connection is let go. */
  isClientRead = false;
  isServerRead = false;
  /** Set by who reads: its server name was told. */
  isNameTold = false;
  /** Set by who reads: where in `toServer` the next ClientHello begins. A second follows a HelloRetryRequest (RFC 9001 §4.7). */
  helloAt = 0;
  readonly #limit: number;
  readonly #decrypter: InitialDecrypter;

  /** `header` is of the client's first Initial, which `decrypter` has opened. */
  constructor(header: LongHeader, limit: number, decrypter: InitialDecrypter) {
    this.dcid = header.dcid;
    this.version = header.version;
    this.clientId = header.scid;
    this.#limit = limit;
    this.#decrypter = decrypter;
    this.toServer = new CryptoStream(limit);
    this.toClient = new CryptoStream(limit);
  }

  /** Bytes of memory, about. */
  get held(): number {
    return OWN_COST + this.toServer.held + this.toClient.held;
  }

  /** A whole ClientHello was read. */
  get isGreeted(): boolean {
    return this.isClientRead || this.helloAt > 0;
  }

  /** Whether the packet that `header` is of is for this connection's server, as far as its connection ID tells. */
  isForServer(header: LongHeader): boolean {
    if (this.serverId !== undefined && header.isFor(this.serverId)) return true;
    return header.version === this.version && header.isFor(this.dcid);
  }

  open(header: LongHeader, from: 'client' | 'server'): InitialOutcome {
    return this.#decrypter.open(header, from, this.dcid);
  }

  /** Takes in the packet that was opened last, by whichever connection; true when the stream of its sender grew. */
  take({ bytes, at, end }: InitialDecrypter, from: 'client' | 'server'): boolean {
    return this.#streamOf(from).take(bytes, at, end);
  }

  contradicts({ bytes, at, end }: InitialDecrypter, from: 'client' | 'server'): boolean {
    return this.#streamOf(from).contradicts(bytes, at, end);
  }

  /** The frames of the packet that it opened last. */
  get opened(): InitialDecrypter {
    return this.#decrypter;
  }

  /** The same connection, of whose stream nothing is known: another account of what its client says. */
  sibling(header: LongHeader): QuicConnection {
    const other = new QuicConnection(header, this.#limit, this.#decrypter);
    other.serverId = this.serverId;
    return other;
  }

  #streamOf(from: 'client' | 'server'): CryptoStream {
    return from === 'client' ? this.toServer : this.toClient;
  }
}

/** Bytes of keys and objects, about. */
const OWN_COST = 3072;
