import { type Captured, enhancedPacket, interfaceBlock, sectionHeader } from './capture.ts';
import { fragmentsOfSize } from './fragments.ts';
import { ascii, concat, httpRequest, type Segment, tcpFrame } from './packets.ts';
import type { Random } from './random.ts';
import { type Extension, extension, helloMessage, record, u16s } from './tls.ts';

/** A TCP flow that begins with a ClientHello or a request, and what stands in it. */
export interface Handshake {
  readonly kind: 'tls' | 'http';
  readonly src: string;
  readonly srcPort: number;
  readonly name: string | null;
  /** In the order in which they were captured. */
  readonly frames: readonly Uint8Array[];
}

/** Of each kind, the ports that its servers have: what is usual for the other, and odd ones. */
export const PORTS = { tls: [80, 8080, 9001, 8443], http: [443, 853, 25, 3128] } as const;

/** The flow with this number; no two have the same address and port. */
export function makeHandshake(random: Random, number: number): Handshake {
  const kind = random.pick(['tls', 'http'] as const);
  const name = random.chance(0.95) ? randomName(random) : null;
  const stream = kind === 'tls' ? helloStream(random, name) : requestStream(random, name);
  const isIpv4 = random.chance(0.6);
  const way = {
    src: isIpv4 ? `10.7.${number >>> 8}.${number & 255}` : `fd07::${number.toString(16)}`,
    dst: isIpv4 ? '198.18.0.80' : 'fd12::50',
    srcPort: random.int(20_000, 60_000),
    dstPort: random.pick(PORTS[kind]),
  };
  const frames = flowOf(random, way, stream).flatMap((segment, i) => framesOf(random, segment, i));
  const tags = random.chance(0.3) ? vlanTags(random) : new Uint8Array(0);
  const tagged = frames.map((frame) => concat(frame.slice(0, 12), tags, frame.slice(12)));
  return { kind, src: way.src, srcPort: way.srcPort, name, frames: tagged };
}

/** One file of all flows, up to `most` of which run at the same time. */
export function capture(random: Random, flows: readonly Handshake[], most: number): Uint8Array {
  const waiting = flows.map(({ frames }) => [...frames]);
  const open: Uint8Array[][] = [];
  const packets: Captured[] = [];
  while (waiting.length > 0 || open.length > 0) {
    while (open.length < most && waiting.length > 0) open.push(waiting.shift() as Uint8Array[]);
    const i = random.int(0, open.length - 1);
    const bytes = open[i]?.shift();
    if (bytes === undefined) open.splice(i, 1);
    else packets.push({ bytes, ticks: START + BigInt(packets.length) * 50n });
  }
  // Too many to be arguments.
  const blocks = packets.map((packet) => enhancedPacket(packet));
  return Buffer.concat([sectionHeader(), interfaceBlock(), ...blocks]);
}

function randomName(random: Random): string {
  const labels = Array.from({ length: random.int(1, 4) }, () => {
    return random.text('abcdefghijklmnopqrstuvwxyzABCXYZ0123456789', random.int(1, 20));
  });
  return [...labels, random.pick(['test', 'example', 'TEST'])].join('.');
}

/** A ClientHello in records of any size, and at times the bytes that follow one. */
function helloStream(random: Random, name: string | null): Uint8Array {
  const choices: Extension[] = [
    extension.supportedGroups(29, 23, 24),
    extension.alpn(ascii('h2'), ascii('http/1.1')),
    extension.supportedVersions(0x0304, 0x0303),
    extension.keyShare(29, random.bytes(32)),
    extension.empty(23),
    [21, new Uint8Array(random.int(0, 600))],
    [0x0a0a, random.bytes(random.int(0, 3))],
  ];
  const others = random.shuffled(choices).slice(0, random.int(0, choices.length));
  const extensions = name === null ? others : [...others, extension.serverName(name)];
  const message = helloMessage({
    version: random.pick([0x0301, 0x0302, 0x0303]),
    sessionId: random.bytes(random.pick([0, 32])),
    ciphers: Array.from({ length: random.int(1, 40) }, () => random.int(1, 0xffff)),
    extensions: random.shuffled(extensions),
  });
  const contents = cut(random, message, random.chance(0.5) ? message.length : random.int(1, 300));
  return concat(...contents.map((part) => record(22, part)));
}

