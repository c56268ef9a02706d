import type { Injection } from '../../src/policy/verdict.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { hasRightChecksums } from './packets.ts';

/**
 * An end of a TCP connection that takes what a censor makes up, as Linux does: a RST only with the next sequence number (RFC
 * 5961 §3.2), or, where its SYN is not yet answered, if that is acknowledged (RFC 9293 §3.10.7.3); data only in order, and
 * only if it acknowledges something that was sent.
 */
export class TcpEnd {
  received = '';
  state: 'syn-sent' | 'open' | 'closed' | 'reset' = 'open';
  #expected: number;
  readonly #sentUntil: number;

  /** `expected` is RCV.NXT, `sentUntil` SND.NXT; without the first, its SYN is not yet answered. */
  constructor(expected: number | undefined, sentUntil: number) {
    this.#expected = expected ?? 0;
    this.#sentUntil = sentUntil;
    if (expected === undefined) this.state = 'syn-sent';
  }

  /** RCV.NXT. */
  get expects(): number {
    return this.#expected >>> 0;
  }

  take({ frame }: Pick<Injection, 'frame'>): this {
    const packet = new PacketView().decode(frame, 0, frame.length);
    const isWhole = packet.isTcp && hasRightChecksums(frame);
    if (!isWhole || this.state === 'reset') return this;
    const hasAck = (packet.flags & 0x10) !== 0;
    const isAcked = hasAck && ((packet.ack - this.#sentUntil) | 0) === 0;
    const isNext = ((packet.seq - this.#expected) | 0) === 0;
    if (packet.isReset) {
      if (this.state === 'syn-sent' ? isAcked : isNext) this.state = 'reset';
      return this;
    }
    if (this.state !== 'open' || !isNext || !isAcked) return this;
    this.received += Buffer.from(frame.slice(packet.payloadAt, packet.payloadEnd)).toString(
      'latin1',
    );
    this.#expected = (this.#expected + packet.sequenceLength) | 0;
    if ((packet.flags & 1) !== 0) this.state = 'closed';
    return this;
  }
}
