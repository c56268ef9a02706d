import { describe, expect, test } from 'vitest';
import { i32, putU32 } from '../../src/base/bytes.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { newEngine } from '../support/censors.ts';
import {
  clientHello,
  concat,
  edit,
  hex,
  httpRequest,
  placed,
  tcpFrame,
} from '../support/packets.ts';

/** Under the smallest object V8 makes. */
const BYTES_PER_PACKET = 8;
const PACKETS = 204_800;
const SHARES = 200;
const FLOWS = 32;
/** One time for each share, as a data plane has one for each batch. The `undefined` keeps V8 from boxing it anew. */
const CLOCK = [...Array.from({ length: SHARES }, (_, i) => i / 4 + 0.125), undefined];

const NOTHING = hex``;
const HELLO = clientHello({ sni: 'www.example.org' });
const APP_DATA = concat(hex`17 03 03 04 00`, new Uint8Array(1024));
const ALLOWED = httpRequest({ host: 'www.example.org', after: ['Accept: */*'] });
const V4 = { src: '10.0.0.1', dst: '198.18.0.80' };
const V6 = { src: '2001:db8::1', dst: '2001:db8::80' };

describe.each(['packet', 'in-order'] as const)('a censor that reads by %s', (stream) => {
  test.each([
    { name: 'ACKs', first: HELLO, payload: NOTHING },
    { name: 'TLS application data', first: HELLO, payload: APP_DATA },
    { name: 'allowed requests', first: ALLOWED, payload: ALLOWED },
  ])('allocates nothing for $name', ({ first, payload }) => {
    const engine = newEngine(stream, { capacity: 2 * FLOWS });
    for (let i = 0; i < FLOWS; i++) open(engine, i, first);
    const frames = Array.from({ length: FLOWS }, (_, i) =>
      exchange(i, first.length, payload),
    ).flat();
    expect(growthPerPacket(engine, frames)).toBeLessThan(BYTES_PER_PACKET);
    expect(engine.flowCount).toBe(FLOWS);
    expect(engine.counters).toMatchObject({ malformed: 0, dropped: 0 });
  });

  test('allocates nothing for packets that are malformed or not TCP', () => {
    const engine = newEngine(stream);
    const frame = tcpFrame({ ...V4, srcPort: 1, dstPort: 2, seq: 0, ack: 0, flags: 'A' });
    const frames = [
      edit(frame, 23, 1),
      edit(frame, 12, 8, 6),
      edit(frame, 46, 0),
      frame.slice(0, 33),
    ];
    const repeated = frames.map((bytes): Repeated => ({ bytes, seqAt: 0, step: 0 }));
    expect(growthPerPacket(engine, repeated)).toBeLessThan(BYTES_PER_PACKET);
    expect(engine.counters.malformed).toBe(engine.counters.packets / 2);
  });
});

/** A frame that comes again and again; each time the number at `seqAt` has grown by `step`. */
interface Repeated {
  readonly bytes: Uint8Array;
  readonly seqAt: number;
  readonly step: number;
}

/** The handshake of flow `i`, and its first payload. */
function open(engine: Engine, i: number, first: Uint8Array): void {
  const { along, back } = endsOf(i);
  for (const frame of [
    tcpFrame({ ...along, seq: 0, ack: 0, flags: 'S' }),
    tcpFrame({ ...back, seq: 0, ack: 1, flags: 'SA' }),
    tcpFrame({ ...along, seq: 1, ack: 1, flags: 'PA', payload: first }),
  ]) {
    expect(engine.decide(frame, 0, frame.length, 0).kind).toBe('accept');
  }
}

/** The next payload of flow `i`, and the ACK to it. */
function exchange(i: number, said: number, payload: Uint8Array): Repeated[] {
  const { along, back } = endsOf(i);
  const tcpAt = 14 + (i % 2 === 0 ? 20 : 40);
  const data = tcpFrame({ ...along, seq: 1 + said, ack: 1, flags: 'PA', payload });
  const ack = tcpFrame({ ...back, seq: 1, ack: 1 + said, flags: 'A' });
  const step = payload.length;
  return [
    { bytes: data, seqAt: tcpAt + 4, step },
    { bytes: ack, seqAt: tcpAt + 8, step },
  ];
}

function endsOf(i: number) {
  const { src, dst } = i % 2 === 0 ? V4 : V6;
  const port = 40_000 + i;
  return {
    along: { src, dst, srcPort: port, dstPort: 443 },
    back: { src: dst, dst: src, srcPort: 443, dstPort: port },
  };
}

/**
 * Of the heap, in bytes, once V8 has compiled what it runs. The median of many small shares: where much is allocated,
 * the garbage collector runs in a share now and then, and hides it there.
 */
function growthPerPacket(engine: Engine, frames: readonly Repeated[]): number {
  const ring = ringOf(frames);
  for (let share = 0; share < SHARES / 4; share++) play(engine, ring, share);
  if (gc === undefined) throw new Error('run with node --expose-gc');
  gc();
  const growths = new Float64Array(SHARES);
  for (let share = 0; share < SHARES; share++) {
    const before = process.memoryUsage().heapUsed;
    play(engine, ring, share);
    growths[share] = process.memoryUsage().heapUsed - before;
  }
  return (growths.sort()[SHARES / 2] as number) / (PACKETS / SHARES);
}

interface Ring {
  readonly bytes: Uint8Array;
  /** Four numbers for each frame: start, end, place of the number that grows, step. */
  readonly frames: Int32Array;
}

function ringOf(frames: readonly Repeated[]): Ring {
  const places = new Int32Array(4 * frames.length);
  let length = 0;
  const parts = frames.map(({ bytes, seqAt, step }, i) => {
    const slot = placed(bytes);
    places.set([length + slot.at, length + slot.end, length + slot.at + seqAt, step], 4 * i);
    length += slot.bytes.length;
    return slot.bytes;
  });
  return { bytes: concat(...parts), frames: places };
}

/** One share of the packets, by turns. */
function play(engine: Engine, { bytes, frames }: Ring, share: number): void {
  const now = CLOCK[share] as number;
  let accepted = 0;
  for (let i = 0; i < PACKETS / SHARES; i++) {
    const at = (4 * i) % frames.length;
    const verdict = engine.decide(bytes, frames[at] as number, frames[at + 1] as number, now);
    accepted ^= verdict.kind === 'accept' ? 1 : 2;
    const step = frames[at + 3] as number;
    const seqAt = frames[at + 2] as number;
    if (step > 0) putU32(bytes, seqAt, i32(bytes, seqAt) + step);
  }
  expect(accepted).toBe(0);
}
