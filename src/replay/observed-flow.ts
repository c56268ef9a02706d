import { formatAddress } from '../base/address.ts';
import { u8 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import { furtherQuestions } from '../wire/dns/questions.ts';
import type { PacketView } from '../wire/packet.ts';
import type { Protocol } from '../wire/protocol.ts';
import { LongHeader } from '../wire/quic/long-header.ts';
import { alpnOf } from '../wire/tls/alpn.ts';
import { ja3, ja3s, ja4 } from '../wire/tls/fingerprint.ts';
import { withinDates } from './dates.ts';

/** What a box that sees everything could read of a flow; null where there is nothing of the kind. */
export interface ObservedFlow {
  readonly transport: 'tcp' | 'udp';
  /** Who sent the SYN or, where that was not seen, who sent first. */
  readonly src: string;
  readonly src_port: number;
  readonly dst: string;
  readonly dst_port: number;
  /** ISO 8601, UTC, to the microsecond. */
  readonly first: string;
  last: string;
  /** By the first payload of either side, or by what was read. */
  protocol: Protocol | null;
  /** Every name that was asked for, in the order of the packets in which it could be read; at most `MOST_HOSTS`. */
  readonly hosts: ObservedHost[];
  /** How many names more there were. */
  hosts_left_out: number;
  /** How many segments had other bytes than earlier ones with the same sequence numbers. */
  other_versions: number;
  /** The first Host field. As in the others below, a byte that is not ASCII is U+FFFD. */
  host: string | null;
  sni: string | null;
  alpn: readonly string[] | null;
  /** Of the first question. */
  qname: string | null;
  /** The version negotiated, and the rest as numbers in hexadecimal. */
  server_version: string | null;
  server_cipher: string | null;
  server_key_share_group: string | null;
  /** The first commonName of the subject. */
  certificate_subject: string | null;
  ja3: string | null;
  ja3s: string | null;
  ja4: string | null;
  quic_sni: string | null;
}

/** A name in a request, a ClientHello or a question. */
export interface ObservedHost {
  readonly kind: 'http.host' | 'tls.sni' | 'quic.sni' | 'dns.qname';
  readonly name: string;
  /** The number of the packet in the capture, from 1. */
  readonly packet: number;
}

/** A flow of which nothing is known but this packet, which has a time. */
export function newFlow(packet: PacketView, time: Millis): ObservedFlow {
  const version = packet.ipVersion === 4 ? 4 : 6;
  const isAnswer = packet.isTcp && packet.isSyn && !packet.isOpeningSyn;
  const source = [formatAddress(packet.bytes, packet.srcAt, version), packet.srcPort] as const;
  const target = [formatAddress(packet.bytes, packet.dstAt, version), packet.dstPort] as const;
  const [[src, src_port], [dst, dst_port]] = isAnswer ? [target, source] : [source, target];
  const at = timeText(time);
  return {
    transport: packet.isTcp ? 'tcp' : 'udp',
    ...{ src, src_port, dst, dst_port, first: at, last: at },
    protocol: null,
    ...{ hosts: [], hosts_left_out: 0, other_versions: 0 },
    ...{ host: null, sni: null, alpn: null, qname: null },
    ...{ server_version: null, server_cipher: null, server_key_share_group: null },
    ...{ certificate_subject: null, ja3: null, ja3s: null, ja4: null, quic_sni: null },
  };
}

/** Adds to the flow what was read in it when the packet of this number came. Returns how many more bytes of memory its names take. */
export function note(flow: ObservedFlow, seen: Observation, packet: number): number {
  const { alpn } = flow;
  const grown = noteRead(flow, seen, packet);
  return flow.alpn === alpn ? grown : grown + costOfAll(flow.alpn ?? []);
}

function noteRead(flow: ObservedFlow, seen: Observation, packet: number): number {
  const { kind, query } = seen;
  const place = seen.within === 'stream' ? seen.offset : NO_PLACE;
  if (kind === 'dns.qname' && isQuic(seen.packet)) return 0;
  const isInTarget = kind === 'http.host' && isTarget(seen);
  if (!isInTarget) NOTES[kind]?.(flow, seen);
  if (!isNamed(kind) || (kind === 'dns.qname' && !asksForDomain(seen))) return 0;
  const name = nameText(seen.bytes, seen.at, seen.end);
  if (isInTarget) TARGETS.set(flow, name);
  else if (kind === 'http.host' && TARGETS.get(flow) === name) return 0;
  let grown = addHost(flow, { kind, name, packet }, place);
  if (kind !== 'dns.qname' || query === undefined) return grown;
  for (const { name } of furtherQuestions(query)) {
    grown += addHost(flow, { kind, name: textOf(name.bytes, 0, name.end), packet }, NO_PLACE);
  }
  return grown;
}

/** The name stands in the request line, and not behind the colon of a field. A field of HTTP/2 is told alone. */
function isTarget({ bytes, at }: Observation): boolean {
  let i = at - 1;
  while (i >= 0 && BLANKS.includes(u8(bytes, i))) i--;
  return i >= 0 && u8(bytes, i) !== COLON;
}

/** The host in the target of a flow's latest request. Its Host field is listed only if it differs. */
const TARGETS = new WeakMap<ObservedFlow, string>();

/** A datagram with a long header of QUIC is no DNS message, though its bytes may be read as one. */
function isQuic({ isUdp, bytes, payloadAt, payloadEnd }: PacketView): boolean {
  return isUdp && LONG_HEADER.read(bytes, payloadAt, payloadEnd).isPlausible;
}

/** Adds what was read in packets that came before those of the flow, and were held to be uncertain. */
export function noteBefore(flow: ObservedFlow, draft: ObservedFlow): void {
  const [hosts, places] = [flow.hosts.splice(0), placesOf(flow).listed.splice(0)];
  const early = placesOf(draft).listed;
  for (const [i, host] of draft.hosts.entries()) addHost(flow, host, early[i] as number);
  for (const [i, host] of hosts.entries()) addHost(flow, host, places[i] as number);
  if (draft.protocol !== null) flow.protocol = draft.protocol;
  for (const field of FIRSTS) flow[field] = draft[field] ?? flow[field];
  flow.alpn = draft.alpn ?? flow.alpn;
}

/**
 * An empty field or server name, and the root of DNS, name no host. A message is read again with each of its segments: a name is
 * listed the first time that it is read at its place in the stream. Returns how many more bytes of memory the names take.
 */
function addHost(flow: ObservedFlow, host: ObservedHost, place: number): number {
  if (host.name === '') return 0;
  const { hosts } = flow;
  const places = placesOf(flow);
  if (place !== NO_PLACE && wasRead(hosts, places, host, place)) return 0;
  if (hosts.length < MOST_HOSTS) {
    hosts.push(host);
    places.listed.push(place);
    return costOf(host);
  }
  const i = flow.hosts_left_out++ % LATEST;
  if (place === NO_PLACE) return 0;
  const forgotten = places.leftOut[i];
  places.leftOut[i] = { host, place };
  return costOf(host) - (forgotten === undefined ? 0 : costOf(forgotten.host));
}

/** The latest names are the likeliest to come again. */
function wasRead(
  hosts: readonly ObservedHost[],
  { listed, leftOut }: Places,
  host: ObservedHost,
  place: number,
): boolean {
  if (leftOut.some((one) => one?.place === place && isSameName(one.host, host))) return true;
  for (let i = listed.length - 1; i >= 0; i--) {
    if (listed[i] === place && isSameName(hosts[i], host)) return true;
  }
  return false;
}

function isSameName(one: ObservedHost | undefined, other: ObservedHost): boolean {
  return one?.kind === other.kind && one.name === other.name;
}

/** In bytes of memory. */
function costOf({ name }: ObservedHost): number {
  return name.length + NAME_COST;
}

function costOfAll(protocols: readonly string[]): number {
  return protocols.reduce((sum, { length }) => sum + length + PROTOCOL_COST, 0);
}

function placesOf(flow: ObservedFlow): Places {
  const known = PLACES.get(flow);
  if (known !== undefined) return known;
  const places: Places = { listed: [], leftOut: [] };
  PLACES.set(flow, places);
  return places;
}

/** Where in its stream each name of a flow lies. */
interface Places {
  readonly listed: number[];
  /** The latest names that were left out. */
  readonly leftOut: ({ readonly host: ObservedHost; readonly place: number } | undefined)[];
}

const PLACES = new WeakMap<ObservedFlow, Places>();
const NO_PLACE = -1;
/** So many names that were left out are kept. */
const LATEST = 64;
const NAME_COST = 128;
const PROTOCOL_COST = 32;

function isNamed(kind: ObservationKind): kind is ObservedHost['kind'] {
  return (NAMED as readonly string[]).includes(kind);
}

export function isNoted(kind: ObservationKind): boolean {
  return kind in NOTES;
}

/** ISO 8601 to the microsecond; a time that is out of all bounds is the last or the first that can be written. */
export function timeText(time: Millis): string {
  const bounded = withinDates(time);
  const whole = Math.floor(bounded);
  const micros = Math.min(Math.floor((bounded - whole) * 1000 + 0.5), 999);
  return new Date(whole).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}

type Note = (flow: ObservedFlow, seen: Observation) => void;

const NOTES: Partial<Record<ObservationKind, Note>> = {
  protocol: (flow, seen) => setProtocol(flow, seen.protocol),
  'http.host': (flow, seen) => {
    flow.host ??= nameOf(seen);
  },
  'http.url': (flow) => setProtocol(flow, 'http'),
  'http.head': (flow) => {
    TARGETS.delete(flow);
  },
  'tls.sni': (flow, seen) => {
    flow.sni ??= nameOf(seen);
    setProtocol(flow, 'tls');
  },
  'quic.sni': (flow, seen) => {
    flow.quic_sni ??= nameOf(seen);
  },
  'dns.qname': (flow, seen) => {
    if (!asksForDomain(seen)) return;
    flow.qname ??= textOf(seen.bytes, seen.at, seen.end);
    setProtocol(flow, 'dns');
  },
  'tls.client-hello': (flow, { hello, isQuic }) => {
    setProtocol(flow, isQuic ? 'quic' : 'tls');
    if (flow.ja3 !== null) return;
    flow.alpn = alpnOf(hello.bytes, hello.alpnAt, hello.alpnEnd);
    flow.ja3 = ja3(hello);
    flow.ja4 = ja4(hello, isQuic ? 'q' : 't');
  },
  'tls.server-flight': (flow, { serverHello, certificate, packet }) => {
    setProtocol(flow, packet.isUdp ? 'quic' : 'tls');
    flow.server_version ??= hexText(serverHello.version);
    flow.server_cipher ??= hexText(serverHello.cipherSuite);
    flow.server_key_share_group ??= hexText(serverHello.keyShareGroup);
    flow.ja3s ??= ja3s(serverHello);
    const { bytes, subjectCnAt, subjectCnEnd } = certificate;
    if (subjectCnAt < 0) return;
    flow.certificate_subject ??= UTF8.decode(bytes.subarray(subjectCnAt, subjectCnEnd));
  },
};

/**
 * Not so for an answer without questions, as multicast DNS sends them, nor for the names of NetBIOS, of which each half byte
 * is a letter (RFC 1001 §14.1): they are resolved in the format of DNS.
 */
function asksForDomain({ query, bytes, at, end }: Observation): boolean {
  if (query === undefined || query.qdcount === 0) return false;
  if (query.qtype !== NETBIOS_NAME && query.qtype !== NETBIOS_STATUS) return true;
  return !/^[A-P]{32}(\.|$)/.test(textOf(bytes, at, end));
}

function setProtocol(flow: ObservedFlow, protocol: Protocol): void {
  if (flow.protocol === null || flow.protocol === 'unknown') flow.protocol = protocol;
}

function textOf(bytes: Uint8Array, at: number, end: number): string {
  const { buffer, byteOffset } = bytes;
  const text = Buffer.from(buffer, byteOffset + at, end - at).toString('latin1');
  return text.replace(NOT_ASCII, REPLACED);
}

/** As much of it as is kept. */
function nameText(bytes: Uint8Array, at: number, end: number): string {
  if (end - at <= LONGEST_NAME) return textOf(bytes, at, end);
  return `${textOf(bytes, at, at + LONGEST_NAME)}…`;
}

function nameOf({ bytes, at, end }: Observation): string | null {
  return end > at ? nameText(bytes, at, end) : null;
}

function hexText(value: number): string | null {
  return value < 0 ? null : `0x${value.toString(16).padStart(4, '0')}`;
}

const LONG_HEADER = new LongHeader();
/** Tab, LF, CR and space: a folded field may begin on the next line (RFC 9112 §5.2). */
const BLANKS = [9, 10, 13, 32];
const COLON = 0x3a;
const MOST_HOSTS = 256;
const NAMED: readonly ObservedHost['kind'][] = ['http.host', 'tls.sni', 'quic.sni', 'dns.qname'];
/** Fields that keep the first of their kind, which a client may say on its SYN. */
const FIRSTS = ['host', 'sni', 'qname', 'ja3', 'ja4'] as const;
/** RFC 1002 §4.2.1.2. */
const NETBIOS_NAME = 0x20;
const NETBIOS_STATUS = 0x21;
const UTF8 = new TextDecoder();
const NOT_ASCII = /[\x80-\xff]/g;
const REPLACED = '\ufffd';
/** Bytes of a name that are kept. A name in DNS has 253 at most; a field may hold anything. */
const LONGEST_NAME = 1024;
