import { printable } from '../base/bytes.ts';
import { counted } from '../base/counted.ts';
import type { Direction, Flow } from '../flow/flow.ts';
import type { DnsQuery } from '../wire/dns/query.ts';
import { PacketView } from '../wire/packet.ts';
import type { Protocol } from '../wire/protocol.ts';
import { CertificateMessage } from '../wire/tls/certificate.ts';
import { ClientHello } from '../wire/tls/client-hello.ts';
import type { HandshakeRecords } from '../wire/tls/records.ts';
import { ServerHello } from '../wire/tls/server-hello.ts';

/**
 * What a box reads off a packet or a flow, for rules to ask about. `residual`: what another flow brought upon this one; `packet`:
 * a payload as it came; `http.head`: a request's head is whole.
 */
export type ObservationKind =
  | 'residual'
  | 'address'
  | 'volume'
  | 'protocol'
  | 'first-payload'
  | 'packet'
  | 'payload'
  | 'http.host'
  | 'http.url'
  | 'http.head'
  | 'tls.sni'
  | 'tls.client-hello'
  | 'tls.server-flight'
  | 'quic.sni'
  | 'dns.qname';

/**
 * One observation: what was read, and where. Reused; valid while its packet is judged. A matcher that finds a narrower range
 * than `[at, end)` says so in `matchedAt` and `matchedEnd`, one that matches something computed in `text`.
 */
export class Observation {
  kind: ObservationKind = 'address';
  packet = new PacketView();
  flow: Flow | undefined = undefined;
  /** As the box sees the roles. */
  direction: Direction = 'to-server';
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Of the byte at `at`, in the segment's payload or in the stream. */
  offset = 0;
  /** The records that the range was gathered from. */
  records: HandshakeRecords | undefined = undefined;
  /** For QUIC, the stream is the one of its CRYPTO frames. */
  within: 'segment' | 'stream' | 'datagram' = 'segment';
  protocol: Protocol = 'unknown';
  /** The range is not a name but the bytes it may stand in: the box looks for names anywhere in them. */
  isRaw = false;
  readonly hello = new ClientHello();
  readonly serverHello = new ServerHello();
  readonly certificate = new CertificateMessage();
  /** The DNS message whose question it is. */
  query: DnsQuery | undefined = undefined;
  /** Whether the ClientHello came in QUIC. */
  isQuic = false;
  /** Tells messages apart: the same for all that one reading of a message shows. */
  message: unknown = 0;
  /** Of the packet at hand; and the box remembers nothing between packets. */
  packetNumber = 0;
  isStateless = false;
  /** An earlier packet, which was judged, has shown it: it sets no rule off. */
  isOld = false;
  /** Rules that its message has set off with earlier packets: it does so once. */
  setOff: readonly unknown[] = NONE;
  matchedAt = 0;
  matchedEnd = 0;
  text: string | undefined = undefined;
  /** All that a combination has matched, if it is one. */
  why: string | undefined = undefined;

  /** An observation of a byte range, ready for matchers. */
  of(kind: ObservationKind, bytes: Uint8Array, at: number, end: number): this {
    this.kind = kind;
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.mark(at, end, undefined);
    this.why = undefined;
    this.isRaw = false;
    this.records = undefined;
    this.isOld = false;
    this.setOff = NONE;
    return this;
  }

  /** Says what was matched: this part of the range, or the text in its place. */
  mark(matchedAt: number, matchedEnd: number, text: string | undefined): void {
    this.matchedAt = matchedAt;
    this.matchedEnd = matchedEnd;
    this.text = text;
  }

  /** What was matched, for people; of a long range, its beginning and how much more there is. */
  get matchedText(): string {
    const { bytes, matchedAt, matchedEnd } = this;
    if (this.text !== undefined) return this.text;
    const end = Math.min(matchedEnd, matchedAt + LONGEST_TEXT);
    const more = matchedEnd - end;
    const text = printable(bytes, matchedAt, end);
    return more === 0 ? text : `${text}... (${counted(more, 'byte')} more)`;
  }

  /** What lies between `at` and the match may be in a later record, behind the header of that. */
  get matchedOffset(): number {
    const { records, at, matchedAt } = this;
    if (records === undefined) return this.offset + matchedAt - at;
    return this.offset + records.sourceAt(matchedAt) - records.sourceAt(at);
  }
}

const NONE: readonly unknown[] = [];
/** In bytes; names have 253 at most. */
const LONGEST_TEXT = 2000;
