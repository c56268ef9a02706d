import { LinuxFragments } from './linux-fragments.ts';
import { readIp, readTcp, type TcpSegment } from './linux-packet.ts';
import { LinuxReceiveQueue } from './linux-receive-queue.ts';
import { type Segment, tcpFrame } from './packets.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Initial sequence number. */
  readonly isn: number;
}

export interface LinuxEndOptions {
  readonly own: Endpoint;
  readonly peer: Endpoint;
  /** A server waits for a SYN; a client has sent one. */
  readonly role: 'server' | 'client';
  /** What the program answers, once, when it has read so much. */
  readonly answer?: (read: Buffer) => Uint8Array | undefined;
}

/**
 * One end of a TCP connection that takes segments as Linux 6 does (net/ipv4/tcp_input.c, tcp_minisocks.c; RFC 9293, RFC 5961,
 * RFC 7323), without TCP Fast Open, MD5 keys, SACK or SO_OOBINLINE. What its TCP says by itself comes from `take`, what its
 * program answers from `speak`; what else a program says is sent by whoever knows in which packets.
 */
export class LinuxEnd {
  state: 'listen' | 'syn-sent' | 'syn-received' | 'established' | 'closed';
  /** A RST was obeyed. */
  wasReset = false;
  /** Everything that the program has read. */
  read = Buffer.alloc(0);
  readonly #options: LinuxEndOptions;
  readonly #fragments = new LinuxFragments();
  #queue = new LinuxReceiveQueue(0);
  /** SND.UNA and SND.NXT, signed. */
  #unacknowledged: number;
  #sent: number;
  /** Of the one urgent byte that is waited for. */
  #urgentSeq: number | undefined = undefined;
  #hasTimestamps = false;
  #hasSpoken = false;
  /** TS.Recent (RFC 7323 §4.3). */
  #recent = 0;

  constructor(options: LinuxEndOptions) {
    this.#options = options;
    this.state = options.role === 'server' ? 'listen' : 'syn-sent';
    this.#unacknowledged = options.own.isn | 0;
    this.#sent = (options.own.isn + 1) | 0;
  }

  /** RCV.NXT, unsigned as on the wire. */
  get expects(): number {
    return this.#queue.next >>> 0;
  }

