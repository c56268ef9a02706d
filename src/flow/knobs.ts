import type { Millis } from '../base/units.ts';

/* How a box follows a TCP session. In every union the first value is the weakest, or the commonest, behaviour. */

export type TeardownEvent = 'rst' | 'rstack' | 'fin' | 'oddflags';
export type ResyncEvent = 'rst' | 'syn' | 'ack' | 'synack';

/** What begins a session for the box, what ends it, and whom it takes for the client. */
export interface TcbKnobs {
  /** The packet that a session begins with: without one, payloads are not read; `none` reads every packet alone. */
  readonly create: 'none' | 'syn' | 'synack' | 'any';
  readonly roles: 'syn-sender-is-client' | 'synack-sender-is-server';
  /** A SYN with another sequence number in a session that is known. */
  readonly onSecondSyn: 'ignore' | 'replace' | 'multi';
  /**
   * Whether a payload on a SYN is nothing, or the beginning of the stream; `until-refused`: unless the first SYN/ACK does not
   * acknowledge it, as of a server without TCP Fast Open (RFC 7413 §4.2.2).
   */
  readonly synPayload: 'ignore' | 'inspect' | 'until-refused';
  readonly teardown: {
    readonly on: readonly TeardownEvent[];
    readonly match: 'ports-ignored' | '4tuple' | '4tuple+seq-window' | '4tuple+seq-exact';
    readonly does: 'ignore' | 'forget' | 'resync';
  };
  /** After such a packet, the next payload is believed whatever its sequence number. */
  readonly resyncOn: readonly ResyncEvent[];
  readonly idleTimeout: Millis;
  /** The same for a session whose SYN has not been answered. */
  readonly halfOpenTimeout: Millis;
  /** Sessions followed at most. */
  readonly capacity: number;
  /** Which goes when there are more: the one idle longest, the half-open one idle longest, or the new one. */
  readonly eviction: 'oldest' | 'half-open' | 'newest';
}

/** What a box checks before it believes a segment. One that fails passes unread, and changes nothing. */
export interface ValidateKnobs {
  readonly ipChecksum: boolean;
  readonly tcpChecksum: boolean;
  /** `none` takes a segment from before the stream's beginning, or from far beyond its end, for the next one. */
  readonly seq: 'none' | 'window' | 'exact';
  /** Whether it acknowledges what the other side has sent, and no more. */
  readonly ack: boolean;
  /**
   * `require-ack`: as servers do, it takes no payload without the ACK flag, nor with RST. `strict`: nor does it believe
   * flags that no stack sends together, though some servers take them.
   */
  readonly flags: 'any' | 'require-ack' | 'strict';
  /** A segment with the TCP MD5 option (RFC 2385), which a server without a key refuses. */
  readonly md5: 'ignore' | 'reject';
  /** A timestamp older than the last one (RFC 7323 §5). */
  readonly paws: 'ignore' | 'reject';
}

/** Routers between the box and either end; `aware` of them, it does not believe what cannot arrive. */
export interface HopsKnobs {
  readonly before: number;
  readonly after: number;
  readonly aware: boolean;
}

/** How a box puts segments together. */
export interface StreamKnobs {
  /**
   * `packet`: each segment is read alone. `first-payload`: only the first of each direction is. `in-order`: what has arrived
   * without a gap is read, once. `full`: and again, if a later copy replaces it before it is acknowledged.
   */
  readonly mode: 'packet' | 'first-payload' | 'in-order' | 'full';
  /** Which copy of a byte counts. */
  readonly overlap: 'first' | 'last' | 'linux' | 'windows' | 'strict';
  /** A segment beyond a gap. */
  readonly outOfOrder: 'ignore' | 'buffer' | 'drop';
  /** Of a message that is not yet whole; 0 stands for no limit of packets or time. */
  readonly limit: {
    readonly bytes: number;
    readonly packets: number;
    readonly time: Millis;
    readonly onLimit: 'pass' | 'drop' | 'freeze';
  };
  /** When the first segment is shorter, this many bytes, the stream is not put together. */
  readonly minSegment: number;
  /** The urgent byte, which a server takes out of the stream (RFC 6093 §3). */
  readonly urgent: 'inline' | 'oob' | 'drop';
}
