import { expect, test } from 'vitest';
import { DatagramInspector } from '../../src/engine/datagram-inspector.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { Sink } from '../../src/engine/sink.ts';
import { Flow } from '../../src/flow/flow.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import type { Model } from '../../src/policy/model.ts';
import { Observation, type ObservationKind } from '../../src/policy/observation.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { az2017 } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { clientHello, clientHelloMessage, hex, httpRequest, tcpFrame } from '../support/packets.ts';
import { clientDatagram, cryptoFrame, initialPacket, PING } from '../support/quic.ts';

/** Bytes that an open flow of which nothing more is read may take; and one whose next message will be read. */
const DECIDED = 400;
const WAITING = 800;
const CAPACITY = 65_536;
/** In each share. */
const FLOWS = 5000;
const SHARES = 3;
const HELLO = clientHello({ sni: 'www.example.org' });
const REQUEST = httpRequest({ host: 'www.example.org' });
const DCID = hex`01 02 03 04 05 06 07 08`;
const MESSAGE = clientHelloMessage({ sni: 'www.example.org' });
/** Made once, and before anything is measured: to make them takes longer than to read them. */
const HANDSHAKES = flows(HELLO);

test.each<{ name: string; model: Model; most: number }>([
  { name: 'plain', model: PRESETS.plain, most: DECIDED },
  { name: 'stateless-substring', model: PRESETS['stateless-substring'], most: DECIDED },
  { name: 'first-payload', model: PRESETS['first-payload'], most: DECIDED },
  { name: 'naive-stream', model: PRESETS['naive-stream'], most: DECIDED },
  { name: 'strict', model: PRESETS.strict, most: WAITING },
])('a flow after a TLS handshake takes $most bytes at most ($name)', ({ model, most }) => {
  expect(bytesPerFlow(model, HANDSHAKES)).toBeLessThanOrEqual(most);
});

test('a flow after a request that came in two segments keeps no room for the next', () => {
  const requests = flows(REQUEST.slice(0, 20), REQUEST.slice(20));
  expect(bytesPerFlow(PRESETS['naive-stream'], requests)).toBeLessThanOrEqual(WAITING);
});

test.each<{ asks: readonly ObservationKind[]; want: readonly boolean[] }>([
  { asks: ['quic.sni'], want: [true, false, false] },
  { asks: ['quic.sni', 'tls.server-flight'], want: [true, true, true] },
])('what was read of QUIC is kept until nothing more of $asks may come', ({ asks, want }) => {
  const sink: Sink = {
    asksAbout: (kind) => asks.includes(kind),
    take: () => false,
    hasFound: false,
  };
  const model = { ...PLAIN, quic: { crypto: 'reassembled', connections: 'ports' } as const };
  const inspector = new DatagramInspector(model, sink, new Observation(), new MemoryBudget(1e6));
  const flow = new Flow(0);
  const half = MESSAGE.length >> 1;
  const datagrams = [
    { frames: [cryptoFrame(0, MESSAGE.slice(0, half))] },
    { frames: [cryptoFrame(half, MESSAGE.slice(half))], packetNumber: 1 },
    { frames: [PING], from: 'server' as const, keysFrom: DCID },
  ].map((initial) => {
    const isServer = 'from' in initial;
    const direction = isServer ? 'to-client' : 'to-server';
    const payload = isServer
      ? initialPacket({ dcid: DCID, ...initial })
      : clientDatagram({ dcid: DCID, ...initial });
    const { along, back } = endsOf(0);
    const frame = udpFrame({ ...(isServer ? back : along), payload });
    flow.half(direction).countPayload(payload.length);
    const packet = new PacketView().decode(frame, 0, frame.length);
    inspector.inspect(packet, flow, flow.half(direction), direction);
    return flow.reading !== undefined;
  });
  expect(datagrams).toEqual(want);
});

/**
 * Of the heap, and of the tables that are made once for as many flows as there may be. The median of some shares: in others,
 * something else is allocated too.
 */
function bytesPerFlow(model: Model, frames: readonly (readonly Uint8Array[])[]): number {
  const policy = az2017({ ...model, tcb: { ...model.tcb, capacity: CAPACITY } });
  const buffersBefore = process.memoryUsage().arrayBuffers;
  const engine = new Engine({ policy });
  const inTables = (process.memoryUsage().arrayBuffers - buffersBefore) / CAPACITY;
  const growths = Array.from({ length: SHARES + 1 }, (_, share) => {
    const before = heapUsed();
    for (let i = share * FLOWS; i < (share + 1) * FLOWS; i++) {
      // a copy: what V8 adds to an array that is read would be counted, if the array stayed
      for (const frame of frames[i] ?? []) engine.decide(frame.slice(), 0, frame.length, 0);
    }
    return (heapUsed() - before) / FLOWS;
  });
  expect(engine.flowCount).toBe((SHARES + 1) * FLOWS);
  expect(engine.counters).toMatchObject({ dropped: 0, malformed: 0, ignored: 0 });
  const rest = growths.slice(1); // in the first, much is compiled
  return inTables + (rest.sort((a, b) => a - b)[(SHARES - 1) / 2] as number);
}

function heapUsed(): number {
  if (gc === undefined) throw new Error('run with node --expose-gc');
  gc();
  return process.memoryUsage().heapUsed;
}

/** Enough for all shares. */
function flows(...payloads: readonly Uint8Array[]): Uint8Array[][] {
  return Array.from({ length: (SHARES + 1) * FLOWS }, (_, i) => tcpFlow(i, ...payloads));
}

function tcpFlow(i: number, ...payloads: readonly Uint8Array[]): Uint8Array[] {
  const { along, back } = endsOf(i);
  const isn = 0x7000_0000 + i;
  const frames = [
    tcpFrame({ ...along, seq: isn, ack: 0, flags: 'S' }),
    tcpFrame({ ...back, seq: isn, ack: isn + 1, flags: 'SA' }),
  ];
  let seq = isn + 1;
  for (const payload of payloads) {
    frames.push(tcpFrame({ ...along, seq, ack: isn + 1, flags: 'PA', payload }));
    seq += payload.length;
  }
  return [...frames, tcpFrame({ ...back, seq: isn + 1, ack: seq, flags: 'PA', payload: HELLO })];
}

function endsOf(i: number) {
  const [src, dst] = ['10.0.0.1', `10.1.${i >>> 8}.${i & 0xff}`];
  return {
    along: { src, dst, srcPort: 40_000, dstPort: 443 },
    back: { src: dst, dst: src, srcPort: 443, dstPort: 40_000 },
  };
}
