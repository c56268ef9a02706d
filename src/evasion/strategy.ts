import type { Millis } from '../base/units.ts';
import type { Carrier, WebCarrier } from './carrier.ts';
import type { Random } from './random.ts';
import type { Rewriter } from './rewriter.ts';
import type { Shape } from './shape.ts';

export type StrategyClass = 'segmentation' | 'decoy' | 'session' | 'parser' | 'http' | 'ip-and-dns';

export type { Carrier, WebCarrier } from './carrier.ts';

/** How a name is looked up. */
export interface Asking {
  /** The resolver that the provider names, or another beyond the box. */
  readonly whom: 'own' | 'elsewhere';
  readonly by: 'udp' | 'tcp' | 'https';
}

/** A way around a box, as tools have it. A value: what it remembers of a connection is in its rewriter. */
export interface Strategy {
  /** Unique, in lower-case letters, digits and dashes. */
  readonly id: string;
  /** Where the catalogue of strategies has it: `A1`. */
  readonly number: string;
  readonly class: StrategyClass;
  /** One sentence. */
  readonly does: string;
  /** What must hold for it to work where there is no censor; a sentence. */
  readonly needs?: string | undefined;
  /** Who has it: tools with their options, or papers. */
  readonly source: string;
  /** By default HTTP and HTTPS. */
  readonly over?: readonly Carrier[] | undefined;
  /** Only over this version of IP. */
  readonly ip?: 4 | 6 | undefined;
  /** How the name is written. */
  readonly spell?: ((name: string) => string) | undefined;
  /** What is written in place of the first bytes of a connection, a ClientHello or an HTTP request. */
  readonly says?: ((said: Uint8Array, facts: Facts) => Uint8Array) | undefined;
  /** Instead of the protocol's own. */
  readonly ports?: Readonly<Record<WebCarrier, number>> | undefined;
  /** Of a strategy over DNS; otherwise the client's own resolver is asked over UDP. */
  readonly asks?: Partial<Asking> | undefined;
  /** Between the handshake of TCP and the first bytes. */
  readonly pause?: Millis | undefined;
  readonly rewriter?: ((facts: Facts) => Rewriter) | undefined;
  /**
   * Whether a client's wire shows what is said here. Undefined of what is written in Geneva's notation alone: of that nobody has said what
   * it is to look like, and that packets were changed has to do.
   */
  readonly shape: Shape | undefined;
  /** The same, or the nearest thing to it, as Geneva writes it. */
  readonly geneva?: string | undefined;
}

/** What a strategy is about. */
export function carriersOf({ over = WEB }: Strategy): readonly Carrier[] {
  return over;
}

/** What a strategy knows of the connection that it is used on. */
export interface Facts {
  /** The name that is asked for, as it is spelt. */
  readonly name: string;
  /** A TTL with which a packet passes the box and does not reach the server, if there is one. */
  readonly dyingTtl: number;
  readonly random: Random;
}

const WEB: readonly Carrier[] = ['https', 'http'];
