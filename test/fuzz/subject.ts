import { putU16, u16 } from '../../src/base/bytes.ts';
import { Engine } from '../../src/engine/engine.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import type { Model } from '../../src/policy/model.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import type { Residual } from '../../src/policy/residual.ts';
import type { Rule } from '../../src/policy/rule.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { ipChecksumHolds, tcpChecksumHolds, udpChecksumHolds } from '../../src/wire/checksum.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { EVERY_ACTION, everyTrigger } from '../support/every-rule.ts';
import { tcpFrame } from '../support/packets.ts';

/** Something that may never be, whatever the packets. */
export class Broken extends Error {}

/** An engine, and what must hold for each of its verdicts. */
export class Subject {
  readonly name: string;
  readonly engine: Engine;
  readonly memory: MemoryBudget;
  /** Of the slowest decision: how long it took, and how many came before it. */
  slowestMs = 0;
  slowestCount = 0;
  /** How long the decision took that was watched. */
  watchedMs = 0;
  #watched = -1;
  readonly #capacity: number;
  readonly #ring = new Uint8Array(RING).fill(0xa5);
  readonly #trigger = new PacketView({ tcpHeader: 'trust-dataofs', extensionHeaders: 'walk' });
  readonly #injected = new PacketView();
  #count = 0;

  constructor(name: string, policy: Policy, memoryLimit = MEMORY) {
    this.name = name;
    this.memory = new MemoryBudget(memoryLimit);
    this.#capacity = policy.model.tcb.capacity;
    this.engine = new Engine({ policy, seed: 7, memory: this.memory });
  }

