import { putU16 } from '../../src/base/bytes.ts';
import { ACK, FIN, PSH, SYN } from '../../src/wire/tcp.ts';
import type { Random } from '../../test/support/random.ts';
import { CaptureWriter, type End, writeSegment } from './frames.ts';

/**
 * A capture as it may come from an access network: connections that overlap, each whole from its SYN to both FINs, so that
 * it can be played again and again. Of five, three are TLS with a download of some dozen segments, one is HTTP with a few
 * requests, one is TLS with a long download; every third is IPv6. Names come from `nameOf`.
 */
export function traffic(packets: number, random: Random, nameOf: () => string): Uint8Array {
  const capture = new CaptureWriter();
  const active: Generator<void>[] = [];
  let begun = 0;
  while (capture.packetCount < packets || active.length > 0) {
    while (active.length < AT_A_TIME && capture.packetCount < packets) {
      active.push(connection(capture, begun++, random, nameOf()));
    }
    const i = random.below(active.length);
    if (active[i]?.next().done) active.splice(i, 1);
  }
  return capture.file;
}

function connection(
  capture: CaptureWriter,
  count: number,
  random: Random,
  name: string,
): Generator<void> {
  const isHttp = count % 5 === 3;
  const tcp = new Connection(capture, ...endsOf(count, isHttp ? 80 : 443), random);
  if (isHttp) return http(tcp, random, name);
  return tls(tcp, random, name, count % 5 === 4 ? 200 : 1 + random.below(40));
}

function* tls(tcp: Connection, random: Random, name: string, segments: number): Generator<void> {
  yield* tcp.open();
  // Half of the browsers send a key share that takes two segments (X25519MLKEM768).
  yield* tcp.say('client', clientHello(name, random.below(2) === 0 ? 1300 : 80));
  yield* tcp.say('server', record(22, serverFlight(3000)));
  yield* tcp.say('client', record(23, filler(60)));
  yield* tcp.say('client', record(23, filler(400)));
  for (let sent = 0; sent < segments; sent += 11) {
    yield* tcp.say('server', record(23, filler(16_000)));
  }
  yield* tcp.close();
}

function* http(tcp: Connection, random: Random, name: string): Generator<void> {
  yield* tcp.open();
  for (let left = 1 + random.below(5); left > 0; left--) {
    yield* tcp.say(
      'client',
      ascii(`GET /${'p'.repeat(random.below(60))} HTTP/1.1\r\nHost: ${name}\r\n${HEADERS}`),
    );
    const length = 500 + random.below(20_000);
    yield* tcp.say(
      'server',
      ascii(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`),
      filler(length),
    );
  }
  yield* tcp.close();
}

/** Both ends of one TCP connection; each yields after a packet. */
class Connection {
  readonly #capture: CaptureWriter;
  readonly #ends: { readonly client: End; readonly server: End };
  readonly #next: { client: number; server: number };
  #time = 1;

  constructor(capture: CaptureWriter, client: End, server: End, random: Random) {
    this.#capture = capture;
    this.#ends = { client, server };
    this.#next = { client: random.below(2 ** 32), server: random.below(2 ** 32) };
  }

  *open(): Generator<void> {
    this.#send('client', SYN);
    yield;
    this.#send('server', SYN | ACK);
    yield;
    this.#send('client', ACK);
    yield;
  }

  /** In segments; every second one is acknowledged. */
  *say(from: Side, ...parts: readonly Uint8Array[]): Generator<void> {
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    for (let at = 0, count = 1; at < bytes.length; at += MSS, count++) {
      const isLast = at + MSS >= bytes.length;
      this.#send(from, isLast ? PSH | ACK : ACK, bytes.subarray(at, at + MSS));
      yield;
      if (!isLast && count % 2 !== 0) continue;
      this.#send(from === 'client' ? 'server' : 'client', ACK);
      yield;
    }
  }

  *close(): Generator<void> {
    this.#send('client', FIN | ACK);
    yield;
    this.#send('server', FIN | ACK);
    yield;
  }

  #send(from: Side, flags: number, payload: Uint8Array = NOTHING): void {
    const to = from === 'client' ? 'server' : 'client';
    const ack = (flags & ACK) === 0 ? 0 : this.#next[to];
    const numbers = { seq: this.#next[from], ack, flags, time: this.#time++ };
    writeSegment(this.#capture, this.#ends[from], this.#ends[to], numbers, payload);
    this.#next[from] += payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
  }
}

type Side = 'client' | 'server';

function endsOf(count: number, port: number): [client: End, server: End] {
  const client = 10_000 + (count % 50_000);
  const low = [count >>> 16, count >>> 8, count].map((byte) => byte & 0xff);
  if (count % 3 !== 0) {
    return [
      { address: Uint8Array.of(10, ...low), port: client },
      { address: Uint8Array.of(198, 18, (count * 7) & 0xff, (count * 13) & 0xff), port },
    ];
  }
  const prefix = [0x20, 1, 0xd, 0xb8];
  return [
    { address: Uint8Array.of(...prefix, 0, 1, 0, 0, 2, 0, 0, 0, 0, ...low), port: client },
    {
      address: Uint8Array.of(...prefix, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, (count * 13) & 0xff),
      port,
    },
  ];
}

/** A ClientHello with a server name and an extension of so many bytes before it, as key shares are. */
function clientHello(name: string, keyShare: number): Uint8Array {
  const serverName = [...u16(name.length + 3), 0, ...u16(name.length), ...ascii(name)];
  const extensions = [
    ...[0xaa, 0xaa, 0, 0],
    ...[0, 51, ...u16(keyShare), ...filler(keyShare)],
    ...[0, 0, ...u16(serverName.length), ...serverName],
    ...[0, 10, 0, 6, 0, 4, 0, 29, 0, 23],
    ...[0, 43, 0, 5, 4, 3, 4, 3, 3],
    ...[0, 16, 0, 14, 0, 12, 2, 0x68, 0x32, 8, ...ascii('http/1.1')],
  ];
  const ciphers = [0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30];
  const body = [
    ...[3, 3, ...filler(32), 32, ...filler(32)],
    ...[...u16(ciphers.length), ...ciphers, 1, 0],
    ...[...u16(extensions.length), ...extensions],
  ];
  return record(22, Uint8Array.of(1, 0, ...u16(body.length), ...body));
}

function serverFlight(length: number): Uint8Array {
  const hello = [3, 3, ...filler(32), 0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4];
  return Uint8Array.of(2, 0, 0, hello.length, ...hello, ...filler(length));
}

function record(type: number, contents: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + contents.length);
  bytes.set([type, 3, 3]);
  putU16(bytes, 3, contents.length);
  bytes.set(contents, 5);
  return bytes;
}

/** Bytes that look like a cipher's. */
function filler(length: number): Uint8Array {
  return POOL.subarray(0, length);
}

function u16(value: number): [number, number] {
  return [value >>> 8, value & 0xff];
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const NOTHING = new Uint8Array(0);
/** As with timestamps on Ethernet. */
const MSS = 1448;
const AT_A_TIME = 500;
const POOL = Uint8Array.from({ length: 1 << 15 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
const HEADERS = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: en-US,en;q=0.5',
  'Accept-Encoding: gzip, deflate',
  'Connection: keep-alive',
  'Cookie: session=0123456789abcdef0123456789abcdef',
  '',
  '',
].join('\r\n');
