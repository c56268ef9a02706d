import { ascii, tcpFrame } from './packets.ts';

export interface Ends {
  readonly client?: string;
  readonly server?: string;
  readonly clientPort?: number;
  readonly serverPort?: number;
  readonly clientIsn?: number;
  readonly serverIsn?: number;
}

/** The frames of one TCP connection, one after the other as its ends send them. */
export class Conversation {
  readonly frames: Uint8Array[] = [];
  readonly #ends: Required<Ends>;
  #next: { client: number; server: number };

  constructor(ends: Ends = {}) {
    this.#ends = {
      ...{ client: '10.0.0.1', server: '198.18.0.80', clientPort: 40_000, serverPort: 443 },
      ...{ clientIsn: 1000, serverIsn: 5000, ...ends },
    };
    this.#next = { client: this.#ends.clientIsn + 1, server: this.#ends.serverIsn + 1 };
  }

  handshake(): this {
    return this.syn().synAck().client('', { flags: 'A' });
  }

  syn(): this {
    return this.#add('client', { seq: this.#ends.clientIsn, flags: 'S' });
  }

  synAck(): this {
    return this.#add('server', { seq: this.#ends.serverIsn, flags: 'SA' });
  }

  client(payload: string | Uint8Array, how: Sending = {}): this {
    return this.#send('client', payload, how);
  }

  server(payload: string | Uint8Array, how: Sending = {}): this {
    return this.#send('server', payload, how);
  }

  /** Both ends close. */
  finish(): this {
    return this.client('', { flags: 'FA' }).server('', { flags: 'FA' });
  }

  /** In segments of `size` bytes at most. */
  #send(from: Side, payload: string | Uint8Array, how: Sending): this {
    const bytes = typeof payload === 'string' ? ascii(payload) : payload;
    const { size = 1400, flags = 'PA' } = how;
    for (let at = 0; at < bytes.length || at === 0; at += size) {
      const part = bytes.slice(at, at + size);
      this.#add(from, { seq: this.#next[from], flags, payload: part });
      this.#next[from] += part.length + (flags.includes('F') ? 1 : 0);
    }
    return this;
  }

  #add(from: Side, segment: Sent): this {
    const { client, server, clientPort, serverPort } = this.#ends;
    const way =
      from === 'client'
        ? { src: client, dst: server, srcPort: clientPort, dstPort: serverPort }
        : { src: server, dst: client, srcPort: serverPort, dstPort: clientPort };
    const ack = segment.flags.includes('A')
      ? this.#next[from === 'client' ? 'server' : 'client']
      : 0;
    this.frames.push(tcpFrame({ ...way, ack, ...segment }));
    return this;
  }
}

export interface Sending {
  readonly size?: number;
  readonly flags?: string;
}

type Side = 'client' | 'server';

interface Sent {
  readonly seq: number;
  readonly flags: string;
  readonly payload?: Uint8Array;
}
