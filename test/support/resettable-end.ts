import { concat, internetChecksum } from './packets.ts';
import { Receiver } from './receiver.ts';

/**
 * One end of a TCP connection as far as RSTs go: what it takes from the wire, so what it expects next, as Linux does (RFC 9293,
 * RFC 5961, RFC 7323; net/ipv4/tcp_input.c). It has no program, no timers and no window that would ever be full; it sends
 * nothing: `ack` is what it would acknowledge.
 */
export class ResettableEnd {
  state: 'listen' | 'syn-sent' | 'open' = 'listen';
  readonly #isn: number;
  /** SND.NXT and SND.UNA, unsigned. */
  #sent: number;
  #acknowledged: number;
  #received: Receiver | undefined = undefined;
  #finAt: number | undefined = undefined;
  /** TS.Recent, once both have agreed on timestamps. */
  #recent: number | undefined = undefined;
  readonly #fragments = new Map<string, IpPacket[]>();

  constructor(isn: number) {
    this.#isn = isn >>> 0;
    this.#sent = (isn + 1) >>> 0;
    this.#acknowledged = this.#sent;
  }

  /** RCV.NXT, unsigned as on the wire. */
  get ack(): number {
    return this.#received?.next ?? 0;
  }

  /** Its peer's FIN has arrived, and everything before it. */
  get hasEnded(): boolean {
    return this.#finAt !== undefined && ((this.#finAt - this.ack) | 0) < 0;
  }

  /** Separate ranges that it has beyond RCV.NXT. */
  get gapCount(): number {
    return this.#received?.gapCount ?? 0;
  }

  /** It has sent a SYN. */
  connect(): void {
    this.state = 'syn-sent';
  }

