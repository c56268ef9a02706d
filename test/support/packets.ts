/** Bytes from hexadecimal text; blanks do not matter, and `#` starts a comment that ends with its line. */
export function hex(text: TemplateStringsArray): Uint8Array {
  const digits = text.join('').replace(/#.*$/gm, '').replace(/\s+/g, '');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** A copy with `values` in place of the bytes from `at` on. */
export function edit(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

/** A packet as it lies in a ring: other bytes before it and after it, none of them zero. */
export interface Placed {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

export function placed(packet: Uint8Array, before = 7, after = 5): Placed {
  const bytes = new Uint8Array(before + packet.length + after).fill(0xa5);
  bytes.set(packet, before);
  return { bytes, at: before, end: before + packet.length };
}

/** One TCP segment, as text and numbers; what is left out has a plain value. */
export interface Segment {
  /** IPv4 or IPv6, both the same. */
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack: number;
  /** Letters of `FSRPAU`. */
  readonly flags: string;
  readonly payload?: Uint8Array;
  readonly ttl?: number;
  readonly window?: number;
  /** IPv4 only; whole 32-bit words. */
  readonly ipOptions?: Uint8Array;
  /** Whole 32-bit words. */
  readonly tcpOptions?: Uint8Array;
}

/** The segment in an Ethernet frame; its checksums are right. The MAC addresses follow from the IP addresses. */
export function tcpFrame(segment: Segment): Uint8Array {
  const src = addressBytes(segment.src);
  const dst = addressBytes(segment.dst);
  const isIpv4 = src.length === 4;
  const tcp = tcpBytes(segment, concat(src, dst));
  const ip = isIpv4 ? ipv4Header(segment, src, dst, tcp) : ipv6Header(segment, src, dst, tcp);
  const etherType = isIpv4 ? [0x08, 0x00] : [0x86, 0xdd];
  return concat(macOf(dst), macOf(src), Uint8Array.from(etherType), ip, tcp);
}

/** `02:00` and the last four bytes of the address. */
export function macOf(address: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(2, 0), address.slice(-4));
}

export function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number);
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return Uint8Array.from([...first, ...zeros, ...last].flatMap(u16Bytes));
}

/** Whether every checksum in a TCP frame without IPv6 extension headers is right. */
export function hasRightChecksums(frame: Uint8Array): boolean {
  const isIpv4 = frame[12] === 0x08;
  const headerLength = isIpv4 ? ((frame[14] ?? 0) & 0x0f) * 4 : 40;
  const addresses = isIpv4 ? frame.slice(26, 34) : frame.slice(22, 54);
  const tcp = frame.slice(14 + headerLength);
  const ipHolds = !isIpv4 || internetChecksum(frame.slice(14, 14 + headerLength)) === 0;
  return ipHolds && internetChecksum(concat(pseudoHeader(addresses, tcp.length), tcp)) === 0;
}

/** RFC 1071 by its definition, apart from the code under test: complement of the sum modulo 2^16 - 1. */
export function internetChecksum(bytes: Uint8Array): number {
  const sum = bytes.reduce((total, byte, i) => total + (i % 2 === 0 ? byte * 256 : byte), 0);
  const folded = sum === 0 ? 0 : sum % 0xffff || 0xffff;
  return 0xffff - folded;
}

export interface Request {
  readonly method?: string;
  readonly target?: string;
  /** Values of Host headers, one line each. */
  readonly host?: string | readonly string[];
  /** Header lines before the first Host. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly eol?: '\r\n' | '\n';
  readonly body?: string;
}

export function httpRequest(request: Request = {}): Uint8Array {
  const { method = 'GET', target = '/', host = [], before = [], after = [] } = request;
  const { eol = '\r\n', body = '' } = request;
  const hosts = [host].flat().map((value) => `Host: ${value}`);
  const lines = [`${method} ${target} HTTP/1.1`, ...before, ...hosts, ...after, '', ''];
  return ascii(lines.join(eol) + body);
}

/** One past the line feed of the first line that starts with `start`. */
export function lineEnd(bytes: Uint8Array, start: string): number {
  const text = Buffer.from(bytes).toString('latin1');
  return text.indexOf('\n', text.indexOf(`\n${start}`) + 1) + 1;
}

export interface Hello {
  readonly sni?: string;
  readonly sessionIdLength?: number;
  /** Number and length of extensions around server_name; their bytes are 0x16. */
  readonly before?: readonly (readonly [type: number, length: number])[];
  readonly after?: readonly (readonly [type: number, length: number])[];
}

/** A ClientHello in one record. */
export function clientHello(hello: Hello): Uint8Array {
  return tlsRecord(clientHelloMessage(hello));
}

/** A handshake record (RFC 8446 §5.1) with these contents. */
export function tlsRecord(contents: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(22, 3, 1), withLength(2, contents));
}

/** A ClientHello (RFC 8446 §4.1.2) without its record. */
export function clientHelloMessage(hello: Hello): Uint8Array {
  const { sni, sessionIdLength = 32, before = [[0x0017, 0]], after = [[0x0010, 9]] } = hello;
  const filler = (length: number): Uint8Array => new Uint8Array(length).fill(0x16);
  const extension = (type: number, data: Uint8Array): Uint8Array =>
    concat(Uint8Array.from(u16Bytes(type)), withLength(2, data));
  const serverName = (name: string): Uint8Array =>
    extension(0, withLength(2, concat(Uint8Array.of(0), withLength(2, ascii(name)))));
  const extensions = concat(
    ...before.map(([type, length]) => extension(type, filler(length))),
    sni === undefined ? new Uint8Array(0) : serverName(sni),
    ...after.map(([type, length]) => extension(type, filler(length))),
  );
  const body = concat(
    Uint8Array.of(3, 3), // legacy_version
    filler(32), // random
    withLength(1, filler(sessionIdLength)),
    withLength(2, Uint8Array.of(0x13, 0x01, 0x13, 0x02)), // cipher suites
    withLength(1, Uint8Array.of(0)), // compression methods
    withLength(2, extensions),
  );
  return concat(Uint8Array.of(1), withLength(3, body));
}

/** A number of `size` bytes that says how many bytes follow, and these. */
function withLength(size: 1 | 2 | 3, contents: Uint8Array): Uint8Array {
  const { length } = contents;
  return concat(Uint8Array.of(length >>> 16, length >>> 8, length).slice(3 - size), contents);
}

function tcpBytes(segment: Segment, addresses: Uint8Array): Uint8Array {
  const { srcPort, dstPort, seq, ack, window = 64_240 } = segment;
  const { payload = new Uint8Array(0), tcpOptions = new Uint8Array(0) } = segment;
  const flags = Array.from(segment.flags, (letter) => 1 << 'FSRPAU'.indexOf(letter));
  const header = Uint8Array.from([
    ...[srcPort, dstPort, seq >>> 16, seq, ack >>> 16, ack].flatMap(u16Bytes),
    (5 + tcpOptions.length / 4) << 4,
    flags.reduce((all, flag) => all | flag, 0),
    ...[window, 0, 0].flatMap(u16Bytes),
  ]);
  const tcp = concat(header, tcpOptions, payload);
  tcp.set(u16Bytes(internetChecksum(concat(pseudoHeader(addresses, tcp.length), tcp))), 16);
  return tcp;
}

function ipv4Header(
  segment: Segment,
  src: Uint8Array,
  dst: Uint8Array,
  tcp: Uint8Array,
): Uint8Array {
  const { ttl = 64, ipOptions = new Uint8Array(0) } = segment;
  const length = 20 + ipOptions.length;
  const fixed = [0x40 + length / 4, 0, ...u16Bytes(length + tcp.length), 0, 1, 0x40, 0, ttl, 6];
  const header = concat(Uint8Array.from([...fixed, 0, 0]), src, dst, ipOptions);
  header.set(u16Bytes(internetChecksum(header)), 10);
  return header;
}

function ipv6Header(
  segment: Segment,
  src: Uint8Array,
  dst: Uint8Array,
  tcp: Uint8Array,
): Uint8Array {
  const fixed = [0x60, 0, 0, 0, ...u16Bytes(tcp.length), 6, segment.ttl ?? 64];
  return concat(Uint8Array.from(fixed), src, dst);
}

/** RFC 9293 §3.1 and RFC 8200 §8.1; a length below 2^16 sums the same in either form. */
function pseudoHeader(addresses: Uint8Array, length: number): Uint8Array {
  return concat(addresses, Uint8Array.of(0, 6), Uint8Array.from(u16Bytes(length)));
}

function u16Bytes(value: number): [number, number] {
  return [(value >>> 8) & 0xff, value & 0xff];
}
