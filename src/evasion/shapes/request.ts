import { u16 } from '../../base/bytes.ts';
import type { Millis } from '../../base/units.ts';
import { ACK, RST, SYN, seqDistance, URG } from '../../wire/tcp.ts';
import { HandshakeRecords } from '../../wire/tls/records.ts';
import { concat, type Packet, type TcpHeader, transportOf } from '../packet.ts';
import { findName } from '../request.ts';
import type { ShapeFacts, WirePacket } from '../shape.ts';
import { wholePackets } from './fragments.ts';

/** A segment of the client's. */
export interface Sent {
  readonly packet: Packet;
  readonly tcp: TcpHeader;
  readonly time: Millis;
  /** Of its first byte and one past its last, counted from the first that the client says. */
  readonly from: number;
  readonly to: number;
  /** Where it is cut into fragments of IP, counted likewise. */
  readonly fragmentEnds: readonly number[];
}

/** What a client sent between the handshake and the server's first word. */
export interface ClientRequest {
  /**
   * In order, up to the last with a byte of the request. Without plain acknowledgements, and without what was sent again as it had
   * been sent before.
   */
  readonly sent: readonly Sent[];
  /**
   * Of what was said twice and differently, the latter counts, unless it is but the beginning of more. What has a wrong checksum or IP
   * length was not said.
   */
  readonly said: Uint8Array;
  /**
   * In `said`, with whatever a record's header or an urgent byte puts into it; -1 if it is not there. If there are several names, the
   * one in the Host header or in the ClientHello's server name counts.
   */
  readonly nameAt: number;
  readonly nameEnd: number;
  readonly syn: Packet;
  readonly openedAt: Millis;
  /** The bytes that a full segment of the client's kernel holds. */
  readonly fullLength: number;
}

/** Undefined where there was no handshake. */
export function requestOn(
  wire: readonly WirePacket[],
  facts: ShapeFacts,
): ClientRequest | undefined {
  const syn = wire.find(({ way, packet }) => way === 'out' && flagsOf(packet) === SYN);
  const answerAt = wire.findIndex(
    ({ way, packet }) => way === 'in' && flagsOf(packet) === (SYN | ACK),
  );
  const answer = wire[answerAt];
  if (syn?.packet.tcp === undefined || answer === undefined) return undefined;
  const start = syn.packet.tcp.seq + 1;
  const after = wire.slice(answerAt + 1);
  const answeredAt = after.findIndex(({ way, packet }) => way === 'in' && carries(packet));
  const own = after
    .slice(0, answeredAt < 0 ? after.length : answeredAt)
    .filter(({ way }) => way === 'out');
  const { sent, said } = withoutRepeats(
    wholePackets(own).flatMap((one) => sentOf(one, start) ?? []),
  );
  return {
    sent,
    said,
    ...placeOfName(said, urgentByteOf(sent), facts),
    syn: syn.packet,
    openedAt: answer.time,
    fullLength: fullLengthOf([syn.packet, answer.packet], sent),
  };
}

/** A server could have taken it for what the client says. */
export function isSaid({ packet: { ip, tcp, payload } }: Pick<Sent, 'packet'>): boolean {
  return payload.length > 0 && tcp?.checksum === undefined && ip.totalLength === undefined;
}

/** It has the bytes that count in the end, and they alone. */
export function isOfRequest(one: Sent, said: Uint8Array): boolean {
  if (!isSaid(one) || one.from < 0) return false;
  return Buffer.compare(one.packet.payload, said.slice(one.from, one.to)) === 0;
}

/** In bytes, options included; as it claims. */
export function tcpHeaderLength(packet: Packet): number {
  return transportOf({ ...packet, payload: new Uint8Array(0) }).length;
}

function sentOf(
  { packet, time, fragmentEnds }: ReturnType<typeof wholePackets>[number],
  start: number,
): Sent | undefined {
  const { tcp, payload } = packet;
  if (tcp === undefined) return undefined;
  const from = seqDistance(start, tcp.seq);
  const transportAt = from - tcpHeaderLength(packet);
  return {
    ...{ packet, tcp, time, from },
    to: from + payload.length,
    fragmentEnds: fragmentEnds.map((end) => transportAt + end),
  };
}

