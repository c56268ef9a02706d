import type { Millis } from '../base/units.ts';

/** Interference that goes on after the trigger, with other flows of the same ends. */
export interface Residual {
  /**
   * Which packets: of the same ports at both ends; of the same server port; of the same two hosts; to or from the client;
   * to or from the server's address.
   */
  readonly scope: '4-tuple' | '3-tuple' | '2-tuple' | 'source' | 'destination';
  readonly duration: Millis;
  /** Whether a packet that is caught begins the time anew. */
  readonly refresh: boolean;
  readonly does: 'drop' | 'reset';
  /** Which way packets are caught. */
  readonly way: 'both' | 'to-server' | 'to-client';
  /** Between the trigger and the beginning. */
  readonly after: Millis;
}
