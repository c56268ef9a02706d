import type { Millis } from '../../src/base/units.ts';
import { buildPacket, parsePacket } from '../../src/evasion/packet.ts';
import { randomFrom } from '../../src/evasion/random.ts';
import type { Rewriter } from '../../src/evasion/rewriter.ts';
import { type ShapeFacts, type WirePacket, wireOf } from '../../src/evasion/shape.ts';
import type { Carrier, Strategy } from '../../src/evasion/strategy.ts';
import { withTcpLength } from '../../src/wire/dns/response.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { timestamps } from '../support/linux-end.ts';
import {
  ascii,
  clientHello,
  concat,
  httpRequest,
  type Segment,
  tcpFrame,
} from '../support/packets.ts';

export interface Attempt {
  readonly strategy: Strategy;
  readonly carrier: Carrier;
  readonly name?: string;
  /** A box answers the request with a RST, in place of the server. */
  readonly isReset?: boolean;
  /** The first time that it is sent, it is not answered, and the kernel sends it again. */
  readonly isLost?: boolean;
  /** Bytes of a ClientHello before the name. */
  readonly before?: number;
  /** Of an HTTP request. */
  readonly path?: string;
}

/** What the client's own wire shows of one connection: beyond the rewriter, with a kernel before it that does as Linux does. */
export function clientWire(attempt: Attempt): WirePacket[] {
  const wire = new ClientWire(attempt.strategy.rewriter?.({ ...factsOf(attempt), random }));
  const isDatagram = attempt.carrier === 'dns' && (attempt.strategy.asks?.by ?? 'udp') === 'udp';
  if (isDatagram) ask(wire, attempt);
  else connect(wire, attempt);
  return wireOf(wire.frames);
}

/** The same of a client that knows no strategy, and writes the name as this one does not. */
export function plainWire(carrier: Carrier): WirePacket[] {
  return clientWire({ strategy: PLAIN, carrier });
}

export function factsOf({ strategy, carrier, name = NAME }: Attempt): ShapeFacts {
  const spelt = strategy.spell?.(name) ?? name;
  return { name: spelt, dyingTtl: DYING_TTL, carrier, ownResolver: OWN_RESOLVER };
}

class ClientWire {
  readonly frames: { way: 'out' | 'in'; time: Millis; frame: Uint8Array }[] = [];
  now: Millis = 0;
  readonly #rewriter: Rewriter | undefined;

  constructor(rewriter: Rewriter | undefined) {
    this.#rewriter = rewriter;
  }

  /** The kernel sends it. */
  send(frame: Uint8Array): void {
    const packet = parsePacket(frame);
    const made = packet && this.#rewriter?.out(packet);
    const leaving = made?.map((one) => ({ frame: buildPacket(one.packet), delay: one.delay }));
    for (const one of leaving ?? [{ frame, delay: 0 }])
      this.frames.push({ way: 'out', time: this.now + one.delay, frame: one.frame });
    this.frames.sort((a, b) => a.time - b.time);
  }

  /** What the kernel sees of it. */
  receive(frame: Uint8Array): Uint8Array[] {
    this.frames.push({ way: 'in', time: this.now, frame });
    const packet = parsePacket(frame);
    const made = packet && this.#rewriter?.in?.(packet);
    return made?.map((one) => buildPacket(one.packet)) ?? [frame];
  }
}

