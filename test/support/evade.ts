import { Engine } from '../../src/engine/engine.ts';
import { randomFrom } from '../../src/evasion/random.ts';
import { decoyNameFor } from '../../src/evasion/request.ts';
import type { Rewriter } from '../../src/evasion/rewriter.ts';
import type { Strategy, WebCarrier } from '../../src/evasion/strategy.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { craft, type Sent } from './craft.ts';
import { LinuxEnd } from './linux-end.ts';
import { clientHello, httpRequest } from './packets.ts';
import { Path } from './path.ts';
import { type ReadRequest, readRequest } from './requests-read.ts';

/** How a client fetches something. */
export interface Fetch {
  readonly port: number;
  /** What its program writes. */
  readonly bytes: Uint8Array;
  /** What the server is to read; by default what the program writes. */
  readonly wanted?: Uint8Array;
  /** What goes over the wire of it, and besides; by default it goes in one packet. */
  readonly packets?: readonly Sent[];
  readonly hasTimestamps: boolean;
  /** Between the handshake and the first packet. */
  readonly pause?: number;
  readonly rewriter?: Rewriter | undefined;
}

/** What came of it. */
export interface Fetched {
  /** The server read exactly what it was to, and the client read the answer. */
  readonly hasSucceeded: boolean;
  /** In the request that the server read, if it read one. */
  readonly name: string | undefined;
  /** An end obeyed a RST. */
  readonly wasReset: boolean;
}

/** What came of one attempt to fetch a name. */
export interface Attempt extends Fetched {
  /** The server took a decoy for what its client said. */
  readonly hasLeaked: boolean;
}

/** What a request is made over where a strategy does not say. */
export function carrierOf({ over = ['https'] }: Strategy): WebCarrier {
  return over.includes('https') ? 'https' : 'http';
}

/** A client fetches a name by a strategy of the catalogue; its packets go through the strategy's rewriter as they would in a lab. */
export function evade(strategy: Strategy, policy: Policy, name: string): Attempt {
  const carrier = carrierOf(strategy);
  const spelt = strategy.spell?.(name) ?? name;
  const facts = { name: spelt, dyingTtl: policy.model.hops.before + 2, random: randomFrom(1) };
  const asked = carrier === 'https' ? clientHello({ sni: spelt }) : httpRequest({ host: spelt });
  const bytes = strategy.says?.(asked, facts) ?? asked;
  const fetched = fetchPast(policy, {
    port: strategy.ports?.[carrier] ?? (carrier === 'https' ? 443 : 80),
    bytes,
    // of TLS, what a strategy says otherwise are records and urgent bytes, which a message has none of
    wanted: carrier === 'https' ? asked : bytes,
    hasTimestamps: true,
    pause: strategy.pause ?? 0,
    rewriter: strategy.rewriter?.(facts),
  });
  return { ...fetched, hasLeaked: fetched.name === decoyNameFor(spelt) };
}

/** A client fetches something through a box, from a server, both of them Linux. */
export function fetchPast(policy: Policy, how: Fetch): Fetched {
  const { bytes, wanted = bytes, packets = [{ at: 0, payload: bytes }], pause = 0 } = how;
  const client = { address: '10.0.0.1', port: 40_000, isn: 0xffff_ffe0 };
  const server = { address: '198.18.0.80', port: how.port, isn: 0x7fff_ffe0 };
  const clientEnd = new LinuxEnd({ own: client, peer: server, role: 'client' });
  const serverEnd = new LinuxEnd({ own: server, peer: client, role: 'server', answer });
  const path = new Path({
    engine: new Engine({ policy }),
    client: clientEnd,
    server: serverEnd,
    hops: policy.model.hops,
    rewriter: how.rewriter,
  });
  const stamps = how.hasTimestamps ? { timestampBy: 0 } : {};
  const send = (sent: Sent): void =>
    path.send('client', craft(client, server, { ...stamps, ...sent }));
  send({ at: -1, flags: 'S' });
  path.wait(pause);
  clientEnd.hasSaid(bytes.length);
  for (const sent of packets) send(sent);
  // whatever was not acknowledged, from the first byte on, as TCP does when its timer runs out
  for (let timeout = 200; timeout <= 800; timeout *= 2) {
    const at = clientEnd.acknowledged;
    if (clientEnd.state !== 'established' || at === bytes.length) break;
    path.wait(timeout);
    send({ at, payload: bytes.slice(at), ...stillUrgent(packets, at) });
  }
  const got = requestIn(serverEnd.read);
  const isWanted = got?.message.equals(requestIn(Buffer.from(wanted))?.message ?? NOTHING) ?? false;
  return {
    hasSucceeded: isWanted && clientEnd.read.equals(ANSWER),
    name: got?.name,
    wasReset: clientEnd.wasReset || serverEnd.wasReset,
  };
}

/** Of a segment from `at` on, if an urgent byte lies ahead of it. */
function stillUrgent(packets: readonly Sent[], at: number): Partial<Sent> {
  const ends = packets.map((sent) => sent.at + (sent.urgentPointer ?? -sent.at));
  const urgentPointer = Math.max(0, ...ends) - at;
  return urgentPointer > 0 ? { flags: 'PAU', urgentPointer } : {};
}

function answer(read: Buffer): Uint8Array | undefined {
  return requestIn(read) === undefined ? undefined : ANSWER;
}

function requestIn(read: Buffer): ReadRequest | undefined {
  const request = readRequest(read);
  return typeof request === 'object' ? request : undefined;
}

const ANSWER = Buffer.from('answer');
const NOTHING = Buffer.alloc(0);
