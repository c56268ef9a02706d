import { setTimeout as pause } from 'node:timers/promises';
import { withoutBrackets } from '../base/address.ts';
import { counted } from '../base/counted.ts';
import { setTimeToLive, takeSocketError } from '../dataplane/ffi/tcp-socket.ts';
import type { TlsHandshake } from '../ooni/techniques.ts';
import { experiment } from './experiment.ts';
import { failureOf } from './failure.ts';
import { asnOf } from './lab-facts.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { dial, type Endpoint } from './steps/dial.ts';
import { describeHandshake, shakeHands } from './steps/handshake.ts';
import { hangUp } from './steps/hang-up.ts';
import { lookUp } from './steps/lookup.ts';
import { Trace } from './steps/trace.ts';

/**
 * OONI's TLS middlebox (ts-037): handshakes with one server whose packets go one hop further each time, for a name that is allowed
 * and for the one in question. Where the two part, something stands between.
 */
export function probeTlsMiddlebox(request: ProbeRequest): Promise<Observation> {
  const url = new URL(request.url);
  const { control = '', ip } = request;
  const port = Number(url.port || '443');
  const options = [`SNIControl=${control}`, `TestHelper=tlshandshake://${control}:${port}`];
  const input = `tlstrace://${url.host}`;
  return experiment({ ...TLS_MIDDLEBOX, input, options }, async () => {
    const trace = new Trace();
    const found = await lookUp(trace, trace.leg(), request.connect ?? control, ip, asnOf);
    const endpoints = found.addresses.map((address) => ({ address, port }));
    const first = endpoints[0];
    const dialled = first && (await dial(trace, trace.leg(), first));
    dialled?.socket?.destroy();
    const { queries, tcp_connect } = trace.techniques();
    if (first === undefined || dialled?.failure !== null) {
      const failure = dialled?.failure ?? found.failure;
      const says = `no connection to ${control}: ${failure}`;
      const test_keys = { queries, tcp_connect, iterative_trace: [] };
      return { observation: { failure, says, failedAt: 'connect' }, test_keys };
    }
    const [control_trace, target_trace] = await Promise.all([
      traceTo(trace, first, control, request),
      traceTo(trace, first, withoutBrackets(url.hostname), request),
    ]);
    const iterative_trace = [{ address: dialled.remote, control_trace, target_trace }];
    const test_keys = { queries, tcp_connect, iterative_trace };
    return { observation: observe(control_trace, target_trace), test_keys };
  });
}

interface Iteration {
  readonly ttl: number;
  readonly handshake: TlsHandshake;
}

export interface IterativeTrace {
  readonly server_name: string;
  readonly iterations: readonly Iteration[];
}

/** With the hops going up by one; what comes after the first handshake that got through, or was reset, is left out. */
async function traceTo(
  begun: Trace,
  endpoint: Endpoint,
  server_name: string,
  request: ProbeRequest,
): Promise<IterativeTrace> {
  const made: Promise<Iteration>[] = [];
  let isOver = false;
  for (let ttl = 1; ttl <= MOST_HOPS && !isOver; ttl++) {
    const iteration = shakeWithin(begun.another(), endpoint, server_name, ttl, request);
    made.push(iteration);
    const watch = async (): Promise<void> => {
      isOver ||= isEnd(await iteration);
    };
    void watch();
    await pause(BETWEEN);
  }
  const all = await Promise.all(made);
  const end = all.findIndex(isEnd);
  return { server_name, iterations: end < 0 ? all : all.slice(0, end + 1) };
}

function isEnd({ handshake: { failure } }: Iteration): boolean {
  return failure === null || !SILENT.includes(failure);
}

async function shakeWithin(
  trace: Trace,
  endpoint: Endpoint,
  serverName: string,
  ttl: number,
  { timeoutMs = TIMEOUT }: ProbeRequest,
): Promise<Iteration> {
  const leg = trace.leg(`ttl=${ttl}`);
  const t0 = trace.seconds();
  const { socket, failure, remote: address } = await dial(trace, leg, endpoint, { timeoutMs });
  if (socket === undefined) {
    const handshake = describeHandshake({ serverName, address, failure, isUnverified: true });
    return { ttl, handshake: { ...handshake, t0, t: trace.seconds(), ...leg } };
  }
  setTimeToLive(socket.socket, ttl);
  const options = { serverName, address, timeoutMs, alpn: ['http/1.1'], isUnverified: true };
  const { tls } = await shakeHands(trace, leg, socket, options);
  const code = takeSocketError(socket.socket);
  setTimeToLive(socket.socket, ENOUGH_HOPS); // so that the far side hears of the end
  // Closed, it would send again what nobody acknowledged, and all these hops would take that past the box.
  if (tls === undefined) socket.socket.resetAndDestroy();
  else await hangUp(tls);
  socket.destroy();
  const so_error =
    code === undefined ? {} : { so_error: failureOf(Object.assign(new Error(code), { code })) };
  return { ttl, handshake: { ...(trace.tlsHandshakes[0] as TlsHandshake), ...so_error } };
}

/** Where the two traces part; without a difference there is nothing between. */
export function observe(control: IterativeTrace, target: IterativeTrace): Observation {
  const end = control.iterations.findIndex(isEnd);
  const parting = target.iterations.find(({ ttl, handshake: { failure, so_error } }) => {
    const other = control.iterations.find((one) => one.ttl === ttl)?.handshake;
    if (other === undefined) return ttl === (control.iterations[end]?.ttl ?? 0) + 1;
    return failure !== other.failure || (so_error ?? null) !== (other.so_error ?? null);
  });
  const reached = target.iterations.find(isEnd)?.handshake.failure;
  const failure = reached === undefined ? 'generic_timeout_error' : reached;
  const says =
    parting === undefined
      ? `no difference in ${counted(control.iterations.length, 'hop')}`
      : `${target.server_name} parts from ${control.server_name} at TTL ${parting.ttl}`;
  return { failure, says, hop: parting?.ttl };
}

const TLS_MIDDLEBOX = { test_name: 'tlsmiddlebox', test_version: '0.1.0' };
/** Of OONI's probe (probe-cli, tlsmiddlebox): hops at most, and ms from one to the next. */
const MOST_HOPS = 20;
const BETWEEN = 100;
/** For a handshake, in ms. */
const TIMEOUT = 5000;
const ENOUGH_HOPS = 64;
const SILENT: readonly string[] = ['generic_timeout_error', 'host_unreachable'];
