import type { Millis } from '../../base/units.ts';

/** One trigger packet that was sent with one TTL, and what came of it; a value. */
export interface Trial {
  /** When it left, as Unix time by the kernel's clock. */
  readonly sentAt: Millis;
  /** That it was sent with. */
  readonly ttl: number;
  readonly ipId: number;
  /** From SYN to SYN/ACK, of a trigger in a connection. */
  readonly rtt: Millis | undefined;
  /** The router that said that the TTL ended there. */
  readonly hop: { readonly address: string; readonly after: Millis } | undefined;
  /** All that came from the server's address, whoever sent it, in order. */
  readonly answers: readonly Answer[];
}

/** A packet from the server's address, after the trigger. */
export interface Answer {
  /** By the kernel's clock, since the trigger left. */
  readonly after: Millis;
  readonly ttl: number;
  readonly ipId: number;
  /** Of TCP; 0 of a datagram. */
  readonly flags: number;
  readonly window: number;
  /** From the number that the client expected. */
  readonly seqDistance: number;
  readonly acknowledgesTrigger: boolean;
  readonly payloadLength: number;
  /** Whether the client's kernel had sent something since the trigger, which may have caused it. */
  readonly mayBePrompted: boolean;
}

/** More than any path has routers. */
export const FULL_TTL = 64;
