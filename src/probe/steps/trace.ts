import type {
  HttpTransaction,
  NetworkEvent,
  Query,
  TcpConnect,
  TlsHandshake,
} from '../../ooni/techniques.ts';
import type { Techniques } from '../../ooni/test-keys.ts';

/** What belongs to one endpoint, or to one question. */
export interface Leg {
  readonly transaction_id: number;
  readonly tags: string[];
}

/** The operations of one measurement, written down as they end; each step of a probe adds its own. */
export class Trace {
  readonly queries: Query[] = [];
  /** Answers to a question that was answered already. */
  readonly lateAnswers: Query[] = [];
  readonly tcpConnect: TcpConnect[] = [];
  readonly tlsHandshakes: TlsHandshake[] = [];
  readonly transactions: HttpTransaction[] = [];
  readonly networkEvents: NetworkEvent[] = [];
  /** What still goes on in the background; the measurement is over when it has ended. */
  readonly pending: Promise<void>[] = [];
  readonly #begunAt: number;
  #legs = 0;

  constructor(begunAt = performance.now()) {
    this.#begunAt = begunAt;
  }

  /** An empty one of the same measurement: its times count from the same moment. */
  another(): Trace {
    return new Trace(this.#begunAt);
  }

  /** Seconds since the measurement began. */
  seconds(at = performance.now()): number {
    return Math.max(0, Math.round((at - this.#begunAt) * 1000) / 1e6);
  }

  leg(...tags: string[]): Leg {
    return { transaction_id: ++this.#legs, tags };
  }

  /** The last request first, as measurements have them. */
  techniques(): Techniques {
    return {
      queries: this.queries,
      tcp_connect: this.tcpConnect,
      tls_handshakes: this.tlsHandshakes,
      requests: this.transactions.toReversed(),
      network_events: this.networkEvents.toSorted((one, other) => one.t - other.t),
    };
  }
}