function withoutRepeats(segments: readonly Sent[]): Pick<ClientRequest, 'sent' | 'said'> {
  const said: number[] = [];
  const kept: Sent[] = [];
  let end = 0;
  /** Up to here there is no gap. */
  let next = 0;
  for (const one of segments) {
    const { payload } = one.packet;
    if (isPlainAck(one)) continue;
    const isInStream = isSaid(one) && Math.abs(one.from) < LONGEST_REQUEST && one.to > 0;
    if (isInStream && payload.every((byte, i) => said[one.from + i] === byte)) continue;
    kept.push(one);
    if (!isInStream) continue;
    end = kept.length;
    // What goes on where the rest ended brings no more than what is new: a server has had what is before.
    const goesOn = one.from < next && one.to > next;
    for (let at = goesOn ? next : Math.max(0, one.from); at < one.to; at++)
      said[at] = payload[at - one.from] as number;
    while (said[next] !== undefined) next++;
  }
  return { sent: kept.slice(0, end), said: Uint8Array.from(said.slice(0, next)) };
}

function isPlainAck({ packet: { ip, payload }, tcp }: Sent): boolean {
  const isTrue = tcp.checksum === undefined && ip.totalLength === undefined;
  return isTrue && payload.length === 0 && (tcp.flags & ALL_FLAGS) === ACK;
}

function placeOfName(
  said: Uint8Array,
  urgentAt: number | undefined,
  facts: ShapeFacts,
): { nameAt: number; nameEnd: number } {
  const spelt = spellingOf(facts);
  const place = (nameAt: number, nameEnd = nameAt + spelt.length) => ({ nameAt, nameEnd });
  if (urgentAt !== undefined) {
    const others = concat(said.subarray(0, urgentAt), said.subarray(urgentAt + 1));
    const around = findSpelt(others, spelt);
    if (around >= 0 && around < urgentAt && around + spelt.length > urgentAt)
      return place(around, around + spelt.length + 1);
  }
  const at = findSpelt(said, spelt);
  if (at >= 0) return place(at);
  const records = new HandshakeRecords(LONGEST_REQUEST).read(said, 0, said.length);
  const { bytes, at: contentsAt, end } = records;
  const found = findSpelt(bytes.slice(contentsAt, end), spelt);
  if (found < 0) return NOWHERE;
  const last = records.sourceAt(contentsAt + found + spelt.length - 1);
  return place(records.sourceAt(contentsAt + found), last + 1);
}

/** As it is spelt, where it counts; -1 if it is not there. */
function findSpelt(bytes: Uint8Array, spelt: string): number {
  const at = findName(bytes, spelt);
  return at >= 0 && Buffer.from(bytes).toString('latin1').startsWith(spelt, at) ? at : -1;
}

/** A question has labels, each behind its length (RFC 1035 §3.1). */
export function spellingOf({ name, carrier }: ShapeFacts): string {
  if (carrier !== 'dns') return name;
  return name
    .split('.')
    .map((label) => String.fromCharCode(label.length) + label)
    .join('');
}

function urgentByteOf(sent: readonly Sent[]): number | undefined {
  const urgent = sent.findLast(
    (one) => isSaid(one) && (one.tcp.flags & URG) !== 0 && one.tcp.urgentPointer > 0,
  );
  return urgent && urgent.from + urgent.tcp.urgentPointer - 1;
}

/** What both ends take at once (RFC 9293 §3.7.1), less the options of a segment (RFC 6691). */
function fullLengthOf(syns: readonly Packet[], sent: readonly Sent[]): number {
  const sizes = syns.map(({ tcp }) => {
    const option = tcp?.options.find(({ kind }) => kind === SEGMENT_SIZE);
    return option === undefined ? SMALLEST : u16(option.value, 0);
  });
  const least = Math.min(...sizes);
  const first = sent.find(isSaid);
  return least - (first === undefined ? 0 : tcpHeaderLength(first.packet) - TCP_LENGTH);
}

function flagsOf({ tcp }: Packet): number {
  return (tcp?.flags ?? 0) & (SYN | ACK | RST);
}

function carries({ tcp, payload }: Packet): boolean {
  return tcp !== undefined && payload.length > 0;
}

const NOWHERE = { nameAt: -1, nameEnd: -1 };
const LONGEST_REQUEST = 65_536;
/** Without those of congestion (RFC 3168). */
const ALL_FLAGS = 0x3f;
const TCP_LENGTH = 20;
const SEGMENT_SIZE = 2;
/** For who does not say (RFC 9293 §3.7.1). */
const SMALLEST = 536;
