import { Engine } from '../../src/engine/engine.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { craft, type Sent } from './craft.ts';
import { LinuxEnd } from './linux-end.ts';
import { Path } from './path.ts';
import { type ReadRequest, readRequest } from './requests-read.ts';
import { DECOY_NAME, requestOf, type Sending, type Strategy } from './strategies.ts';

/** What came of one attempt to fetch a name. */
export interface Attempt {
  /** The server read exactly the request, and the client read the answer. */
  readonly hasSucceeded: boolean;
  /** The server took the bytes of a decoy for its client's. */
  readonly hasLeaked: boolean;
  /** An end obeyed a RST. */
  readonly wasReset: boolean;
}

/** A client fetches a name by this strategy through a box, from a server, both of them Linux. */
export function attempt(strategy: Strategy, policy: Policy, name: string): Attempt {
  const client = { address: '10.0.0.1', port: 40_000, isn: 0xffff_ffe0 };
  const server = { address: '198.18.0.80', port: strategy.port, isn: 0x7fff_ffe0 };
  const request = requestOf(strategy, name);
  const clientEnd = new LinuxEnd({
    own: client,
    peer: server,
    role: 'client',
    dropsResets: strategy.dropsResets,
  });
  const serverEnd = new LinuxEnd({ own: server, peer: client, role: 'server', answer });
  const path = new Path({
    engine: new Engine({ policy }),
    client: clientEnd,
    server: serverEnd,
    hops: policy.model.hops,
  });
  const time = strategy.hasTimestamps ? { timestampBy: 0 } : {};
  const send = (sent: Sent): void =>
    path.send('client', craft(client, server, { ...time, ...sent }));
  const sending = strategy.send(request);
  send({ at: -1, flags: 'S', payload: strategy.synPayload });
  clientEnd.hasSaid(sending.bytes.length);
  for (const sent of sending.packets) send(sent);
  retransmit(sending, clientEnd, path, send);
  const got = readRequest(serverEnd.read);
  const hasGot = isRequest(got) && Buffer.compare(got.message, request.message) === 0;
  return {
    hasSucceeded: hasGot && clientEnd.read.equals(ANSWER),
    hasLeaked: isRequest(got) && got.name === DECOY_NAME,
    wasReset: clientEnd.wasReset || serverEnd.wasReset,
  };
}

/** Whatever was not acknowledged, from the first byte on, as TCP does when its timer runs out. */
function retransmit(
  { bytes, packets }: Sending,
  client: LinuxEnd,
  path: Path,
  send: (sent: Sent) => void,
): void {
  for (let timeout = 200; timeout <= 800; timeout *= 2) {
    const at = client.acknowledged;
    if (client.state !== 'established' || at === bytes.length) return;
    path.wait(timeout);
    const pointer = Math.max(0, urgentEnd(packets) - at);
    const urgent = pointer > 0 ? { flags: 'PAU', urgentPointer: pointer } : {};
    send({ at, payload: bytes.slice(at), ...urgent });
  }
}

function urgentEnd(packets: readonly Sent[]): number {
  return Math.max(0, ...packets.map(({ at, urgentPointer = -at }) => at + urgentPointer));
}

function answer(read: Buffer): Uint8Array | undefined {
  return isRequest(readRequest(read)) ? ANSWER : undefined;
}

function isRequest(read: ReturnType<typeof readRequest>): read is ReadRequest {
  return typeof read === 'object';
}

const ANSWER = Buffer.from('answer');
