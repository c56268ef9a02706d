import { putU16, putU32 } from '../../src/base/bytes.ts';
import { Engine } from '../../src/engine/engine.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { RESET } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { everyTrigger } from '../support/every-rule.ts';
import { fragmentsOfSize } from '../support/fragments.ts';
import { ascii, clientHelloMessage, concat, hex, tcpFrame } from '../support/packets.ts';
import { clientDatagram, cryptoFrame } from '../support/quic.ts';
import { record } from '../support/tls.ts';

/** 2,000 instructions, as a scenario may have, which are all at work on text of one letter. */
const MANY_PATTERNS = Array.from({ length: 4 }, () => '(.?){120}!N');

/** Packets made to take as much time as they can. */
export interface Attack {
  readonly name: string;
  readonly model: Model;
  readonly triggers: readonly Matcher[];
  /** Packets before, which are not measured. */
  readonly before?: readonly Timed[];
  readonly frames: readonly Timed[];
}

export interface Timed {
  readonly frame: Uint8Array;
  readonly now: number;
}

export interface Cost {
  /** What the engine counted in one run. */
  readonly counters: Engine['counters'];
  readonly usPerPacket: number;
  readonly slowestMs: number;
}

/** Of each decision, the fastest of `runs` counts: what is slow every time is slow, and not something else on this machine. */
export function cost(attack: Attack, runs: number): Cost {
  const fastest = new Float64Array(attack.frames.length).fill(Number.POSITIVE_INFINITY);
  let counters: Cost['counters'] | undefined;
  for (let run = 0; run < runs; run++) counters = play(attack, fastest);
  if (counters === undefined) throw new Error('an attack is played once at least');
  const ms = fastest.reduce((sum, one) => sum + one, 0);
  const packets = fastest.length;
  const slowestMs = fastest.toSorted().at(-1) ?? 0;
  return { usPerPacket: (1000 * ms) / packets, slowestMs, counters };
}

function play(
  { model, triggers, before = [], frames }: Attack,
  fastest: Float64Array,
): Cost['counters'] {
  const rules = triggers.map((trigger) => ({ name: trigger.observes, trigger, action: RESET }));
  const engine = new Engine({ policy: { model, rules } });
  for (const { frame, now } of before) engine.decide(frame, 0, frame.length, now);
  for (const [i, { frame, now }] of frames.entries()) {
    const startedAt = performance.now();
    engine.decide(frame, 0, frame.length, now);
    fastest[i] = Math.min(fastest[i] as number, performance.now() - startedAt);
  }
  return engine.counters;
}

/** `size` is that of the messages, in bytes. */
export function attacks(size: number): Attack[] {
  const { strict, plain } = PRESETS;
  const all = everyTrigger(strict, false);
  const hello = clientHelloMessage({
    before: Array.from({ length: size / 4 }, () => [9, 0] as const),
  });
  const inRecords = Array.from({ length: size / 37 }, (_, i) =>
    record(22, hello.slice(32 * i, 32 * i + 32)),
  );
  const empty = concat(...Array.from({ length: size / 5 }, () => hex`16 03 03 00 00`));
  const requests = ascii('GET / HTTP/1.1\r\n\r\n'.repeat(size / 18));
  const patterns = ['(x+x+)+y', '(?:.?){240}[!]', '(?:[ab]{1,55}a[ab]{1,55}){2}[!-?]'];
  const words = [
    `${'a'.repeat(200)}b`,
    ...Array.from({ length: 200 }, (_, i) => `${'a'.repeat(i + 1)}c`),
  ];
  const attack = (name: string, bytes: Uint8Array, length: number, model = strict): Attack => ({
    name,
    model,
    triggers: all,
    frames: stream(bytes, length),
  });
  return [
    attack(
      'a head in segments of a byte',
      concat(ascii('GET / HTTP/1.1\r\nX: '), letters(size)),
      1,
    ),
    attack(
      'a head of short lines, by bytes',
      ascii(`GET / HTTP/1.1\r\n${'a\n'.repeat(size / 2)}`),
      1,
    ),
    attack('a request line, by bytes', concat(ascii('GET /'), letters(size)), 1),
    attack('blank lines, by bytes', ascii('\r\n'.repeat(size / 2)), 1),
    attack('a ClientHello of empty extensions, by bytes', record(22, hello).slice(0, size), 1),
    attack('a ClientHello in small records, by bytes', concat(...inRecords), 1),
    attack('records without contents', empty, 1460),
    attack('records without contents, by bytes', empty, 1),
    attack('pipelined requests in one packet', requests, 60_000),
    attack('pipelined requests in one packet, plain', requests, 60_000, plain),
    {
      name: 'bytes in reverse order',
      model: strict,
      triggers: all,
      frames: stream(letters(size), 1).reverse(),
    },
    {
      name: 'every second byte first',
      model: strict,
      triggers: all,
      frames: halves(stream(letters(size), 1)),
    },
    {
      name: 'keywords of one letter, and text of it',
      model: plain,
      triggers: [keywords('payload', { keywords: words, patterns: [] })],
      frames: stream(letters(20 * size), 1460),
    },
    {
      name: 'patterns that match in many ways',
      model: plain,
      triggers: [keywords('payload', { keywords: [], patterns })],
      frames: stream(ascii('xaab'.repeat(size / 4)), 1460),
    },
    {
      name: 'as many patterns as there may be, on a host',
      model: plain,
      triggers: [
        names('http.host', { names: MANY_PATTERNS, how: 'regex', normalise: plain.host.normalise }),
      ],
      frames: stream(ascii(`GET / HTTP/1.1\r\nHost: ${'a'.repeat(512)}\r\n\r\n`), 1460),
    },
    { name: 'DNS names of pointers', model: strict, triggers: all, frames: dnsPointers() },
    {
      name: 'QUIC Initials of tiny CRYPTO frames',
      model: strict,
      triggers: all,
      frames: cryptoFrames(),
    },
    { name: 'fragments of large datagrams', model: strict, triggers: all, frames: fragmentEnds() },
    ...expiries(plain),
    forgetting(plain),
  ];
}

