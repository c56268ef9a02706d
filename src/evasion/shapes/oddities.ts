import { ACK, PSH } from '../../wire/tcp.ts';
import type { Packet } from '../packet.ts';
import { type ClientRequest, type Sent, tcpHeaderLength } from './request.ts';

/** In what a packet is not one that the client's kernel would have sent in its place; nothing for one that is. */
export interface Oddities {
  /** All of them, PSH aside, which a kernel sets as it likes. */
  readonly flags?: number;
  readonly ttl?: number;
  /** By how much they are off what the packet of the request has that follows. */
  readonly seq?: number;
  readonly ack?: number;
  readonly timestamp?: number;
  readonly checksum?: 'wrong';
  /** As the header has it, where it is too short. */
  readonly ipLength?: number;
  /** A signature of RFC 2385. */
  readonly md5?: true;
  /** Of the TCP header, in words; where there is a signature, its own are expected. */
  readonly dataOffset?: number;
  /** Types of the extension headers of IPv6. */
  readonly extensions?: string;
  /** Which of its bytes is urgent, counted from its last. */
  readonly urgent?: number;
  readonly fragments?: number;
}

/** As a strategy claims them; its dying TTL is one of the facts. */
export type Claims = Omit<Oddities, 'ttl'> & { readonly ttl?: number | 'dying' };

/** Beside a packet of the request, which may be the same. */
export function odditiesOf(sent: Sent, beside: Sent, { syn }: ClientRequest): Oddities {
  const { packet, tcp } = sent;
  const { ip } = packet;
  const flags = tcp.flags & ALL_FLAGS & ~PSH;
  const hasMd5 = tcp.options.some(({ kind, value }) => kind === MD5 && value.length === 16);
  const dataOffset = tcpHeaderLength(packet) / 4;
  const timestamp = (timestampOf(packet) - timestampOf(beside.packet)) | 0;
  const extensions = extensionsOf(packet).join();
  const ack = (tcp.ack - beside.tcp.ack) | 0;
  const isLonger = !hasMd5 && dataOffset !== tcpHeaderLength(beside.packet) / 4;
  return {
    ...(flags === ACK ? {} : { flags }),
    ...(ip.ttl === syn.ip.ttl ? {} : { ttl: ip.ttl }),
    ...(sent.from === beside.from ? {} : { seq: sent.from - beside.from }),
    ...(ack === 0 ? {} : { ack }),
    ...(timestamp === 0 || isLonger ? {} : { timestamp }),
    ...(tcp.checksum === undefined ? {} : { checksum: 'wrong' }),
    ...(ip.totalLength === undefined ? {} : { ipLength: ip.totalLength }),
    ...(hasMd5 ? { md5: true } : {}),
    ...(isLonger ? { dataOffset } : {}),
    ...(extensions === '' ? {} : { extensions }),
    ...(tcp.urgentPointer === 0 ? {} : { urgent: packet.payload.length - tcp.urgentPointer }),
    ...(sent.fragmentEnds.length === 0 ? {} : { fragments: sent.fragmentEnds.length + 1 }),
  };
}

/** Nothing is odd that is not claimed, and nothing is claimed that is not there. */
export function areClaimed(oddities: Oddities, claims: Claims, dyingTtl: number): boolean {
  const { ttl, flags, ...others } = claims;
  const claimed: Oddities = {
    ...others,
    ...(ttl === undefined ? {} : { ttl: ttl === 'dying' ? dyingTtl : ttl }),
    ...(flags === undefined ? {} : { flags: flags & ~PSH }),
  };
  return textOf(oddities) === textOf(claimed);
}

/** For people: `checksum wrong, seq -10000`. */
export function textOf(oddities: Oddities | Claims): string {
  return Object.entries(oddities)
    .map(([what, value]) => `${what} ${value}`)
    .sort()
    .join(', ');
}

function timestampOf({ tcp }: Packet): number {
  const option = tcp?.options.find(({ kind, value }) => kind === TIMESTAMPS && value.length === 8);
  return option === undefined ? 0 : Buffer.from(option.value).readInt32BE(0);
}

/** Each says in its first byte what comes next, and in its second how long it is (RFC 8200 §4). */
function extensionsOf({ ip: { extensions } }: Packet): number[] {
  const types: number[] = [];
  let next = extensions?.type;
  for (let at = 0; next !== undefined && at < (extensions?.bytes.length ?? 0); ) {
    types.push(next);
    next = extensions?.bytes[at];
    at += 8 * ((extensions?.bytes[at + 1] ?? 0) + 1);
  }
  return types;
}

const ALL_FLAGS = 0x3f;
const TIMESTAMPS = 8;
const MD5 = 19;
