import { Engine } from '../../src/engine/engine.ts';
import { findStrategy } from '../../src/evasion/find.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { craft, type Sent } from './craft.ts';
import { evade } from './evade.ts';
import type { Endpoint } from './linux-end.ts';
import { ascii, concat, internetChecksum, tcpFrame } from './packets.ts';

/** Something that happens past a box; whether the box lets all of it through. */
export type Scenario = (policy: Policy) => boolean;

/** A frame, and how long after the one before it. */
export interface Step {
  readonly frame: Uint8Array;
  readonly after: number;
}

/** The client of a strategy of the catalogue gets what it asks for. */
export function fetched(id: string): Scenario {
  const strategy = findStrategy(id);
  return (policy) => evade(strategy, policy, 'blocked.test').hasSucceeded;
}

/** Frames as somebody in front of the box sees them; nobody answers that is not among them. */
export function talk(...steps: readonly Step[]): Scenario {
  return (policy) => verdictsOn(policy, steps).every((isLet) => isLet);
}

/** The same, but only what becomes of the last one counts. */
export function endOf(...steps: readonly Step[]): Scenario {
  return (policy) => verdictsOn(policy, steps).at(-1) === true;
}

export interface Connection {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

export function connection(ports: { client?: number; server?: number } = {}): Connection {
  return {
    client: { address: '10.0.0.1', port: ports.client ?? 40_000, isn: 0xffff_ffe0 },
    server: { address: '198.18.0.80', port: ports.server ?? 443, isn: 0x7fff_ffe0 },
  };
}

export function clientSays(sent: Partial<Sent>, { client, server } = connection()): Step {
  return step(craft(client, server, { at: 0, ...sent }));
}

export function serverSays(sent: Partial<Sent>, { client, server } = connection()): Step {
  return step(craft(server, client, { at: 0, ...sent }));
}

export function syn(of = connection()): Step {
  return clientSays({ at: -1, flags: 'S' }, of);
}

export function synAck(of = connection()): Step {
  return serverSays({ at: -1, flags: 'SA' }, of);
}

export function handshake(of = connection()): Step[] {
  return [syn(of), synAck(of), clientSays({ flags: 'A' }, of)];
}

export function step(frame: Uint8Array): Step {
  return { frame, after: 1 };
}

export function later(after: number, { frame }: Step): Step {
  return { frame, after };
}

/** The client's segment over IPv6, behind extension headers of these types. */
export function overIpv6(payload: Uint8Array, ...types: readonly number[]): Step {
  const ends = { src: '2001:db8::1', dst: '2001:db8:1::80', srcPort: 40_000, dstPort: 443 };
  const frame = tcpFrame({ ...ends, seq: 1, ack: 1, flags: 'PA', payload });
  const headers = types.map((_, i) => Uint8Array.of(types[i + 1] ?? 6, 0, 1, 4, 0, 0, 0, 0));
  const fragmented = concat(frame.slice(0, 54), ...headers, frame.slice(54));
  const length = fragmented.length - 54;
  fragmented.set([length >>> 8, length & 0xff, types[0] ?? 6], 18);
  return step(fragmented);
}

/** The bytes of an IPv4 packet's contents from `from` to `to`, as a fragment; in place of those, `contents`. */
export function fragment(
  { frame }: Step,
  from: number,
  to: number,
  contents: Uint8Array = frame.slice(34 + from, 34 + to),
): Step {
  const hasMore = 34 + to < frame.length;
  const piece = concat(frame.slice(0, 34), contents);
  const [length, bits] = [20 + contents.length, (hasMore ? 0x2000 : 0) | (from / 8)];
  piece.set([length >>> 8, length & 0xff], 16);
  piece.set([bits >>> 8, bits & 0xff], 20);
  piece.set([0, 0], 24);
  const sum = internetChecksum(piece.slice(14, 34));
  piece.set([sum >>> 8, sum & 0xff], 24);
  return step(piece);
}

/** A request of these lines. */
export function head(...lines: readonly string[]): Uint8Array {
  return ascii([...lines, '', ''].join('\r\n'));
}

function verdictsOn(policy: Policy, steps: readonly Step[]): boolean[] {
  const engine = new Engine({ policy });
  let now = 0;
  return steps.map(({ frame, after }) => {
    now += after;
    const verdict = engine.decide(frame, 0, frame.length, now);
    return verdict.kind === 'inject' ? verdict.original === 'accept' : verdict.kind === 'accept';
  });
}
