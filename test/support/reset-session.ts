import type { Engine } from '../../src/engine/engine.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { fragments, withExtensionHeaders } from './fragments.ts';
import { concat, edit, placed, type Segment, tcpFrame } from './packets.ts';
import { ResettableEnd } from './resettable-end.ts';
import type { Side } from './session.ts';

/** Routers between the censor and either end. */
export const HOPS = { before: 1, after: 2 };

/** Why a Linux end refuses what is sent in its peer's name. */
export const TRICKS = [
  'tcp-checksum',
  'ip-checksum',
  'ttl',
  'md5',
  'old-timestamp',
  'unsent-ack',
  'old-ack',
  'no-ack-flag',
  'old-seq',
  'data-offset',
  'hop-by-hop-twice',
] as const;

export type Trick = (typeof TRICKS)[number];

/** How a segment travels. */
export type Dress = 'plain' | 'fragments' | 'options';

export interface Setup {
  readonly isIpv6: boolean;
  readonly isns: { readonly client: number; readonly server: number };
  readonly hasTimestamps: boolean;
  /** Whether the box tells how long a segment in fragments is. */
  readonly seesFragments: boolean;
}

export interface Sent {
  readonly seq: number;
  readonly flags: string;
  readonly payload?: Uint8Array;
  readonly ack?: number;
  readonly dress?: Dress;
  readonly trick?: Trick;
}

/** A connection through a censor, whose ends take what arrives as Linux does; every RST of the censor's is judged. */
export class ResetSession {
  /** Of the censor's RSTs, to whom they went and whether they were obeyed. */
  readonly resets: { readonly to: Side; readonly isObeyed: boolean }[] = [];
  readonly ends: { readonly client: ResettableEnd; readonly server: ResettableEnd };
  /** A RST or FIN of the ends' own was obeyed, or the censor has had its say. */
  isOver = false;
  readonly #engine: Engine;
  readonly #setup: Setup;
  #now = 0;

  constructor(engine: Engine, setup: Setup) {
    this.#engine = engine;
    this.#setup = setup;
    const { client, server } = setup.isns;
    this.ends = { client: new ResettableEnd(client), server: new ResettableEnd(server) };
  }

