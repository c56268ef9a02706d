import type { Socket } from 'node:net';
import { formatEndpoint } from '../base/address.ts';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { bounded } from '../base/showable.ts';
import type { Millis } from '../base/units.ts';
import { unwritten } from '../base/writing.ts';
import { appendOwn } from '../files/own-file.ts';

/** What a server saw of one TCP connection. */
export interface ConnectionRecord {
  readonly host: string;
  /** ISO 8601, UTC, in the scenario's calendar. */
  readonly openedAt: string;
  readonly localPort: number;
  /** As address:port. */
  readonly remote: string | undefined;
  /** Bytes received from the client, TLS handshake included. */
  requestBytes: number;
  /** The server_name of a ClientHello that came whole. */
  sni: string | undefined;
  /** The first of them; a long text is cut, and says so. */
  readonly requests: { readonly method: string; readonly host: string; readonly url: string }[];
  /** How many came after these; undefined: none. */
  moreRequests?: number;
  end: 'open' | 'closed' | 'reset';
}

/** Every connection of one server host: kept for whoever asks, and written to a file, a line each, as they end; the others by `finish`. */
export class ConnectionLog {
  readonly #host: string;
  #file: string | undefined;
  readonly #now: () => Millis;
  readonly #records: ConnectionRecord[] = [];
  readonly #open = new Map<ConnectionRecord, Socket>();
  #forgotten = 0;

  /** `now`: the time on the calendar that records are dated by. */
  constructor(host: string, file: string | undefined, now: () => Millis = Date.now) {
    this.#host = host;
    this.#file = file;
    this.#now = now;
  }

  /** How many connections there have been; a mark for `since`. */
  get count(): number {
    return this.#forgotten + this.#records.length;
  }

  /** The connections after the first `mark`. Throws LAB_FAILED if some of them are forgotten. */
  since(mark: number): readonly ConnectionRecord[] {
    if (mark >= this.#forgotten) return this.#records.slice(mark - this.#forgotten);
    throw new ChokepointError(
      'LAB_FAILED',
      `${this.#host} was asked for its last ${this.count - mark} connections, and remembers ${MOST_RECORDS}`,
      { hint: `origin.jsonl in the lab's folder has all that ended` },
    );
  }

  /** `remote`: the client's end, where the socket no longer knows it. */
  open(socket: Socket, remote: string | undefined = undefined): ConnectionRecord {
    const record: ConnectionRecord = {
      host: this.#host,
      openedAt: new Date(this.#now()).toISOString(),
      localPort: socket.localPort ?? 0,
      remote:
        socket.remoteAddress === undefined
          ? remote
          : formatEndpoint(socket.remoteAddress.replace(/^::ffff:/, ''), socket.remotePort ?? 0),
      requestBytes: 0,
      sni: undefined,
      requests: [],
      end: 'open',
    };
    this.#records.push(record);
    this.#open.set(record, socket);
    if (this.#records.length > MOST_RECORDS) {
      this.#records.shift();
      this.#forgotten++;
    }
    return record;
  }

  noteRequest(record: ConnectionRecord, request: ConnectionRecord['requests'][number]): void {
    if (record.requests.length === MOST_REQUESTS) {
      record.moreRequests = (record.moreRequests ?? 0) + 1;
      return;
    }
    const { method, host, url } = request;
    const [cutHost, cutUrl] = [bounded(host, MOST_TEXT), bounded(url, MOST_TEXT)];
    record.requests.push({ method, host: cutHost, url: cutUrl });
  }

  close(record: ConnectionRecord, requestBytes: number, end: 'closed' | 'reset'): void {
    this.#open.delete(record);
    record.requestBytes = requestBytes;
    record.end = end;
    this.#write(record);
  }

  /** Nobody will serve any more: writes the connections that are open. */
  finish(): void {
    for (const [record, socket] of this.#open) {
      record.requestBytes = socket.bytesRead;
      this.#write(record);
    }
    this.#open.clear();
    this.#file = undefined;
  }

  #write(record: ConnectionRecord): void {
    if (this.#file === undefined) return;
    try {
      appendOwn(this.#file, `${JSON.stringify(record)}\n`);
    } catch (error) {
      process.stderr.write(unwritten(this.#file, messageOf(error)));
      this.#file = undefined;
    }
  }
}

const MOST_RECORDS = 10_000;
/** Requests of one connection, and characters of a text of theirs, that are kept. */
const MOST_REQUESTS = 100;
const MOST_TEXT = 2000;
