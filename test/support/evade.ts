import { Engine } from '../../src/engine/engine.ts';
import { randomFrom } from '../../src/evasion/random.ts';
import { decoyNameFor } from '../../src/evasion/request.ts';
import type { Carrier, Strategy } from '../../src/evasion/strategy.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Attempt } from './attempt.ts';
import { craft, type Sent } from './craft.ts';
import { LinuxEnd } from './linux-end.ts';
import { clientHello, httpRequest } from './packets.ts';
import { Path } from './path.ts';
import { type ReadRequest, readRequest } from './requests-read.ts';

/** What a request is made over where a strategy does not say. */
export function carrierOf({ over = ['https'] }: Strategy): Carrier {
  return over.includes('https') ? 'https' : 'http';
}

/**
 * A client fetches a name by a strategy of the catalogue through a box, from a server, both of them Linux; its packets go through
 * the strategy's rewriter as they would in a lab.
 */
export function evade(strategy: Strategy, policy: Policy, name: string): Attempt {
  const carrier = carrierOf(strategy);
  const port = strategy.ports?.[carrier] ?? (carrier === 'https' ? 443 : 80);
  const client = { address: '10.0.0.1', port: 40_000, isn: 0xffff_ffe0 };
  const server = { address: '198.18.0.80', port, isn: 0x7fff_ffe0 };
  const spelt = strategy.spell?.(name) ?? name;
  const facts = { name: spelt, dyingTtl: policy.model.hops.before + 2, random: randomFrom(1) };
  const asked = carrier === 'https' ? clientHello({ sni: spelt }) : httpRequest({ host: spelt });
  const bytes = strategy.says?.(asked, facts) ?? asked;
  const clientEnd = new LinuxEnd({ own: client, peer: server, role: 'client' });
  const serverEnd = new LinuxEnd({ own: server, peer: client, role: 'server', answer });
  const rewriter = strategy.rewriter?.(facts);
  const path = new Path({
    engine: new Engine({ policy }),
    client: clientEnd,
    server: serverEnd,
    hops: policy.model.hops,
    ...(rewriter === undefined ? {} : { rewriter }),
  });
  const send = (sent: Sent): void =>
    path.send('client', craft(client, server, { timestampBy: 0, ...sent }));
  send({ at: -1, flags: 'S' });
  if (strategy.pause !== undefined) path.wait(strategy.pause);
  clientEnd.hasSaid(bytes.length);
  send({ at: 0, payload: bytes });
  for (let timeout = 200; timeout <= 800; timeout *= 2) {
    const at = clientEnd.acknowledged;
    if (clientEnd.state !== 'established' || at === bytes.length) break;
    path.wait(timeout);
    send({ at, payload: bytes.slice(at) });
  }
  const got = readRequest(serverEnd.read);
  return {
    hasSucceeded: isRequest(got) && got.name === spelt && clientEnd.read.equals(ANSWER),
    hasLeaked: isRequest(got) && got.name === decoyNameFor(spelt),
    wasReset: clientEnd.wasReset || serverEnd.wasReset,
  };
}

function answer(read: Buffer): Uint8Array | undefined {
  return isRequest(readRequest(read)) ? ANSWER : undefined;
}

function isRequest(read: ReturnType<typeof readRequest>): read is ReadRequest {
  return typeof read === 'object';
}

const ANSWER = Buffer.from('answer');