  /** The sequence number of the first byte that an end says. */
  first(of: Side): number {
    return (this.#setup.isns[of] + 1) >>> 0;
  }

  /** The client's SYN. */
  open(payload?: Uint8Array): void {
    this.ends.client.connect();
    const syn = { seq: this.#setup.isns.client, flags: 'S', ack: 0 };
    this.send('client', payload === undefined ? syn : { ...syn, payload });
  }

  /** The server's answer to it, the first or again. */
  answer(): void {
    if (this.ends.server.state !== 'open') return;
    const ack = this.first('client');
    this.send('server', { seq: this.#setup.isns.server, flags: 'SA', ack });
  }

  send(from: Side, sent: Sent): void {
    if (this.isOver) return;
    this.#now++;
    const { dress = 'plain' } = sent;
    const frame = this.#frame(from, sent);
    if (sent.trick === undefined && !/[SR]/.test(sent.flags)) {
      const phantom = sent.flags.includes('F') ? 1 : 0;
      this.ends[from].hasSent(sent.seq + (sent.payload?.length ?? 0) + phantom);
    }
    const isNext = this.#setup.seesFragments || this.#isNext(from, sent.seq);
    if (dress === 'fragments' && frame.length > 120 && isNext) {
      // With an id of its own: parts of one that was dropped lie where they arrived.
      for (const part of fragments(frame, [40, 56], this.#now)) this.#pass(from, part);
      // Without reassembly, a box learns from the acknowledgement how much it was.
      const to = from === 'client' ? 'server' : 'client';
      if (!this.#setup.seesFragments) this.#acknowledge(to);
    } else if (dress === 'options' && this.#setup.isIpv6) {
      this.#pass(from, withExtensionHeaders(frame, [60]));
    } else this.#pass(from, frame);
  }

  #isNext(from: Side, seq: number): boolean {
    const to = from === 'client' ? 'server' : 'client';
    return ((seq - this.ends[to].ack) | 0) <= 0;
  }

  #acknowledge(from: Side): void {
    if (this.ends[from].state !== 'open') return;
    const seq = from === 'client' ? this.ends.server.ack : this.ends.client.ack;
    this.send(from, { seq, flags: 'A' });
  }

  #frame(from: Side, sent: Sent): Uint8Array {
    const { trick, flags, payload = new Uint8Array(0) } = sent;
    const to = from === 'client' ? 'server' : 'client';
    const clock = 1_000_000 + 10 * this.#now;
    const isSyn = flags.includes('S');
    const ack = sent.ack ?? this.ends[from].ack;
    const segment: Segment = {
      ...this.#way(from),
      seq: trick === 'old-seq' ? (this.ends[to].ack - 10_000 - payload.length) >>> 0 : sent.seq,
      ack: trick === 'unsent-ack' ? ack + 100_000 : trick === 'old-ack' ? ack - 66_000 : ack,
      flags: trick === 'no-ack-flag' ? flags.replace('A', '') : flags,
      payload,
      ttl: trick === 'ttl' ? HOPS.after : 64,
      tcpOptions: concat(
        this.#setup.hasTimestamps
          ? timestamps(trick === 'old-timestamp' ? clock - 600_000 : clock, isSyn ? 0 : clock)
          : new Uint8Array(0),
        trick === 'md5' ? concat(Uint8Array.of(19, 18), new Uint8Array(18)) : new Uint8Array(0),
      ),
    };
    const plain = tcpFrame({ ...segment, ack: segment.ack >>> 0 });
    return spoilt(plain, trick);
  }

  #way(from: Side): Pick<Segment, 'src' | 'dst' | 'srcPort' | 'dstPort'> {
    const [client, server] = this.#setup.isIpv6
      ? ['2001:db8::1', '2001:db8::80']
      : ['10.0.0.1', '198.18.0.80'];
    return from === 'client'
      ? { src: client, dst: server, srcPort: 40_000, dstPort: 443 }
      : { src: server, dst: client, srcPort: 443, dstPort: 40_000 };
  }

  #pass(from: Side, frame: Uint8Array): void {
    if (this.isOver) return;
    const to = from === 'client' ? 'server' : 'client';
    const { bytes, at, end } = placed(frame);
    const verdict = this.#engine.decide(bytes, at, end, this.#now);
    if (passes(verdict)) this.#arrive(to, frame);
    if (verdict.kind !== 'inject') return;
    for (const { way, frame: injected } of verdict.packets) {
      const end = way === 'back' ? from : to;
      if (this.ends[end].state === 'listen') continue; // there is nothing to end
      this.resets.push({ to: end, isObeyed: this.ends[end].obeys(injected) });
    }
    this.isOver = true;
  }

  #arrive(to: Side, frame: Uint8Array): void {
    const ttl = (frame[12] === 0x08 ? frame[22] : frame[21]) ?? 0;
    if (ttl <= (to === 'server' ? HOPS.after : HOPS.before)) return;
    const end = this.ends[to];
    if (end.obeys(frame)) this.isOver = true;
    const before = end.hasEnded;
    end.take(frame);
    if (end.hasEnded !== before && to === 'server') this.isOver = true;
  }
}

function passes(verdict: Verdict): boolean {
  return verdict.kind === 'accept' || (verdict.kind === 'inject' && verdict.original === 'accept');
}

function timestamps(value: number, echo: number): Uint8Array {
  const option = Buffer.from([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
  option.writeInt32BE(value | 0, 4);
  option.writeInt32BE(echo | 0, 8);
  return Uint8Array.from(option);
}

function spoilt(frame: Uint8Array, trick: Trick | undefined): Uint8Array {
  const isIpv4 = frame[12] === 0x08;
  const tcpAt = isIpv4 ? 34 : 54;
  const flipped = (at: number): Uint8Array => edit(frame, at, (frame[at] ?? 0) ^ 0x55);
  switch (trick) {
    case 'tcp-checksum':
      return flipped(tcpAt + 16);
    case 'ip-checksum':
      return isIpv4 ? flipped(24) : flipped(tcpAt + 16);
    case 'data-offset':
      return edit(frame, tcpAt + 12, 0x40);
    case 'hop-by-hop-twice':
      return isIpv4 ? flipped(tcpAt + 16) : withExtensionHeaders(frame, [0, 0]);
    default:
      return frame;
  }
}
