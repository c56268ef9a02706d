import type { Engine } from '../../src/engine/engine.ts';
import { buildPacket, parsePacket } from '../../src/evasion/packet.ts';
import type { Rewriter } from '../../src/evasion/rewriter.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import type { LinuxEnd } from './linux-end.ts';
import { readIp } from './linux-packet.ts';
import { internetChecksum } from './packets.ts';

export type Side = 'client' | 'server';

export interface PathOptions {
  readonly engine: Engine;
  readonly client: LinuxEnd;
  readonly server: LinuxEnd;
  /** Routers between the client and the box, and between the box and the server. */
  readonly hops: { readonly before: number; readonly after: number };
  /** What leaves the client's host, and what its kernel sees. */
  readonly rewriter?: Rewriter | undefined;
}

/**
 * client — routers — box — routers — server. A packet arrives, and what answers it does, before the next is sent; a program
 * is slower than what a box injects.
 */
export class Path {
  /** What the box said to each packet that it saw. */
  readonly verdicts: Verdict['kind'][] = [];
  readonly #options: PathOptions;
  #now = 0;

  constructor(options: PathOptions) {
    this.#options = options;
  }

  /** Time in which nobody sends. */
  wait(time: number): void {
    this.#now += time;
  }

  /** A frame leaves one end; everything that comes of it happens. */
  send(from: Side, sent: Uint8Array): void {
    const onItsWay = this.#leaving(from, sent);
    for (let next = onItsWay.shift(); next !== undefined; next = onItsWay.shift()) {
      this.#now += 1;
      const arrivals = this.#pass(next.from, next.frame);
      for (const { at, frame: arrived } of arrivals) {
        for (const seen of at === 'client' ? this.#rewritten('in', arrived) : [arrived]) {
          for (const answer of this.#options[at].take(seen)) {
            onItsWay.push(...this.#leaving(at, answer));
          }
        }
      }
      for (const side of ['client', 'server'] as const) {
        for (const said of this.#options[side].speak()) onItsWay.push(...this.#leaving(side, said));
      }
    }
  }

  #leaving(from: Side, frame: Uint8Array): { from: Side; frame: Uint8Array }[] {
    const frames = from === 'client' ? this.#rewritten('out', frame) : [frame];
    return frames.map((one) => ({ from, frame: one }));
  }

  #rewritten(way: 'in' | 'out', frame: Uint8Array): Uint8Array[] {
    const packet = this.#options.rewriter?.[way] && parsePacket(frame);
    const made = packet && this.#options.rewriter?.[way]?.(packet);
    return made === undefined ? [frame] : made.map((one) => buildPacket(one.packet));
  }

  #pass(from: Side, sent: Uint8Array): Arrival[] {
    const to = from === 'client' ? 'server' : 'client';
    const frame = afterRouters(sent, this.#hopsTo(from));
    if (frame === undefined) return [];
    const verdict = this.#options.engine.decide(frame, 0, frame.length, this.#now);
    this.verdicts.push(verdict.kind);
    switch (verdict.kind) {
      case 'accept':
      case 'hold':
        return this.#arrive(to, frame);
      case 'drop':
        return [];
      case 'inject': {
        const original = verdict.original === 'accept' ? this.#arrive(to, frame) : [];
        const injected = verdict.packets.map((packet) =>
          this.#arrive(packet.way === 'along' ? to : from, packet.frame),
        );
        return [...original, ...injected.flat()];
      }
    }
  }

  #arrive(at: Side, frame: Uint8Array): Arrival[] {
    const arrived = afterRouters(frame, this.#hopsTo(at));
    return arrived === undefined ? [] : [{ at, frame: arrived }];
  }

  #hopsTo(side: Side): number {
    return side === 'client' ? this.#options.hops.before : this.#options.hops.after;
  }
}

interface Arrival {
  readonly at: Side;
  readonly frame: Uint8Array;
}

/** Each takes one off the TTL and forwards nothing whose TTL is then 0 or whose header is wrong (RFC 1812 §5.2.2, §5.3.1). */
function afterRouters(frame: Uint8Array, count: number): Uint8Array | undefined {
  if (count === 0) return frame;
  if (readIp(frame) === undefined) return undefined;
  const isIpv4 = (frame[14] ?? 0) >>> 4 === 4;
  const ttlAt = isIpv4 ? 22 : 21;
  const ttl = (frame[ttlAt] ?? 0) - count;
  if (ttl <= 0) return undefined;
  const copy = frame.slice();
  copy[ttlAt] = ttl;
  if (isIpv4) putHeaderChecksum(copy);
  return copy;
}

function putHeaderChecksum(frame: Uint8Array): void {
  const end = 14 + ((frame[14] ?? 0) & 0x0f) * 4;
  frame.set([0, 0], 24);
  const sum = internetChecksum(frame.slice(14, end));
  frame.set([sum >>> 8, sum & 0xff], 24);
}
