import type { Millis } from '../base/units.ts';
import type { Direction, IgnoredSegment } from '../flow/flow.ts';
import type { ObservationKind } from './observation.ts';

/** A packet the censor makes. */
export interface Injection {
  /** `back` to the sender of the trigger, or `along` to its receiver. */
  readonly way: 'back' | 'along';
  /** A whole Ethernet frame. */
  readonly frame: Uint8Array;
  /** After the trigger. */
  readonly delay: Millis;
  /** On the engine's clock: it waits for what is held back of its flow. */
  readonly notBefore?: Millis;
  readonly what: InjectedSegment | InjectedDatagram;
}

/** Numbers as on the wire. */
export interface InjectedSegment {
  readonly flags: string;
  readonly seq: number;
  readonly payloadLength: number;
}

/** A DNS response. */
export interface InjectedDatagram {
  readonly answer: string;
}

/** Why a packet was interfered with; one line of the event log. Numbers are as on the wire, times in ms. */
export interface Decision {
  readonly at: number;
  readonly rule: string;
  readonly action: string;
  readonly why: string;
  readonly matched: {
    readonly kind: ObservationKind;
    readonly text: string;
    /** Of the first matched byte: in the payload, or in the stream for a model that reassembles; QUIC's is of CRYPTO frames. */
    readonly offset: number;
    readonly length: number;
    readonly within: 'segment' | 'stream' | 'datagram';
  };
  readonly flow: {
    readonly client: string;
    readonly server: string;
    /** The trigger's. */
    readonly direction: Direction;
    readonly startWasSeen: boolean;
  };
  readonly trigger: { readonly seq: number; readonly ack: number; readonly payloadLength: number };
  readonly injected: readonly ({ readonly to: 'client' | 'server' } & (
    | InjectedSegment
    | InjectedDatagram
  ))[];
  /** How the box came to see it: what it had put together, and what it did not believe. */
  readonly view: {
    /** Bytes read up to what set it off, as text; the last of them, when they are many. */
    readonly read: string;
    readonly readLength: number;
    readonly ignored: readonly IgnoredSegment[];
  };
}

/** What the data plane does with the packet at hand. */
export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  /** Let it through, but not before `until`, which is on the engine's clock. Reused: read it at once. */
  | { readonly kind: 'hold'; readonly until: Millis }
  | {
      readonly kind: 'inject';
      /** What becomes of the packet itself; `replace` puts the first injection in its place. */
      readonly original: 'accept' | 'drop' | 'replace';
      /** If it is let through, but not before then. */
      readonly until: Millis | undefined;
      readonly packets: readonly Injection[];
      readonly decision: Decision;
    };

export const ACCEPT: Verdict = { kind: 'accept' };
export const DROP: Verdict = { kind: 'drop' };