/** The client's side of a connection. */
function stream(bytes: Uint8Array, length: number): Timed[] {
  const ends = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 443 };
  const frames = [tcpFrame({ ...ends, seq: 0, ack: 0, flags: 'S' })];
  for (let at = 0; at < bytes.length; at += length) {
    const payload = bytes.slice(at, at + length);
    frames.push(tcpFrame({ ...ends, seq: 1 + at, ack: 0, flags: 'A', payload }));
  }
  return frames.map((frame) => ({ frame, now: 0 }));
}

function halves(frames: readonly Timed[]): Timed[] {
  return [1, 0].flatMap((rest) => frames.filter((_, i) => i % 2 === rest));
}

/** Names whose pointers go back a little each time, and ones that go round. */
function dnsPointers(): Timed[] {
  const chain = new Uint8Array(1200);
  chain.set(hex`12 34 01 00 00 01 00 00 00 00 00 00 c4 00`);
  for (let at = 16; at < 1100; at += 2) putU16(chain, at, 0xc000 | (at - 2));
  const loop = concat(chain.slice(0, 12), hex`c0 0e c0 0c 00 01 00 01`);
  return Array.from({ length: 2000 }, (_, i) => {
    const payload = i % 2 === 0 ? chain : loop;
    return { frame: datagram(1 + i, 53, payload), now: 0 };
  });
}

function cryptoFrames(): Timed[] {
  const dcid = hex`83 94 c8 f0 3e 51 57 08`;
  const apart = Array.from({ length: 250 }, (_, i) => cryptoFrame(2 * ((i * 97) % 250), hex`01`));
  const payload = clientDatagram({ dcid, frames: apart });
  return Array.from({ length: 300 }, (_, i) => ({ frame: datagram(1 + i, 443, payload), now: 0 }));
}

function datagram(srcPort: number, dstPort: number, payload: Uint8Array): Uint8Array {
  return udpFrame({ src: '10.0.0.1', dst: '198.18.0.80', srcPort, dstPort, payload });
}

/** The last piece of each alone, as far out as it can be. */
function fragmentEnds(): Timed[] {
  const whole = udpFrame({
    src: '10.0.0.1',
    dst: '198.18.0.80',
    srcPort: 1,
    dstPort: 2,
    payload: letters(3000),
  });
  const last = fragmentsOfSize(whole, 7, 1400).at(-1) as Uint8Array;
  return Array.from({ length: 3000 }, (_, i) => {
    const frame = last.slice();
    putU16(frame, 18, i);
    putU16(frame, 20, 8000);
    return { frame, now: 0 };
  });
}

/** A packet to which all flows are too old, after as many as the table has room for. */
function expiries(model: Model): Attack[] {
  const before = syns(model.tcb.capacity).map((frame) => ({ frame, now: 0 }));
  const frames = syns(model.tcb.capacity + 50)
    .slice(-50)
    .map((frame) => ({ frame, now: 1e7 }));
  return [{ name: 'every flow expires at once', model, triggers: [], before, frames }];
}

/** A RST for which a box forgets all flows between two hosts, in a full table. */
function forgetting(plain: Model): Attack {
  const teardown = { on: ['rst'], match: 'ports-ignored', does: 'forget' } as const;
  const model: Model = { ...plain, tcb: { ...plain.tcb, teardown } };
  const before = syns(model.tcb.capacity).map((frame) => ({ frame, now: 0 }));
  const rst = tcpFrame({
    src: '10.1.1.1',
    dst: '10.2.2.2',
    srcPort: 1,
    dstPort: 2,
    seq: 1,
    ack: 0,
    flags: 'R',
  });
  const frames = Array.from({ length: 100 }, () => ({ frame: rst, now: 0 }));
  return { name: 'RSTs for all flows of two hosts', model, triggers: [], before, frames };
}

function syns(count: number): Uint8Array[] {
  const ends = { src: '11.0.0.0', dst: '198.18.0.80', srcPort: 1024, dstPort: 443 };
  const syn = tcpFrame({ ...ends, seq: 1, ack: 0, flags: 'S' });
  return Array.from({ length: count }, (_, i) => {
    const frame = syn.slice();
    putU32(frame, 26, 0x0b00_0000 + i);
    return frame;
  });
}

function letters(length: number): Uint8Array {
  return new Uint8Array(length).fill(0x61);
}
