import type { Ignored } from '../flow/ignored.ts';
import type { Decision } from '../policy/verdict.ts';

/** One line of a trace, or one object of `replay --json`. Sequence numbers of flows are relative to their first. */
export type TraceEvent = FlowEvent | PacketEvent | InjectionEvent;

/** A flow appears for the first time. */
export interface FlowEvent {
  readonly event: 'flow';
  /** Flows are numbered from 1. */
  readonly flow: number;
  readonly protocol: 'tcp' | 'udp';
  readonly client: string;
  readonly server: string;
}

export interface PacketEvent {
  readonly event: 'packet';
  /** Packets of the capture are numbered from 1. */
  readonly packet: number;
  /** In seconds since the first packet. */
  readonly time_s: number;
  readonly flow: number | null;
  readonly way: 'to-server' | 'to-client' | null;
  /** What else it is, where it belongs to no flow. */
  readonly kind: string | null;
  readonly tcp: TracedSegment | null;
  readonly payload_length: number;
  readonly verdict: 'accept' | 'drop' | 'hold' | 'replace';
  /** Why it was not believed, or not read. */
  readonly ignored: Ignored | null;
  /** What the box read in it. */
  readonly read: readonly string[];
  readonly decision: Decision | null;
}

export interface TracedSegment {
  /** As packetdrill writes them: `S`, `S.`, `P.`, `R`. */
  readonly flags: string;
  readonly seq: number;
  readonly ack: number | null;
  readonly window: number;
  readonly options: string;
}

export interface InjectionEvent {
  readonly event: 'injection';
  /** The packet that led to it. */
  readonly packet: number;
  readonly time_s: number;
  readonly flow: number | null;
  readonly to: 'client' | 'server';
  readonly tcp: TracedSegment | null;
  readonly payload_length: number;
  readonly ttl: number;
  /** Of a DNS response. */
  readonly answer: string | null;
  readonly rule: string;
}
