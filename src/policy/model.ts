import type { Millis } from '../base/units.ts';
import type { HopsKnobs, StreamKnobs, TcbKnobs, ValidateKnobs } from '../flow/knobs.ts';
import type { HttpReading } from '../wire/http/reading.ts';
import type { PacketReading } from '../wire/packet.ts';
import type { HostNormalise } from './match/host-name.ts';

/** Which ports a box looks at. */
export type Ports = 'any' | readonly number[];

/** How names in packets are compared with names in lists. */
export type NameMatch = 'exact' | 'suffix' | 'substring' | 'regex';

export type Tunnels = 'open' | 'closed';

/** How a box puts fragments together; `drop-fragments` lets none through. */
export type Defrag = 'none' | 'first' | 'last' | 'linux' | 'drop-fragments';

/**
 * How good a box is: what it can see, what it believes, what it forgets. A value; every knob decides the outcome of some
 * session (test/engine/knobs.test.ts shows one for each).
 */
export interface Model {
  /** `in-path` holds the packet; `on-path` sees a copy of it and can only inject. */
  readonly position: 'in-path' | 'on-path';
  /** Of the side that the box takes for the server. */
  readonly ports: Ports;
  /** Which way payloads are read. */
  readonly direction: 'to-server' | 'to-client' | 'both';
  readonly tcb: TcbKnobs;
  readonly validate: ValidateKnobs & { readonly headerLength: PacketReading['tcpHeader'] };
  readonly hops: HopsKnobs;
  readonly stream: StreamKnobs;
  readonly ip: { readonly defrag: Defrag };
  /** Whether the box looks into what carries packets: PPPoE, MPLS, GRE, VXLAN and the like. VLAN tags it always passes. */
  readonly tunnels: Tunnels;
  readonly ip6: { readonly extHeaders: PacketReading['extensionHeaders'] | 'drop' };
  readonly tls: TlsKnobs;
  readonly http: HttpKnobs;
  readonly host: { readonly normalise: HostNormalise; readonly match: NameMatch };
  readonly dns: DnsKnobs;
  readonly quic: QuicKnobs;
  /** What happens to flows that the box has no room for. */
  readonly failMode: 'open' | 'closed';
}

export interface TlsKnobs {
  /**
   * `substring` looks for a listed name anywhere in the bytes; `prefix-strict` knows only ClientHellos that begin as common
   * ones do; `full` reads the message.
   */
  readonly parse: 'substring' | 'prefix-strict' | 'full';
  /**
   * Records that a ClientHello comes in. `any`: as some server takes them, of any version and with ChangeCipherSpec and warnings
   * before and between; `usual`: handshake records of major version 3, one after the other.
   */
  readonly records: 'usual' | 'any';
  /** Bytes of handshake messages that are put together from several records; 0 reads one record alone. */
  readonly recordReassembly: number;
  /** What is done about a ClientHello that has not come whole. */
  readonly onPartial: 'pass-and-forget' | 'wait' | 'drop';
  /** Whether a second ClientHello, after a HelloRetryRequest, is read too. */
  readonly everyHello: boolean;
}

export interface HttpKnobs extends HttpReading {
  /** `substring` looks for a listed name anywhere in the bytes. */
  readonly parse: 'substring' | 'head';
  /** Every request of a connection is read, not only the first. */
  readonly everyRequest: boolean;
  /** HTTP/2 without TLS is read where its preface stands in place of a request (RFC 9113 §3.3). */
  readonly http2: boolean;
}

export interface QuicKnobs {
  /** A ClientHello is read as far as the first datagram has it, or put together from all. */
  readonly crypto: 'first-datagram' | 'reassembled';
  /**
   * `ports`: a flow is taken for one connection, and its first whole ClientHello ends the reading. `ids`: connections are told
   * apart by connection ID, and each is read (RFC 9000 §5.2).
   */
  readonly connections: 'ports' | 'ids';
}

export interface DnsKnobs {
  readonly udp: boolean;
  readonly tcp: boolean;
  readonly ports: Ports;
  /** Only messages with exactly one question, of which queries have no answers: as clients and resolvers send them. */
  readonly qdStrict: boolean;
}

/** Times of a scenario's calendar, as Unix ms. */
export interface Period {
  readonly from: Millis;
  readonly to: Millis;
}
