import { putU16, putU32 } from '../../src/base/bytes.ts';
import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { RESET } from '../support/censors.ts';
import { clientHello, tcpFrame } from '../support/packets.ts';

export type Eviction = Model['tcb']['eviction'];

export interface Flooded {
  /** Most flows that the table ever had. */
  readonly most: number;
  /** Of the flows that were open before: how many the box still follows, of those that spoke meanwhile and those that did not. */
  readonly active: number;
  readonly idle: number;
  readonly packetsPerSecond: number;
}

/** SYNs of distinct five-tuples, while flows that were open before go on or are silent: half of them each. */
export function flood(eviction: Eviction, count: number, known: number, capacity: number): Flooded {
  const model: Model = { ...PLAIN, tcb: { ...PLAIN.tcb, create: 'syn', eviction, capacity } };
  const list = {
    names: ['blocked.example'],
    how: 'exact',
    normalise: model.host.normalise,
  } as const;
  const trigger = names('tls.sni', list);
  const engine = new Engine({
    policy: { model, rules: [{ name: 'sni', trigger, action: RESET }] },
  });
  const take = (frame: Uint8Array, now: number) => engine.decide(frame, 0, frame.length, now);
  for (let i = 0; i < known; i++) for (const frame of opening(i)) take(frame, 0);
  const active = Array.from({ length: known / 2 }, (_, i) => acknowledgement(2 * i));
  const interval = Math.max(1, Math.floor(capacity / known / 2));
  const syn = tcpFrame({ ...endsOf(0), src: '11.0.0.0', seq: 1, ack: 0, flags: 'S' });
  let most = 0;
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    putU32(syn, 26, 0x0b00_0000 + (i >>> 4));
    putU16(syn, 34, 1024 + (i & 15));
    take(syn, i / RATE);
    if (i % interval === 0) take(active[(i / interval) % active.length] as Uint8Array, i / RATE);
    if (engine.flowCount > most) most = engine.flowCount;
  }
  const packetsPerSecond = (1000 * count) / (performance.now() - startedAt);
  const isFollowed = (i: number): boolean => take(question(i), count / RATE).kind === 'inject';
  const followed = Array.from({ length: known }, (_, i) => isFollowed(i));
  return {
    most,
    active: followed.filter((yes, i) => yes && i % 2 === 0).length,
    idle: followed.filter((yes, i) => yes && i % 2 === 1).length,
    packetsPerSecond,
  };
}

function endsOf(i: number) {
  return { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 10_000 + i, dstPort: 443 };
}

function backOf(i: number) {
  return { src: '198.18.0.80', dst: '10.0.0.1', srcPort: 443, dstPort: 10_000 + i };
}

function opening(i: number): Uint8Array[] {
  return [
    tcpFrame({ ...endsOf(i), seq: 0, ack: 0, flags: 'S' }),
    tcpFrame({ ...backOf(i), seq: 0, ack: 1, flags: 'SA' }),
    acknowledgement(i),
  ];
}

function acknowledgement(i: number): Uint8Array {
  return tcpFrame({ ...endsOf(i), seq: 1, ack: 1, flags: 'A' });
}

function question(i: number): Uint8Array {
  const payload = clientHello({ sni: 'blocked.example' });
  return tcpFrame({ ...endsOf(i), seq: 1, ack: 1, flags: 'PA', payload });
}

/** SYNs in a millisecond. */
const RATE = 100;
