import { DeliveredEdge } from './delivered-edge.ts';
import type { InOrderStream } from './in-order-stream.ts';

/** By who sent the SYN; in a flow whose start was not seen, by who sent the first packet that was. */
export type Direction = 'to-server' | 'to-client';

/** What the censor remembers of one session. Objects are reused by the flow table: never keep one. */
export class Flow {
  readonly slot: number;
  /** The SYN was seen. Otherwise who is client is a guess, and both directions are examined. */
  startWasSeen = false;
  /** Sequence number of that SYN. */
  initialSeq = 0;
  isBlocked = false;
  finsSeen = 0;
  readonly toServer = new DeliveredEdge();
  readonly toClient = new DeliveredEdge();
  /** Only for a model that reassembles, made at the first payload. */
  streamToServer: InOrderStream | undefined = undefined;
  streamToClient: InOrderStream | undefined = undefined;

  constructor(slot: number) {
    this.slot = slot;
  }

  reset(): void {
    this.startWasSeen = false;
    this.initialSeq = 0;
    this.isBlocked = false;
    this.finsSeen = 0;
    this.toServer.reset();
    this.toClient.reset();
    this.streamToServer = undefined;
    this.streamToClient = undefined;
  }
}