function requestStream(random: Random, name: string | null): Uint8Array {
  const header = (): string =>
    `${random.text('ABCDxyz-', random.int(1, 12))}: ${random.text('abc def:;,=', random.int(1, 60)).trim()}`;
  const lines = (): string[] => Array.from({ length: random.int(0, 6) }, header);
  const isPost = random.chance(0.2);
  const body = isPost ? random.text('Host: x\r\n', random.int(1, 400)) : '';
  const request = httpRequest({
    method: isPost ? 'POST' : random.pick(['GET', 'HEAD', 'OPTIONS', 'DELETE']),
    target: `/${random.text('abc/?=&%20', random.int(0, 80))}`,
    ...(name === null ? {} : { host: name }),
    before: isPost ? [...lines(), `Content-Length: ${body.length}`] : lines(),
    after: lines(),
    body,
  });
  const isPipelined = name !== null && random.chance(0.2);
  return isPipelined ? concat(request, httpRequest({ host: 'second.test' })) : request;
}

/** Pieces of random lengths, `most` at the longest; at times each is one byte. */
function cut(random: Random, bytes: Uint8Array, most: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const longest = random.chance(0.05) ? 1 : most;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + random.int(1, longest));
    pieces.push(bytes.slice(at, end));
    at = end;
  }
  return pieces;
}

type Way = Pick<Segment, 'src' | 'dst' | 'srcPort' | 'dstPort'>;

/** The handshake, what the client says in segments in some order, and both FINs. */
function flowOf(random: Random, way: Way, stream: Uint8Array): Segment[] {
  const back = { src: way.dst, dst: way.src, srcPort: way.dstPort, dstPort: way.srcPort };
  const [isn, serverIsn] = [random.int(0, 0xffff_ffff), random.int(0, 0xffff_ffff)];
  const ack = (serverIsn + 1) >>> 0;
  const segments = arranged(random, stream).map(({ from, to }): Segment => {
    const seq = (isn + 1 + from) >>> 0;
    return { ...way, seq, ack, flags: random.pick(['A', 'PA']), payload: stream.slice(from, to) };
  });
  const end = (isn + 1 + stream.length) >>> 0;
  return [
    { ...way, seq: isn, ack: 0, flags: 'S' },
    { ...back, seq: serverIsn, ack: (isn + 1) >>> 0, flags: 'SA' },
    { ...way, seq: (isn + 1) >>> 0, ack, flags: 'A' },
    ...segments,
    { ...back, seq: ack, ack: end, flags: 'A' },
    { ...way, seq: end, ack, flags: 'FA' },
    { ...back, seq: ack, ack: (end + 1) >>> 0, flags: 'FA' },
  ];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Ranges that cover the stream, some of them more than once, in order or not. */
function arranged(random: Random, stream: Uint8Array): Range[] {
  let at = 0;
  const pieces = cut(random, stream, random.chance(0.3) ? stream.length : random.int(1, 1400));
  const ranges = pieces.map(({ length }) => {
    at += length;
    return { from: at - length, to: at };
  });
  const again = random.chance(0.3) ? repeats(random, ranges, stream.length) : [];
  const inOrder = [...ranges, ...again];
  return withoutCovered(random.chance(0.4) ? inOrder : random.shuffled(inOrder));
}

/**
 * Leaves out what lies within a later segment that begins before it and ends behind it. tshark 4.0 shows nothing of a message
 * whose last gap is filled by such a segment: of 20 to 30, then 0 to 40, it has 20 to 30 as early, 0 to 40 as a
 * retransmission, and both as parts of a message that is never whole.
 */
function withoutCovered(ranges: readonly Range[]): Range[] {
  return ranges.filter(
    ({ from, to }, i) => !ranges.slice(i + 1).some((later) => later.from < from && to < later.to),
  );
}

function repeats(random: Random, ranges: readonly Range[], length: number): Range[] {
  return Array.from({ length: random.int(1, 4) }, () => {
    if (random.chance(0.5)) return random.pick(ranges);
    const from = random.int(0, length - 1);
    return { from, to: random.int(from + 1, length) };
  });
}

function framesOf(random: Random, segment: Segment, number: number): Uint8Array[] {
  const frame = tcpFrame(segment);
  const isFragmented = (segment.payload?.length ?? 0) > 100 && random.chance(0.1);
  if (!isFragmented) return [frame];
  return random.shuffled(fragmentsOfSize(frame, number + 2, 8 * random.int(3, 20)));
}

function vlanTags(random: Random): Uint8Array {
  const tag = u16s(0x8100, random.int(1, 4094));
  return random.chance(0.3) ? concat(u16s(0x88a8, random.int(1, 4094)), tag) : tag;
}

/** 27 March 2017, in µs. */
const START = 1_490_614_200_000_000n;
