import type { Direction } from '../flow/flow.ts';
import type { ObservationKind } from './match/matcher.ts';

/** A packet the censor makes. */
export interface Injection {
  /** `back` to the sender of the trigger, or `along` to its receiver. */
  readonly way: 'back' | 'along';
  /** A whole Ethernet frame. */
  readonly frame: Uint8Array;
  readonly seq: number;
  readonly flags: string;
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
    /** Of the first matched byte: in the segment's payload, or in the stream for a model that reassembles. */
    readonly offset: number;
    readonly length: number;
    readonly within: 'segment' | 'stream';
  };
  readonly flow: {
    readonly client: string;
    readonly server: string;
    readonly direction: Direction;
    readonly startWasSeen: boolean;
  };
  readonly trigger: { readonly seq: number; readonly ack: number; readonly payloadLength: number };
  readonly injected: readonly {
    readonly to: 'client' | 'server';
    readonly flags: string;
    readonly seq: number;
  }[];
}

/** What the data plane does with the packet at hand. */
export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | {
      readonly kind: 'inject';
      readonly original: 'accept' | 'drop';
      readonly packets: readonly Injection[];
      readonly decision: Decision;
    };

export const ACCEPT: Verdict = { kind: 'accept' };
export const DROP: Verdict = { kind: 'drop' };
