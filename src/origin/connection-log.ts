import type { Socket } from 'node:net';
import { formatEndpoint } from '../base/address.ts';
import { messageOf } from '../base/errors.ts';
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
  readonly requests: { readonly method: string; readonly host: string; readonly url: string }[];
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

  /** The connections after the first `mark`. */
  since(mark: number): readonly ConnectionRecord[] {
    return this.#records.slice(Math.max(0, mark - this.#forgotten));
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
