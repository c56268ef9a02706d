import type { Engine } from '../../src/engine/engine.ts';
import type { Injection, Verdict } from '../../src/policy/verdict.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { addressBytes, ascii, concat, hasRightChecksums, placed, tcpFrame } from './packets.ts';
import { Receiver } from './receiver.ts';

export type Side = 'client' | 'server';

interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly isn: number;
}

/** What is not as usual about an end. */
export interface Ends {
  readonly client?: Partial<Endpoint>;
  readonly server?: Partial<Endpoint>;
}

/** A RST that reached an end, and whether its TCP obeys it: RFC 5961 §3.2, SEG.SEQ must equal RCV.NXT. */
export interface ReceivedReset {
  readonly to: Side;
  readonly isObeyed: boolean;
}

export interface SegmentOptions {
  /** Of the first payload byte in what this end says; without it, whatever was said last is continued. */
  readonly offset?: number;
  readonly flags?: string;
  /** What the sender acknowledges; without it, all that it has received. */
  readonly ack?: number;
  /** How much of the payload the receiver takes; all of it, if nothing is said. */
  readonly taken?: number;
  readonly now?: number;
}

/** Two ends of one TCP connection, and the censor between them: what passes it arrives, in the order it was sent. */
export class Session {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly resets: ReceivedReset[] = [];
  readonly #engine: Engine;
  readonly #said = { client: 0, server: 0 };
  readonly #receivers: { readonly client: Receiver; readonly server: Receiver };

  constructor(engine: Engine, ends: Ends = {}) {
    this.#engine = engine;
    this.client = { address: '10.0.0.1', port: 40_000, isn: 0xffff_ffe0, ...ends.client };
    this.server = { address: '198.18.0.80', port: 80, isn: 0x7fff_ffe0, ...ends.server };
    this.#receivers = {
      client: new Receiver(this.server.isn),
      server: new Receiver(this.client.isn),
    };
  }

  /** The sequence number of a byte that an end says. */
  seq(of: Side, offset: number): number {
    return (this[of].isn + 1 + offset) >>> 0;
  }

  /** RCV.NXT of an end. */
  expects(side: Side): number {
    return this.#receivers[side].next;
  }

  handshake(): this {
    this.send('client', '', { flags: 'S' });
    this.send('server', '', { flags: 'SA' });
    this.send('client', '', { flags: 'A' });
    return this;
  }

  /** Both SYNs arrive, but the censor sees none of it. */
  handshakeUnseen(): this {
    this.#receivers.server.take(this.client.isn, 1);
    this.#receivers.client.take(this.server.isn, 1);
    return this;
  }

  send(from: Side, payload: string | Uint8Array, options: SegmentOptions = {}): Verdict {
    const bytes = typeof payload === 'string' ? ascii(payload) : payload;
    const to = from === 'client' ? 'server' : 'client';
    const { offset = this.#said[from], flags = 'PA', ack = this.expects(from) } = options;
    const { taken = bytes.length, now = 0 } = options;
    const isSyn = flags.includes('S');
    const seq = isSyn ? this[from].isn : this.seq(from, offset);
    this.#said[from] = Math.max(this.#said[from], offset + bytes.length);
    const segment = { ...this.#way(from, to), seq, ack, flags, payload: bytes };
    const { bytes: ring, at, end } = placed(tcpFrame(segment));
    const verdict = this.#engine.decide(ring, at, end, now);
    ring.fill(0xee); // as a ring is used again
    const phantoms = (isSyn ? 1 : 0) + (flags.includes('F') ? 1 : 0);
    if (letsPass(verdict)) this.#receivers[to].take(seq, taken + phantoms);
    if (verdict.kind === 'inject') {
      for (const injection of verdict.packets) this.#takeReset(from, to, injection);
    }
    return verdict;
  }

  #way(from: Side, to: Side): { src: string; dst: string; srcPort: number; dstPort: number } {
    const [src, dst] = [this[from], this[to]];
    return { src: src.address, dst: dst.address, srcPort: src.port, dstPort: dst.port };
  }

  #takeReset(triggeredBy: Side, other: Side, { way, frame }: Injection): void {
    const to = way === 'back' ? triggeredBy : other;
    const packet = new PacketView().decode(frame, 0, frame.length);
    const { src, dst, srcPort, dstPort } = this.#way(to === 'client' ? 'server' : 'client', to);
    const addresses = concat(addressBytes(src), addressBytes(dst));
    const isAddressed =
      Buffer.compare(frame.slice(packet.srcAt, packet.srcAt + addresses.length), addresses) === 0 &&
      packet.srcPort === srcPort &&
      packet.dstPort === dstPort;
    const isReset = packet.isReset && packet.payloadLength === 0 && hasRightChecksums(frame);
    const isInSequence = packet.seq >>> 0 === this.expects(to);
    this.resets.push({ to, isObeyed: isAddressed && isReset && isInSequence });
  }
}

/** Sooner or later. */
export function letsPass(verdict: Verdict): boolean {
  if (verdict.kind === 'inject') return verdict.original === 'accept';
  return verdict.kind === 'accept' || verdict.kind === 'hold';
}
