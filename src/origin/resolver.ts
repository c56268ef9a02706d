import { createSocket, type SocketOptions, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { type Answer, decode, encode, type Question } from 'dns-packet';
import { here, type Within } from './within.ts';

export interface ResolverOptions {
  /** Addresses to answer on over UDP; TCP answers on all. */
  readonly addresses: readonly string[];
  /** 53, unless something else is wanted. */
  readonly port?: number;
  readonly zones: readonly Zone[];
  readonly within?: Within;
}

/** A domain; it and every name below it have these addresses. */
export interface Zone {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

/** An honest resolver: the zones' names resolve, all others do not exist. Resolves when it answers. */
export async function startResolver(options: ResolverOptions): Promise<void> {
  const { addresses, zones, port = 53, within = here } = options;
  const reply = (query: Buffer): Buffer | undefined => answerSafely(query, zones);
  await Promise.all([
    ...addresses.map((address) => listenUdp(address, port, within, reply)),
    listenTcp(port, within, reply),
  ]);
}

type Reply = (query: Buffer) => Buffer | undefined;

/**
 * The response to a query; FORMERR to what cannot be understood or put into an answer; nothing to what is not DNS, or a
 * response: two servers would answer each other for ever.
 */
function answerSafely(query: Buffer, zones: readonly Zone[]): Buffer | undefined {
  if (query.length < HEADER_LENGTH || (query.readUInt8(2) & RESPONSE) !== 0) return undefined;
  try {
    return answer(query, zones);
  } catch {
    return encode({ type: 'response', id: query.readUInt16BE(0), flags: FORMERR });
  }
}

function answer(query: Buffer, zones: readonly Zone[]): Buffer {
  const { id = 0, flags = 0, questions } = decode(query);
  const question = questions?.[0];
  if (question === undefined) {
    return encode({ type: 'response', id, flags: FORMERR });
  }
  const zone = zones.find(({ name }) => isWithin(question.name, name));
  const rcode = zone === undefined ? NXDOMAIN : 0;
  return encode({
    type: 'response',
    id,
    flags: RECURSION_AVAILABLE | AUTHORITATIVE | (flags & RECURSION_DESIRED) | rcode,
    questions: [question],
    answers: zone === undefined ? [] : answersFrom(zone, question),
  });
}

function answersFrom(zone: Zone, { name, type }: Question): Answer[] {
  if (type === 'A') return [{ type, name, ttl: TTL, data: zone.ipv4 }];
  if (type === 'AAAA') return [{ type, name, ttl: TTL, data: zone.ipv6 }];
  return [];
}

function isWithin(name: string, zone: string): boolean {
  const lower = name.toLowerCase().replace(/\.$/, '');
  return lower === zone || lower.endsWith(`.${zone}`);
}

function listenUdp(address: string, port: number, within: Within, reply: Reply): Promise<void> {
  const type = address.includes(':') ? 'udp6' : 'udp4';
  const socket: UdpSocket = createSocket({ type, lookup: asIs });
  socket.on('message', (query, peer) => {
    const response = reply(query);
    // To port 0 nothing can be sent; and what becomes of an answer is the asker's concern.
    if (response === undefined || peer.port === 0) return;
    socket.send(response, peer.port, peer.address, () => undefined);
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject); // after the start there is nothing to reject, and nothing to end for
    within(() => socket.bind({ port, address }, resolve));
  });
}

/** Addresses need no lookup; without one, `bind` opens its socket before it returns. */
const asIs: NonNullable<SocketOptions['lookup']> = (address, family, done) =>
  done(null, address, Number(family));

function listenTcp(port: number, within: Within, reply: Reply): Promise<void> {
  const server = createServer((socket) => {
    let pending = Buffer.alloc(0);
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      pending = answerFramed(Buffer.concat([pending, chunk]), socket, reply);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    within(() => server.listen({ port }, resolve));
  });
}

/** Answers every whole message (RFC 1035 §4.2.2: two bytes of length first); the rest is returned. */
function answerFramed(bytes: Buffer, socket: Socket, reply: Reply): Buffer<ArrayBuffer> {
  let rest = bytes;
  while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
    const end = 2 + rest.readUInt16BE(0);
    const response = reply(rest.subarray(2, end));
    if (response === undefined) {
      socket.destroy();
      return Buffer.alloc(0);
    }
    const length = Buffer.alloc(2);
    length.writeUInt16BE(response.length);
    socket.write(Buffer.concat([length, response]));
    rest = rest.subarray(end);
  }
  return Buffer.from(rest);
}

const HEADER_LENGTH = 12;
/** The QR bit, in the third byte. */
const RESPONSE = 0x80;
const TTL = 60;
const AUTHORITATIVE = 1 << 10;
const RECURSION_DESIRED = 1 << 8;
const RECURSION_AVAILABLE = 1 << 7;
const FORMERR = 1;
const NXDOMAIN = 3;
