import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { encode, RECURSION_DESIRED } from 'dns-packet';
import { formatEndpoint } from '../../base/address.ts';
import type { Query } from '../../ooni/techniques.ts';
import { failureOf } from '../failure.ts';
import { type Answered, type AsnOf, readResponse } from './answers.ts';
import type { Leg, Trace } from './trace.ts';

export interface Question {
  readonly hostname: string;
  readonly type: 'A' | 'AAAA';
}

/** A resolver, and how it is asked. */
export interface UdpResolver {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs?: number | undefined;
  /** How long more answers are waited for. */
  readonly lateMs?: number;
}

/**
 * Asks a resolver over UDP, and answers with the first response. What comes after it is waited for behind the measurement's
 * back: a second answer is the mark of somebody on the path (OONI, tq-002).
 */
export function askOverUdp(
  trace: Trace,
  leg: Leg,
  { hostname, type }: Question,
  resolver: UdpResolver,
  asnOf: AsnOf,
): Promise<Answered> {
  const { address, port, timeoutMs = TIMEOUT, lateMs = LATE } = resolver;
  const id = 1 + Math.floor(Math.random() * 0xffff);
  const packet = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name: hostname, type }],
  });
  const resolverAddress = formatEndpoint(address, port);
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const t0 = trace.seconds();
  let answered = false;
  const queryOf = (failure: string | null, more: Partial<Query> = {}): Query => ({
    answers: null,
    engine: 'udp',
    failure,
    hostname,
    query_type: type,
    resolver_hostname: null,
    resolver_port: null,
    resolver_address: resolverAddress,
    ...more,
    t0,
    t: trace.seconds(),
    ...leg,
  });
  const event = (operation: 'read_from' | 'write_to', from: number, failure: string | null) => ({
    ...{ address: resolverAddress, failure, operation, proto: 'udp' as const },
    ...{ t0: from, t: trace.seconds(), ...leg },
  });
  return new Promise((resolve) => {
    const settle = (failure: string | null, addresses: readonly string[], query: Query): void => {
      answered = true;
      clearTimeout(timer);
      trace.queries.push(query);
      resolve({ failure, addresses });
    };
    const fail = (failure: string): void => {
      if (answered) return;
      trace.networkEvents.push(event('read_from', t0, failure));
      settle(failure, [], queryOf(failure));
      socket.close();
    };
    const timer = setTimeout(() => fail('generic_timeout_error'), timeoutMs);
    socket.on('error', (error) => fail(failureOf(error)));
    socket.on('message', (bytes) => {
      const read = readResponse(bytes, type, asnOf);
      if (read === undefined || read.id !== id) return;
      const { failure, answers, addresses, rcode } = read;
      trace.networkEvents.push({ ...event('read_from', t0, null), num_bytes: bytes.length });
      const raw_response = bytes.toString('base64');
      const query = queryOf(failure, { answers, rcode, raw_response });
      if (answered) {
        trace.lateAnswers.push(query);
        return;
      }
      settle(failure, addresses, query);
      trace.pending.push(closeLater(socket, lateMs));
    });
    // Node tells the callback of an error, too; its types do not say so.
    socket.connect(port, address, (unconnected?: Error) => {
      if (unconnected) {
        fail(failureOf(unconnected));
        return;
      }
      socket.send(packet, (error) => {
        if (error !== null) fail(failureOf(error));
        else {
          trace.networkEvents.push({ ...event('write_to', t0, null), num_bytes: packet.length });
        }
      });
    });
  });
}

async function closeLater(socket: Socket, milliseconds: number): Promise<void> {
  await pause(milliseconds);
  socket.close();
}

/** In ms; how long OONI's probe waits for an answer, and for more after it. */
const TIMEOUT = 4000;
const LATE = 500;