  /** It has sent everything before this. */
  hasSent(until: number): void {
    if (((until - this.#sent) | 0) > 0) this.#sent = until >>> 0;
  }

  take(frame: Uint8Array): void {
    const segment = this.#segmentOf(frame);
    if (segment === undefined || segment.hasMd5 || segment.flags & RST) return;
    if (segment.flags & SYN) this.#takeSyn(segment);
    else if (this.state === 'open' && this.#isAcceptable(segment)) this.#takeSegment(segment);
  }

  /** Whether it would obey this RST: RFC 5961 §3.2, and RFC 9293 §3.10.7.3 while its SYN is not answered. */
  obeys(frame: Uint8Array): boolean {
    const packet = readIp(frame);
    const segment = packet?.isWhole ? readTcp(packet) : undefined;
    if (segment === undefined || segment.hasMd5 || (segment.flags & RST) === 0) return false;
    if (this.state === 'syn-sent') return (segment.flags & ACK) !== 0 && segment.ack === this.#sent;
    return this.state === 'open' && segment.seq === this.ack;
  }

  /** An open connection answers a SYN with a challenge, and stays what it is (RFC 5961 §4.2). */
  #takeSyn({ flags, seq, ack, timestamp }: TcpSegment): void {
    const isAnswer = (flags & ACK) !== 0;
    const opens = isAnswer
      ? this.state === 'syn-sent' && ack === this.#sent
      : this.state === 'listen' && (flags & FIN) === 0;
    if (!opens) return;
    this.state = 'open';
    this.#received = new Receiver(seq);
    this.#received.take(seq, 1);
    this.#recent = timestamp;
  }

  #takeSegment({ flags, seq, ack, length, timestamp }: TcpSegment): void {
    const isNext = ((seq - this.ack) | 0) <= 0;
    const isNewer = timestamp !== undefined && ((timestamp - (this.#recent ?? timestamp)) | 0) > 0;
    if (this.#recent !== undefined && isNext && isNewer) this.#recent = timestamp;
    if (((ack - this.#acknowledged) | 0) > 0) this.#acknowledged = ack;
    this.#received?.take(seq, length);
    if (flags & FIN) this.#finAt = (seq + length) >>> 0;
    if (this.#finAt === this.ack) this.#received?.take(this.ack, 1);
  }

  /** A flag, a timestamp that is not older (but for one tick), and an acknowledgement of what was sent, not too long ago. */
  #isAcceptable({ flags, ack, timestamp }: TcpSegment): boolean {
    if ((flags & ACK) === 0) return false;
    const recent = this.#recent;
    const isOlder =
      recent !== undefined && timestamp !== undefined && ((timestamp - recent) | 0) < -1;
    if (isOlder || ((ack - this.#sent) | 0) > 0) return false;
    const sinceStart = (this.#acknowledged - this.#isn - 1) >>> 0;
    return ((this.#acknowledged - ack) | 0) <= Math.min(sinceStart, 0xffff);
  }

  #segmentOf(frame: Uint8Array): TcpSegment | undefined {
    const packet = readIp(frame);
    if (packet === undefined) return undefined;
    if (packet.isWhole) return readTcp(packet);
    const parts = [...(this.#fragments.get(packet.id) ?? []), packet];
    parts.sort((a, b) => a.offset - b.offset);
    this.#fragments.set(packet.id, parts);
    let end = 0;
    for (const part of parts) end = part.offset === end ? end + part.contents.length : -1;
    const isComplete = end > 0 && parts.at(-1)?.hasMore === false;
    if (!isComplete) return undefined;
    this.#fragments.delete(packet.id);
    return readTcp({ ...packet, contents: concat(...parts.map(({ contents }) => contents)) });
  }
}

interface IpPacket {
  readonly addresses: Uint8Array;
  readonly protocol: number;
  readonly contents: Uint8Array;
  readonly isWhole: boolean;
  readonly id: string;
  readonly offset: number;
  readonly hasMore: boolean;
}

interface TcpSegment {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly length: number;
  readonly hasMd5: boolean;
  readonly timestamp: number | undefined;
}

function readIp(frame: Uint8Array): IpPacket | undefined {
  const ip = frame.slice(14);
  return (ip[0] ?? 0) >>> 4 === 4 ? readIpv4(ip) : readIpv6(ip);
}

function readIpv4(ip: Uint8Array): IpPacket | undefined {
  const headerLength = ((ip[0] ?? 0) & 0x0f) * 4;
  if (internetChecksum(ip.slice(0, headerLength)) !== 0) return undefined;
  const bits = u16(ip, 6) & 0x3fff;
  return {
    addresses: ip.slice(12, 20),
    protocol: ip[9] ?? 0,
    contents: ip.slice(headerLength, u16(ip, 2)),
    isWhole: bits === 0,
    id: String(u16(ip, 4)),
    offset: (bits & 0x1fff) * 8,
    hasMore: (bits & 0x2000) !== 0,
  };
}

/** RFC 8200 §4.1: a hop-by-hop header counts only as the first. */
function readIpv6(ip: Uint8Array): IpPacket | undefined {
  let [protocol, at] = [ip[6] ?? 0, 40];
  const whole = { isWhole: true, id: '', offset: 0, hasMore: false };
  let fragment = whole;
  for (; [0, 43, 44, 60].includes(protocol) && fragment.isWhole; ) {
    if (protocol === 0 && at > 40) return undefined;
    const bits = u16(ip, at + 2);
    if (protocol === 44 && (bits & 0xfff9) !== 0) {
      const id = ip.slice(at + 4, at + 8).join('.');
      fragment = { isWhole: false, id, offset: bits & 0xfff8, hasMore: (bits & 1) !== 0 };
    }
    const length = protocol === 44 ? 8 : ((ip[at + 1] ?? 0) + 1) * 8;
    protocol = ip[at] ?? 0;
    at += length;
  }
  return { addresses: ip.slice(8, 40), protocol, contents: ip.slice(at), ...fragment };
}

function readTcp({ addresses, protocol, contents: tcp }: IpPacket): TcpSegment | undefined {
  const headerLength = ((tcp[12] ?? 0) >>> 4) * 4;
  if (protocol !== 6 || headerLength < 20 || headerLength > tcp.length) return undefined;
  const pseudoHeader = Uint8Array.of(0, 6, tcp.length >>> 8, tcp.length & 0xff);
  if (internetChecksum(concat(addresses, pseudoHeader, tcp)) !== 0) return undefined;
  const options = tcp.slice(20, headerLength);
  return {
    flags: tcp[13] ?? 0,
    seq: u32(tcp, 4),
    ack: u32(tcp, 8),
    length: tcp.length - headerLength,
    ...readOptions(options),
  };
}

function readOptions(options: Uint8Array): Pick<TcpSegment, 'hasMd5' | 'timestamp'> {
  let [hasMd5, timestamp]: [boolean, number | undefined] = [false, undefined];
  for (let at = 0; at < options.length && options[at] !== 0; ) {
    if (options[at] === 19) hasMd5 = true;
    if (options[at] === 8) timestamp = u32(options, at + 2);
    at += options[at] === 1 ? 1 : (options[at + 1] ?? 1);
  }
  return { hasMd5, timestamp };
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
}

const [FIN, SYN, RST, ACK] = [0x01, 0x02, 0x04, 0x10];
