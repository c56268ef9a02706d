import { describe, expect, test } from 'vitest';
import { i32, putU16, putU32, u16 } from '../../src/base/bytes.ts';
import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import { az2017 } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import {
  clientHello,
  clientHelloMessage,
  concat,
  edit,
  hex,
  httpRequest,
  placed,
  tcpFrame,
} from '../support/packets.ts';
import { clientDatagram, cryptoFrame } from '../support/quic.ts';

/** Under the smallest object V8 makes. */
const BYTES_PER_PACKET = 8;
/** In each share. */
const PACKETS = 2048;
const WARM_UP = 8;
const SHARES = 12;
const MOST_MEASUREMENTS = 20;
/** In ms. */
const TIME_TO_COMPILE = 100;
const FLOWS = 32;
/** One time for each share, as a data plane has one for each batch. The `undefined` keeps V8 from boxing it anew. */
const CLOCK = [...Array.from({ length: SHARES }, (_, i) => i / 4 + 0.125), undefined];

const NOTHING = hex``;
const HELLO = clientHello({ sni: 'www.example.org' });
const APP_DATA = concat(hex`17 03 03 01 00`, new Uint8Array(256));
const ALLOWED = httpRequest({ host: 'www.example.org', after: ['Accept: */*'] });
const UNKNOWN = new Uint8Array(600).fill(0x99);
const INITIAL = clientDatagram({
  dcid: hex`01 02 03 04 05 06 07 08`,
  frames: [cryptoFrame(0, clientHelloMessage({ sni: 'www.example.org' }))],
});
/** A short header (RFC 9000 §17.3). */
const ONE_RTT = concat(hex`43 01 02 03 04 05 06 07 08`, new Uint8Array(1191).fill(0xcc));
const V4 = { src: '10.0.0.1', dst: '198.18.0.80' };
const V6 = { src: '2001:db8::1', dst: '2001:db8::80' };

/** Every preset; and streams in order by a box that checks nothing. */
const MODELS: Readonly<Record<string, Model>> = {
  ...PRESETS,
  'in-order': { ...PLAIN, stream: { ...PLAIN.stream, mode: 'in-order' } },
};

describe.each(Object.entries(MODELS))('a censor that is %s', (_, model) => {
  test.each([
    { name: 'ACKs', first: HELLO, payload: NOTHING },
    { name: 'TLS application data', first: HELLO, payload: APP_DATA },
    { name: 'allowed requests', first: ALLOWED, payload: ALLOWED },
  ])('allocates nothing for $name', async ({ first, payload }) => {
    const engine = newEngine(model);
    for (let i = 0; i < FLOWS; i++) open(engine, i, first);
    const ignored = engine.counters.ignored;
    const frames = Array.from({ length: FLOWS }, (_, i) =>
      exchange(i, first.length, payload),
    ).flat();
    expect(await growthPerPacket(engine, frames)).toBeLessThan(BYTES_PER_PACKET);
    expect(engine.flowCount).toBe(FLOWS);
    expect(engine.counters).toMatchObject({ malformed: 0, dropped: 0, ignored });
  });

  test.each([
    { name: 'of a protocol that it does not know', first: UNKNOWN, payload: UNKNOWN },
    { name: 'of QUIC after its handshake', first: INITIAL, payload: ONE_RTT },
  ])('allocates nothing for datagrams $name', async ({ first, payload }) => {
    const engine = newEngine(model);
    const frames = Array.from({ length: FLOWS }, (_, i) => {
      const { along, back } = endsOf(i);
      const begin = udpFrame({ ...along, payload: first });
      expect(engine.decide(begin, 0, begin.length, 0).kind).toBe('accept');
      return [udpFrame({ ...along, payload }), udpFrame({ ...back, payload })];
    }).flat();
    expect(await growthPerPacket(engine, frames.map(unchanged))).toBeLessThan(BYTES_PER_PACKET);
    expect(engine.flowCount).toBe(FLOWS);
    expect(engine.counters).toMatchObject({ malformed: 0, dropped: 0 });
  });

  test('allocates nothing for packets that are malformed or not TCP', async () => {
    const engine = newEngine(model);
    const frame = tcpFrame({ ...V4, srcPort: 1, dstPort: 2, seq: 0, ack: 0, flags: 'A' });
    const frames = [
      edit(frame, 23, 1),
      edit(frame, 12, 8, 6),
      edit(frame, 46, 0),
      frame.slice(0, 33),
    ];
    expect(await growthPerPacket(engine, frames.map(unchanged))).toBeLessThan(BYTES_PER_PACKET);
    expect(engine.counters.malformed).toBe(engine.counters.packets / 2);
  });
});

