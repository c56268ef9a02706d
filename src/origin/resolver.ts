import { createSocket, type SocketOptions, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { Cookies } from './dns/cookies.ts';
import type { Knowledge } from './dns/knowledge.ts';
import { type Arrival, respond } from './dns/respond.ts';
import { here, type Within } from './within.ts';

export interface ResolverOptions extends Knowledge {
  /** Addresses to answer on over UDP; TCP answers on all. */
  readonly addresses: readonly string[];
  /** 53, unless something else is wanted. */
  readonly port?: number;
  readonly within?: Within;
  /** The time on its calendar, in ms; the machine's, unless it lives in another. */
  readonly now?: () => number;
}

/** Resolves when it answers over UDP and TCP; names that it knows nothing of do not exist. */
export async function startResolver(options: ResolverOptions): Promise<void> {
  const { addresses, port = 53, within = here, now = Date.now } = options;
  const cookies = new Cookies();
  const replyOver =
    (over: Arrival['over']): Reply =>
    (query, client) =>
      respond(query, { over, client, now: now() }, options, cookies);
  await Promise.all([
    ...addresses.map((address) => listenUdp(address, port, within, replyOver('udp'))),
    listenTcp(port, within, replyOver('tcp')),
  ]);
}

type Reply = (query: Buffer, client: string) => Buffer | undefined;

function listenUdp(address: string, port: number, within: Within, reply: Reply): Promise<void> {
  const type = address.includes(':') ? 'udp6' : 'udp4';
  const socket: UdpSocket = createSocket({ type, lookup: asIs });
  socket.on('message', (query, peer) => {
    const response = reply(query, peer.address);
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
    const client = socket.remoteAddress ?? '';
    let pending = Buffer.alloc(0);
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => socket.resume());
    socket.on('data', (chunk) => {
      pending = answerFramed(Buffer.concat([pending, chunk]), socket, (query) =>
        reply(query, client),
      );
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    within(() => server.listen({ port }, resolve));
  });
}

/**
 * Answers every whole message (RFC 1035 §4.2.2: two bytes of length first); the rest is returned. Of whoever does not read
 * the answers, no more is read.
 */
function answerFramed(
  bytes: Buffer,
  socket: Socket,
  reply: (query: Buffer) => Buffer | undefined,
): Buffer<ArrayBuffer> {
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
    if (!socket.write(Buffer.concat([length, response]))) socket.pause();
    rest = rest.subarray(end);
  }
  return Buffer.from(rest);
}