  /** How much of what this end has said was acknowledged; the SYN does not count. */
  get acknowledged(): number {
    return Math.max(0, (this.#unacknowledged - this.#firstSeq) | 0);
  }

  /** The program has said so many bytes, in packets that somebody else sends. */
  hasSaid(length: number): void {
    this.#sent = (this.#firstSeq + length) | 0;
  }

  /** Takes in a frame that has arrived; the frames that answer it. */
  take(frame: Uint8Array): Uint8Array[] {
    const packet = readIp(frame);
    const whole = packet === undefined ? undefined : this.#fragments.take(packet);
    const segment = whole === undefined ? undefined : readTcp(whole);
    if (segment === undefined || segment.hasMd5 || !this.#isAddressed(segment)) return [];
    switch (this.state) {
      case 'listen':
        return this.#takeListening(segment);
      case 'syn-sent':
        return this.#takeConnecting(segment);
      case 'syn-received':
        return this.#takeOpening(segment);
      case 'established':
        return this.#takeEstablished(segment);
      case 'closed':
        return this.#refuse(segment);
    }
  }

  /** The program's turn: what it says to what it has read. */
  speak(): Uint8Array[] {
    const answer = this.#hasSpoken ? undefined : this.#options.answer?.(this.read);
    if (answer === undefined || this.state !== 'established') return [];
    this.#hasSpoken = true;
    const frame = this.#segment('PA', answer);
    this.#sent = (this.#sent + answer.length) | 0;
    return [frame];
  }

  get #firstSeq(): number {
    return (this.#options.own.isn + 1) | 0;
  }

  #isAddressed({ srcPort, dstPort }: TcpSegment): boolean {
    const { own, peer } = this.#options;
    return srcPort === peer.port && dstPort === own.port;
  }

  #takeListening(segment: TcpSegment): Uint8Array[] {
    const { flags, seq } = segment;
    if (flags.rst) return [];
    if (flags.ack) return this.#refuse(segment);
    if (!flags.syn || flags.fin) return [];
    this.state = 'syn-received';
    this.#queue = new LinuxReceiveQueue((seq + 1) | 0); // a payload on the SYN is not taken
    this.#noteTimestamp(segment);
    return [this.#segment('SA')];
  }

  #takeConnecting(segment: TcpSegment): Uint8Array[] {
    const { flags, seq, ack } = segment;
    if (flags.ack && ack !== this.#sent) return this.#refuse(segment);
    if (flags.rst) {
      if (flags.ack) this.#obeyReset();
      return [];
    }
    if (!flags.syn || !flags.ack) return [];
    this.state = 'established';
    this.#unacknowledged = ack;
    this.#queue = new LinuxReceiveQueue((seq + 1) | 0);
    this.#noteTimestamp(segment);
    return [this.#segment('A')];
  }

  /** `tcp_check_req`: a RST anywhere in the window ends what has only begun. */
  #takeOpening(segment: TcpSegment): Uint8Array[] {
    const { flags, seq, ack } = segment;
    const isSameSyn = flags.syn && !flags.ack && ((seq + 1) | 0) === this.#queue.next;
    if (isSameSyn && !flags.rst) return [this.#segment('SA')];
    if (this.#isOlder(segment) || !this.#isInWindow(segment)) {
      return flags.rst ? [] : [this.#segment('A')];
    }
    if (flags.rst || flags.syn) {
      this.#obeyReset();
      return flags.rst ? [] : this.#refuse(segment);
    }
    if (!flags.ack) return [];
    if (ack !== this.#sent) return this.#refuse(segment);
    this.state = 'established';
    this.#unacknowledged = ack;
    return this.#takeEstablished(segment);
  }

  #takeEstablished(segment: TcpSegment): Uint8Array[] {
    const { flags } = segment;
    if (this.#isOlder(segment) && !flags.rst) return [this.#segment('A')];
    if (!this.#isInWindow(segment)) return flags.rst ? [] : [this.#segment('A')];
    if (flags.rst && segment.seq === this.#queue.next) {
      this.#obeyReset();
      return [];
    }
    if (flags.rst || flags.syn) return [this.#segment('A')]; // a challenge (RFC 5961 §3.2, §4.2)
    if (!flags.ack) return [];
    const acknowledges = this.#takeAck(segment.ack);
    if (acknowledges !== 'plausible') return acknowledges === 'too-old' ? [this.#segment('A')] : [];
    this.#noteTimestamp(segment);
    if (flags.urg) this.#noteUrgent(segment);
    return this.#takePayload(segment);
  }

  /** RFC 5961 §5.2; nor is an acknowledgement taken of what was never sent (Linux 6.7). */
  #takeAck(ack: number): 'plausible' | 'too-old' | 'unsent' {
    if (((ack - this.#sent) | 0) > 0) return 'unsent';
    const behind = (this.#unacknowledged - ack) | 0;
    if (behind > Math.min(WINDOW, this.acknowledged)) return 'too-old';
    if (behind < 0) this.#unacknowledged = ack;
    return 'plausible';
  }

  /** `tcp_check_urg`: the byte before the pointer, if it has not been read; the later of two. */
  #noteUrgent({ seq, urgentPointer }: TcpSegment): void {
    const urgentSeq = (seq + Math.max(urgentPointer - 1, 0)) | 0;
    if (((urgentSeq - this.#queue.next) | 0) < 0) return;
    const known = this.#urgentSeq;
    if (known === undefined || ((urgentSeq - known) | 0) > 0) this.#urgentSeq = urgentSeq;
  }

  #takePayload({ seq, payload, flags }: TcpSegment): Uint8Array[] {
    if (payload.length === 0 && !flags.fin) return [];
    const from = this.#queue.next;
    const bytes = this.#withoutUrgent(from, this.#queue.take(seq, payload));
    const finSeq = (seq + payload.length) | 0;
    if (flags.fin && finSeq === this.#queue.next) this.#queue.next = (finSeq + 1) | 0;
    this.read = Buffer.concat([this.read, bytes]);
    return [this.#segment('A')];
  }

  #withoutUrgent(from: number, bytes: Buffer): Buffer {
    if (this.#urgentSeq === undefined) return bytes;
    const at = (this.#urgentSeq - from) | 0;
    if (at < 0 || at >= bytes.length) return bytes;
    this.#urgentSeq = undefined;
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  }

  /** `tcp_sequence` of Linux, which asks for less than RFC 9293 §3.10.7.4 does. */
  #isInWindow({ seq, payload, flags }: TcpSegment): boolean {
    const length = payload.length + (flags.syn ? 1 : 0) + (flags.fin ? 1 : 0);
    const from = (seq - this.#queue.next) | 0;
    return from <= WINDOW && from + length >= 0;
  }

  /** PAWS (RFC 7323 §5.3); one tick older is not too old (`tcp_paws_check`). */
  #isOlder({ timestamp }: TcpSegment): boolean {
    return this.#hasTimestamps && timestamp !== undefined && ((timestamp - this.#recent) | 0) < -1;
  }

  #noteTimestamp({ flags, seq, timestamp }: TcpSegment): void {
    if (flags.syn) this.#hasTimestamps = timestamp !== undefined;
    if (timestamp === undefined) return;
    const isNext = ((seq - this.#queue.next) | 0) <= 0;
    const isNewer = ((timestamp - this.#recent) | 0) > 0;
    if (flags.syn || (isNext && isNewer)) this.#recent = timestamp;
  }

  #obeyReset(): void {
    this.state = 'closed';
    this.wasReset = true;
  }

  /** RFC 9293 §3.10.7.1: a RST for what belongs to no connection. */
  #refuse({ flags, seq, ack, payload }: TcpSegment): Uint8Array[] {
    if (flags.rst) return [];
    if (flags.ack) return [this.#frame({ seq: ack, ack: 0, flags: 'R' })];
    const next = seq + payload.length + (flags.syn ? 1 : 0) + (flags.fin ? 1 : 0);
    return [this.#frame({ seq: 0, ack: next, flags: 'RA' })];
  }

  #segment(flags: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
    const seq = flags === 'SA' ? this.#options.own.isn : this.#sent;
    const tcpOptions = this.#hasTimestamps ? timestamps(CLOCK, this.#recent) : undefined;
    const options = tcpOptions === undefined ? {} : { tcpOptions };
    return this.#frame({ seq, ack: this.expects, flags, payload, ...options });
  }

  #frame(fields: Pick<Segment, 'seq' | 'ack' | 'flags' | 'payload' | 'tcpOptions'>): Uint8Array {
    const { own, peer } = this.#options;
    const ends = { src: own.address, dst: peer.address, srcPort: own.port, dstPort: peer.port };
    return tcpFrame({ ...ends, ...fields });
  }
}

/** The option of RFC 7323 §3.2, behind two bytes of padding. */
export function timestamps(value: number, echo: number): Uint8Array {
  const option = Buffer.from([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
  option.writeInt32BE(value | 0, 4);
  option.writeInt32BE(echo | 0, 8);
  return Uint8Array.from(option);
}

/** What every end's clock shows for its timestamps. */
export const CLOCK = 5_000_000;
/** The largest that can be advertised without scaling. */
const WINDOW = 65_535;
