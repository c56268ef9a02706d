import type { Engine } from '../../src/engine/engine.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { type Datagram, udpFrame } from './datagrams.ts';
import { placed } from './packets.ts';

type Ends = Omit<Datagram, 'payload'>;

/** Two ends that send each other datagrams, and the censor between them. */
export class DatagramSession {
  readonly #engine: Engine;
  readonly #ends: Ends;

  constructor(engine: Engine, ends: Partial<Ends> = {}) {
    this.#engine = engine;
    this.#ends = { src: '10.0.0.1', dst: '198.18.0.53', srcPort: 5353, dstPort: 53, ...ends };
  }

  send(from: 'client' | 'server', payload: Uint8Array, now = 0): Verdict {
    const { src, dst, srcPort, dstPort } = this.#ends;
    const ends =
      from === 'client' ? this.#ends : { src: dst, dst: src, srcPort: dstPort, dstPort: srcPort };
    const { bytes, at, end } = placed(udpFrame({ ...ends, payload }));
    const verdict = this.#engine.decide(bytes, at, end, now);
    bytes.fill(0xee); // as a ring is used again
    return verdict;
  }
}