function connect(wire: ClientWire, attempt: Attempt): void {
  const { strategy, carrier, isReset = false, isLost = false } = attempt;
  const said = saidOf(attempt);
  const [along, back] = endsOf(strategy, portOf(strategy, carrier));
  const client = (fields: Partial<Segment>): void =>
    wire.send(tcpFrame({ ...along, seq: 1000, ack: 5000, flags: 'A', tcpOptions, ...fields }));
  const server = (fields: Partial<Segment>): Uint8Array[] =>
    wire.receive(tcpFrame({ ...back, seq: 5000, ack: 1000, flags: 'A', tcpOptions, ...fields }));
  client({ seq: 999, ack: 0, flags: 'S', tcpOptions: synOptions });
  wire.now += 10;
  const [answer] = server({ seq: 4999, flags: 'SA', tcpOptions: synOptions });
  client({});
  wire.now += strategy.pause ?? 0;
  const window = parsePacket(answer as Uint8Array)?.tcp?.window as number;
  for (let at = 0; at < said.length; ) {
    const end = Math.min(said.length, at + (at === 0 ? Math.min(window, FULL) : FULL));
    client({ seq: 1000 + at, flags: 'PA', payload: said.slice(at, end) });
    if (at === 0 && window < said.length) {
      wire.now += 10;
      server({ ack: 1000 + end });
    }
    at = end;
  }
  wire.now = Math.max(wire.now, wire.frames.at(-1)?.time ?? 0) + 10;
  if (isLost) {
    wire.now += 200;
    client({ flags: 'PA', payload: said.slice(0, FULL) });
    wire.now += 10;
  }
  const next = 1000 + said.length;
  if (!isReset) {
    server({ ack: next, flags: 'PA', payload: ascii('answer') });
    client({ seq: next, ack: 5006 });
    client({ seq: next, ack: 5006, flags: 'FA' });
    return;
  }
  if (server({ flags: 'R', ack: next, tcpOptions: NOTHING }).length === 0) {
    wire.now += 200;
    client({ flags: 'PA', payload: said });
    client({ seq: next, flags: 'FA' });
  }
}

/** Asks again, once, if no answer comes to the program. */
function ask(wire: ClientWire, { strategy, name = NAME }: Attempt): void {
  const isOwn = (strategy.asks?.whom ?? 'own') === 'own';
  const resolver = isOwn ? OWN_RESOLVER : '9.9.9.9';
  const ports = { srcPort: PORT, dstPort: 53 };
  const back = { src: resolver, dst: CLIENT, srcPort: 53, dstPort: PORT };
  const payload = dnsQuery(strategy.spell?.(name) ?? name);
  for (let tries = 0; tries < 2; tries++) {
    wire.now += 1000;
    wire.send(udpFrame({ src: CLIENT, dst: resolver, ...ports, payload }));
    wire.now += 10;
    if (wire.receive(udpFrame({ ...back, payload })).length > 0) return;
  }
}

function saidOf({ strategy, carrier, name = NAME, before = 0, path = '/' }: Attempt): Uint8Array {
  const spelt = strategy.spell?.(name) ?? name;
  const facts = { name: spelt, dyingTtl: DYING_TTL, random };
  const hello = {
    ...(spelt === '' ? {} : { sni: spelt }),
    before: [[0x0017, before]] as const,
  };
  switch (carrier) {
    case 'https':
      return strategy.says?.(clientHello(hello), facts) ?? clientHello(hello);
    case 'http': {
      const asked = httpRequest({ target: path, host: spelt, after: ['Accept: */*'] });
      return strategy.says?.(asked, facts) ?? asked;
    }
    case 'dns':
      return strategy.asks?.by === 'https'
        ? clientHello({ sni: 'resolver.test' })
        : withTcpLength(dnsQuery(spelt));
  }
}

function portOf({ ports, asks }: Strategy, carrier: Carrier): number {
  if (carrier === 'dns') return asks?.by === 'https' ? 443 : 53;
  return ports?.[carrier] ?? (carrier === 'https' ? 443 : 80);
}

function endsOf({ ip }: Strategy, port: number) {
  const [src, dst] = ip === 6 ? ['2001:db8::1', '2001:db8::80'] : [CLIENT, '198.18.0.80'];
  return [
    { src, dst, srcPort: PORT, dstPort: port },
    { src: dst, dst: src, srcPort: port, dstPort: PORT },
  ] as const;
}

export const PLAIN: Strategy = {
  id: 'plain',
  number: '-',
  class: 'segmentation',
  does: 'Nothing.',
  source: 'what a kernel sends',
  shape: undefined,
};
const NAME = 'blocked.test';
const CLIENT = '10.0.0.1';
const PORT = 40_000;
const OWN_RESOLVER = '10.0.0.53';
const DYING_TTL = 3;
const random = randomFrom(1);
const NOTHING = new Uint8Array(0);
const tcpOptions = timestamps(5_000_000, 0);
/** MSS 1460, timestamps, a window scale of 7. */
const synOptions = concat(Uint8Array.of(2, 4, 5, 180), tcpOptions, Uint8Array.of(1, 3, 3, 7));
const FULL = 1448;
