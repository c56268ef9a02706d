import { QuicConnection } from './connection.ts';
import { InitialDecrypter } from './initial.ts';
import { LongHeader, type QuicStatus } from './long-header.ts';
import { ReadHellos } from './read-hellos.ts';

export interface QuicInitialsOptions {
  /** Bytes that are kept of what either side of a connection says. */
  readonly limit: number;
  /**
   * Connections that are read at a time. With one, the flow is taken for a connection: another begins it anew, and of what is
   * said twice and differently the first counts. With more, they are told apart by connection ID, and the oldest makes room.
   */
  readonly most: number;
  /** Initials that cannot be opened, in a row, after which nothing is read. */
  readonly mostUnreadable: number;
}

/**
 * What one UDP flow says in its Initials, read as its endpoints read it. A connection begins with a client's Initial
 * that opens with keys from its own Destination Connection ID; what opens neither so nor with the keys of a known
 * connection is ignored. So a Retry, or another version, begins anew. Whatever comes, memory and work are bounded.
 */
export class QuicInitials {
  /** Of which the last datagram had something new, the one that began first before others. */
  readonly grown: QuicConnection[] = [];
  /** ClientHellos of connections that were let go, which may be sent again. */
  readonly read = new ReadHellos();
  readonly #options: QuicInitialsOptions;
  readonly #header = new LongHeader();
  /** Those that are being read, the oldest first. */
  readonly #connections: QuicConnection[] = [];
  #unreadable = 0;
  /** Of this datagram. */
  #opened = 0;
  /** What opened none of this datagram's packets so far: it has derived the keys, and all have one connection ID. */
  #stranger: InitialDecrypter | undefined = undefined;

  constructor(options: QuicInitialsOptions) {
    this.#options = options;
  }

  /** Nothing further will be read, because too much could not be. */
  get isSpent(): boolean {
    return this.#unreadable >= this.#options.mostUnreadable;
  }

  /** Connections that are being read. */
  get size(): number {
    return this.#connections.length;
  }

  /** Bytes of memory, about, of what is being read. */
  get held(): number {
    let held = 0;
    for (const connection of this.#connections) held += connection.held;
    return held;
  }

  /** Takes in the packets of one datagram; true when a stream of its direction grew. */
  take(bytes: Uint8Array, at: number, end: number, from: 'client' | 'server'): boolean {
    this.grown.length = 0;
    this.#opened = 0;
    this.#stranger = undefined;
    const header = this.#header.read(bytes, at, end);
    const { dcidAt, dcidEnd } = header;
    while (!this.isSpent && this.#opened < MOST_COALESCED) {
      // RFC 9000 §12.2: what is coalesced under another connection ID is ignored.
      const isInitial = header.status === 'initial' && header.isForRange(bytes, dcidAt, dcidEnd);
      if (isInitial) this.#takeInitial(from);
      if (from === 'client') this.#noteProgress(header.status);
      if (header.packetEnd === end) break;
      header.read(bytes, header.packetEnd, end);
    }
    header.forget();
    return this.grown.length > 0;
  }

  /** A client that has keys beyond those of Initials says no second ClientHello. */
  #noteProgress(status: QuicStatus): void {
    if (status !== 'handshake' && status !== 'short-header') return;
    for (const connection of this.#connections) connection.isClientRead = connection.isGreeted;
  }

  /** Lets go of the connections that were read, and of the oldest until no more than `most` bytes are held. */
  tidy(most: number): void {
    this.grown.length = 0;
    const connections = this.#connections;
    for (let i = connections.length - 1; i >= 0; i--) {
      const { isClientRead, isServerRead } = connections[i] as QuicConnection;
      if (isClientRead && isServerRead) connections.splice(i, 1);
    }
    while (connections.length > 0 && this.held > most) this.#dropOne();
  }

  #takeInitial(from: 'client' | 'server'): void {
    const opener = from === 'client' ? this.#openFromClient() : this.#openFromServer();
    if (opener === undefined) return;
    this.#unreadable = 0;
    if (from === 'client') this.#deal(opener);
    else if (opener.take(opener.opened, from)) this.#note(opener);
    opener.opened.forget();
  }

  /**
   * Gives a client's packet to each account of its connection that it does not contradict; or begins another, if it says
   * anything. Of a decoy and the real packet under one connection ID, only the server knows which is which.
   */
  #deal(opener: QuicConnection): void {
    const { opened } = opener;
    let isTaken = false;
    for (const connection of this.#connections) {
      if (connection.opened !== opened) continue;
      if (this.#options.most > 1 && connection.contradicts(opened, 'client')) continue;
      isTaken = true;
      if (connection.take(opened, 'client')) this.#note(connection);
    }
    if (isTaken) return;
    const other = opener.sibling(this.#header);
    const hasGrown = other.take(opened, 'client');
    if (other.toServer.held === 0) return;
    this.#add(other);
    if (hasGrown) this.#note(other);
  }

  #openFromClient(): QuicConnection | undefined {
    const known = this.#openKnown();
    if (known !== undefined) return known;
    this.#stranger ??= new InitialDecrypter();
    const decrypter = this.#stranger;
    this.#opened++;
    if (decrypter.open(this.#header, 'client', this.#header.dcid) === 'opened') {
      this.#stranger = undefined;
      return new QuicConnection(this.#header, this.#options.limit, decrypter);
    }
    return this.#tryEach('client', (connection) => !connection.isForServer(this.#header));
  }

  /** By a connection whose client calls its server so. */
  #openKnown(): QuicConnection | undefined {
    for (const connection of this.#connections) {
      if (!connection.isForServer(this.#header)) continue;
      this.#opened++;
      if (connection.open(this.#header, 'client') === 'opened') return connection;
    }
    return undefined;
  }

  /** Those whose client calls itself so: of clients without a connection ID there may be several. */
  #openFromServer(): QuicConnection | undefined {
    const header = this.#header;
    const isFor = ({ clientId }: QuicConnection): boolean => header.isFor(clientId);
    if (!this.#connections.some(isFor)) return undefined;
    const connection = this.#tryEach('server', isFor);
    if (connection !== undefined) connection.serverId ??= header.scid;
    return connection;
  }

  /** The latest first, for the path of what a server says may not be ours. */
  #tryEach(
    from: 'client' | 'server',
    isOne: (connection: QuicConnection) => boolean,
  ): QuicConnection | undefined {
    let tried = 0;
    for (let i = this.#connections.length - 1; i >= 0 && tried < MOST_TRIED; i--) {
      const connection = this.#connections[i] as QuicConnection;
      if (!isOne(connection)) continue;
      tried++;
      this.#opened++;
      if (connection.open(this.#header, from) === 'opened') return connection;
    }
    this.#unreadable++;
    return undefined;
  }

  #add(connection: QuicConnection): void {
    if (this.#connections.length === this.#options.most) this.#dropOne();
    this.#connections.push(connection);
  }

  /** One whose ClientHello was read before one whose was not, the oldest of either. */
  #dropOne(): void {
    const read = this.#connections.findIndex(({ isGreeted }) => isGreeted);
    this.#connections.splice(Math.max(read, 0), 1);
  }

  #note(connection: QuicConnection): void {
    if (!this.grown.includes(connection)) this.grown.push(connection);
  }
}

/** Attempts at one datagram: as many Initials as a frame of Ethernet has room for. */
const MOST_COALESCED = 64;
/** Connections whose keys are tried on one packet. */
const MOST_TRIED = 16;