/** A frame that comes again and again; each time the number at `seqAt` has grown by `step`, and the checksum with it. */
interface Repeated {
  readonly bytes: Uint8Array;
  readonly seqAt: number;
  readonly checksumAt: number;
  readonly step: number;
}

function unchanged(bytes: Uint8Array): Repeated {
  return { bytes, seqAt: 0, checksumAt: 0, step: 0 };
}

function newEngine(model: Model): Engine {
  const { model: small, rules } = az2017({
    ...model,
    tcb: { ...model.tcb, capacity: 2 * FLOWS },
  });
  const list = { names: ['meydan.tv'], how: 'suffix', normalise: PLAIN.host.normalise } as const;
  const action = { do: 'drop' } as const;
  const more = (['quic.sni', 'dns.qname'] as const).map((kind) => {
    return { name: kind, trigger: names(kind, list), action, during: { from: 0, to: 1 } };
  });
  return new Engine({ policy: { model: small, rules: [...rules, ...more] } });
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
    { bytes: data, seqAt: tcpAt + 4, checksumAt: tcpAt + 16, step },
    { bytes: ack, seqAt: tcpAt + 8, checksumAt: tcpAt + 16, step },
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
 * Growth of the heap per packet, in bytes, once V8 has compiled what it runs: the least that was measured twice in a row. V8 compiles in the
 * background, on a busy machine late. Code that allocates goes on doing so however long it is warm.
 */
async function growthPerPacket(engine: Engine, frames: readonly Repeated[]): Promise<number> {
  const ring = ringOf(frames);
  for (let i = 1; ; i++) {
    for (let share = 0; share < WARM_UP; share++) play(engine, ring, share);
    const growth = Math.max(measured(engine, ring), measured(engine, ring));
    if (growth < BYTES_PER_PACKET || i === MOST_MEASUREMENTS) return growth;
    await new Promise((resolve) => setTimeout(resolve, TIME_TO_COMPILE));
  }
}

/** The median of many small shares: where much is allocated, the garbage collector runs in a share now and then, and hides it there. */
function measured(engine: Engine, ring: Ring): number {
  if (gc === undefined) throw new Error('run with node --expose-gc');
  gc();
  const growths = new Float64Array(SHARES);
  for (let share = 0; share < SHARES; share++) {
    const before = process.memoryUsage().heapUsed;
    play(engine, ring, share);
    growths[share] = process.memoryUsage().heapUsed - before;
  }
  return (growths.sort()[SHARES / 2] as number) / PACKETS;
}

interface Ring {
  readonly bytes: Uint8Array;
  /** Five numbers for each frame: start, end, places of the number that grows and of the checksum, step. */
  readonly frames: Int32Array;
}

function ringOf(frames: readonly Repeated[]): Ring {
  const places = new Int32Array(5 * frames.length);
  let length = 0;
  const parts = frames.map(({ bytes, seqAt, checksumAt, step }, i) => {
    const slot = placed(bytes);
    const at = length + slot.at;
    places.set([at, length + slot.end, at + seqAt, at + checksumAt, step], 5 * i);
    length += slot.bytes.length;
    return slot.bytes;
  });
  return { bytes: concat(...parts), frames: places };
}

/** One share of the packets, by turns. */
function play(engine: Engine, { bytes, frames }: Ring, share: number): void {
  const now = CLOCK[share] as number;
  let accepted = 0;
  for (let i = 0; i < PACKETS; i++) {
    const at = (5 * i) % frames.length;
    const verdict = engine.decide(bytes, frames[at] as number, frames[at + 1] as number, now);
    accepted ^= verdict.kind === 'accept' ? 1 : 2;
    const step = frames[at + 4] as number;
    if (step > 0) grow(bytes, frames[at + 2] as number, frames[at + 3] as number, step);
  }
  expect(accepted).toBe(0);
}

/** RFC 1624 §3: the checksum follows the words that change. */
function grow(bytes: Uint8Array, seqAt: number, checksumAt: number, step: number): void {
  const old = i32(bytes, seqAt);
  const next = (old + step) | 0;
  putU32(bytes, seqAt, next);
  let sum = (~u16(bytes, checksumAt) & 0xffff) + (~old & 0xffff) + (~(old >>> 16) & 0xffff);
  sum += (next & 0xffff) + (next >>> 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  putU16(bytes, checksumAt, ~sum & 0xffff);
}