  take(frame: Uint8Array, now: number): Verdict {
    const at = 3 + (this.#count % 61);
    const end = at + frame.length;
    this.#ring.set(frame, at);
    this.#ring[end] = 0xa5;
    const startedAt = performance.now();
    const verdict = this.engine.decide(this.#ring, at, end, now);
    const ms = performance.now() - startedAt;
    if (ms > this.slowestMs) {
      this.slowestMs = ms;
      this.slowestCount = this.#count;
    }
    if (this.#count === this.#watched) this.watchedMs = ms;
    this.#count++;
    this.#check(verdict, frame, at, end, now);
    return verdict;
  }

  watch(count: number): void {
    this.#watched = count;
  }

  /** Every flow ends, as others begin long after; nothing is held then. */
  finish(now: number): void {
    for (let i = 0; i <= this.#capacity; i++) {
      // The sum of both ports, and with it the checksum, stays the same.
      putU16(LATE_SYN, 34, 1 + i);
      putU16(LATE_SYN, 36, 0xffff - i);
      this.engine.decide(LATE_SYN, 0, LATE_SYN.length, now + 1e7 * (i + 1));
    }
    if (this.memory.used !== 0) fail(`${this.memory.used} bytes are held although no flow is left`);
  }

  #check(verdict: Verdict, frame: Uint8Array, at: number, end: number, now: number): void {
    const isSame = Buffer.compare(this.#ring.subarray(at, end), frame) === 0;
    if (!isSame || this.#ring[end] !== 0xa5) fail('the frame was changed');
    if (this.engine.flowCount > this.#capacity) fail(`${this.engine.flowCount} flows are kept`);
    if (this.memory.used < 0) fail('more memory was given back than taken');
    if (this.memory.used > this.memory.limit) fail(`${this.memory.used} bytes are held`);
    switch (verdict.kind) {
      case 'accept':
      case 'drop':
        return;
      case 'hold':
        checkTime('held', verdict.until, now);
        return;
      case 'inject':
        this.#checkInjections(verdict, frame, now);
        return;
      default:
        fail(`the verdict is ${JSON.stringify(verdict)}`);
    }
  }

  #checkInjections(verdict: Verdict & { kind: 'inject' }, frame: Uint8Array, now: number): void {
    const { original, until = now, packets, decision } = verdict;
    checkTime('held', until, now);
    if (!['accept', 'drop', 'replace'].includes(original)) fail(`the original is ${original}`);
    if (original === 'replace' && packets.length === 0) fail('nothing is put in its place');
    if (decision.rule === '' || decision.view.readLength < 0) fail('the decision says nothing');
    JSON.stringify(decision);
    const trigger = this.#trigger.decode(frame, 0, frame.length);
    for (const { way, frame: bytes, delay, notBefore = now } of packets) {
      if (!(delay >= 0)) fail(`a delay of ${delay}`);
      checkTime('injected', notBefore, now);
      const packet = this.#injected.decode(bytes, 0, bytes.length);
      this.#checkFrame(packet);
      if (trigger.isFragment) continue; // its ports are in another fragment
      const isBack = way === 'back';
      if (packet.isTcp !== trigger.isTcp) fail('the injection is of another protocol');
      if (packet.srcPort !== (isBack ? trigger.dstPort : trigger.srcPort))
        fail('its source port is wrong');
      if (packet.dstPort !== (isBack ? trigger.srcPort : trigger.dstPort))
        fail('its destination port is wrong');
    }
  }

  #checkFrame(packet: PacketView): void {
    if (packet.malformed !== undefined)
      fail(`an injected frame: ${JSON.stringify(packet.malformed)}`);
    if (packet.ipEnd !== packet.frameEnd) fail('an injected frame is longer than its packet');
    const longest = u16(packet.bytes, 12) === 0x8100 ? LONGEST_TAGGED : LONGEST_INJECTION;
    if (packet.frameEnd > longest) fail(`an injected frame of ${packet.frameEnd} bytes`);
    if (!packet.isTcp && !packet.isUdp) fail('an injected frame has neither TCP nor UDP');
    const holds = packet.isTcp
      ? tcpChecksumHolds(packet, packet.transportAt)
      : udpChecksumHolds(packet, packet.transportAt);
    if (!ipChecksumHolds(packet) || !holds) fail('an injected frame has a wrong checksum');
  }
}

/** Every preset with a rule of every kind; `turn` says which rule has which action. */
export function everyPolicy(turn: number, capacity: number): { name: string; policy: Policy }[] {
  const presets = Object.entries(PRESETS).map(([name, model]) => ({ name, model }));
  return [...presets, ...VARIANTS].map(({ name, model }, i) => ({
    name,
    policy: {
      model: {
        ...model,
        position: (turn + i) % 3 === 2 ? ('on-path' as const) : model.position,
        failMode: (turn + i) % 2 === 0 ? ('open' as const) : ('closed' as const),
        tcb: { ...model.tcb, capacity },
      },
      rules: rulesOf(model, turn),
    },
  }));
}

function rulesOf(model: Model, turn: number): Rule[] {
  return everyTrigger(model, true).map((trigger, i): Rule => {
    const number = turn + i;
    const action = EVERY_ACTION[number % EVERY_ACTION.length] as Rule['action'];
    const residual = number % 4 === 0 ? RESIDUALS[(number >>> 2) % RESIDUALS.length] : undefined;
    const probability = number % 3 === 0 ? 0.3 : undefined;
    return { name: `${trigger.observes} ${number}`, trigger, action, residual, probability };
  });
}

function checkTime(what: string, until: number, now: number): void {
  if (!(Number.isFinite(until) && until >= now)) fail(`${what} until ${until}, at ${now}`);
}

function fail(what: string): never {
  throw new Broken(what);
}

const { plain, strict } = PRESETS;
/** What no preset has. */
const VARIANTS: readonly { name: string; model: Model }[] = [
  {
    name: 'strict, last copy, every SYN',
    model: {
      ...strict,
      stream: {
        ...strict.stream,
        overlap: 'last',
        limit: { ...strict.stream.limit, packets: 40, onLimit: 'freeze' },
      },
      tcb: {
        ...strict.tcb,
        onSecondSyn: 'multi',
        roles: 'synack-sender-is-server',
        create: 'synack',
        eviction: 'newest',
      },
      ip: { defrag: 'last' },
    },
  },
  {
    name: 'full, strict overlap, no checks',
    model: {
      ...plain,
      stream: {
        ...plain.stream,
        mode: 'full',
        overlap: 'strict',
        outOfOrder: 'buffer',
        urgent: 'oob',
      },
      tcb: {
        ...plain.tcb,
        synPayload: 'inspect',
        resyncOn: ['rst', 'syn', 'ack', 'synack'],
        teardown: {
          on: ['rst', 'rstack', 'fin', 'oddflags'],
          match: 'ports-ignored',
          does: 'forget',
        },
      },
      tls: { ...plain.tls, recordReassembly: 16_384, everyHello: true },
      ip: { defrag: 'first' },
      dns: { udp: true, tcp: true, ports: 'any', qdStrict: true },
    },
  },
  {
    name: 'in order, as Windows does, trusting',
    model: {
      ...plain,
      stream: {
        ...plain.stream,
        mode: 'in-order',
        overlap: 'windows',
        minSegment: 4,
        urgent: 'drop',
        limit: { bytes: 2000, packets: 0, time: 20, onLimit: 'drop' },
      },
      validate: { ...plain.validate, headerLength: 'trust-dataofs', seq: 'exact' },
      tcb: {
        ...plain.tcb,
        teardown: { on: ['rst', 'fin'], match: '4tuple+seq-window', does: 'resync' },
        eviction: 'half-open',
      },
      tls: { ...plain.tls, parse: 'prefix-strict', onPartial: 'drop', recordReassembly: 600 },
      http: {
        ...plain.http,
        endOfLine: 'crlf',
        hostField: 'target',
        whenHost: 'head',
        whitespace: 'strict',
        versions: 'known',
        methods: ['GET', 'POST', 'CONNECT'],
        http2: true,
        leadingBlankLines: true,
      },
      ip6: { extHeaders: 'walk' },
      ip: { defrag: 'drop-fragments' },
    },
  },
  {
    name: 'packets, header of 20 bytes, names anywhere',
    model: {
      ...plain,
      validate: { ...plain.validate, headerLength: 'trust-20' },
      stream: { ...plain.stream, limit: { ...plain.stream.limit, packets: 3, onLimit: 'freeze' } },
      tls: { ...plain.tls, parse: 'substring' },
      http: { ...plain.http, parse: 'substring', hostField: 'last', nameCase: 'exact' },
      ip6: { extHeaders: 'drop' },
      quic: { crypto: 'reassembled', connections: 'ids' },
      ip: { defrag: 'linux' },
    },
  },
];
const RESIDUALS: readonly Residual[] = (
  ['4-tuple', '3-tuple', '2-tuple', 'source', 'destination'] as const
).map((scope, i) => ({
  scope,
  duration: 40,
  refresh: i % 2 === 0,
  does: i % 2 === 0 ? 'drop' : 'reset',
  way: i === 2 ? 'to-server' : 'both',
  after: i === 1 ? 5 : 0,
}));
const LATE_SYN = tcpFrame({
  src: '10.9.9.9',
  dst: '10.8.8.8',
  srcPort: 1,
  dstPort: 0xffff,
  seq: 1,
  ack: 0,
  flags: 'S',
});
const RING = 1 << 18;
const MEMORY = 256 * 1024;
/** What an interface with an MTU of 1,500 bytes sends. */
const LONGEST_INJECTION = 1514;
const LONGEST_TAGGED = 1518;
