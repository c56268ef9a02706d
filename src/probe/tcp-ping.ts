import { setTimeout as pause } from 'node:timers/promises';
import { experiment } from './experiment.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { connectTo } from './steps/connect.ts';
import { Trace } from './steps/trace.ts';

/** OONI's tcpping: whether connections can be made, again and again, and how long each takes. */
export function probeTcpPing(request: ProbeRequest): Promise<Observation> {
  const { hostname, port } = new URL(request.url);
  const input = `tcpconnect://${hostname}:${port}`;
  const options = [`Delay=${DELAY}`, `Repetitions=${PINGS}`];
  return experiment({ ...TCP_PING, input, options }, async () => {
    const trace = new Trace();
    const times: number[] = [];
    const failures: string[] = [];
    let says = '';
    for (let i = 0; i < PINGS; i++) {
      if (i > 0) await pause(DELAY);
      const made = await connectTo(trace, trace.leg(), request, request.url);
      made.socket?.destroy();
      if (made.connectMs !== undefined) times.push(made.connectMs);
      if (made.failure !== null) failures.push(made.failure);
      says = made.says;
    }
    const pings = trace.tcpConnect.map((one) => ({ tcp_connect: one }));
    // A name that does not resolve is not dialled; the format has no place for that.
    const test_keys = { pings, x_queries: trace.queries };
    const spread = `${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)} ms`;
    const observation: Observation = {
      failure: failures[0] ?? null,
      says: times.length === 0 ? says : `${times.length} of ${PINGS} connected, ${spread}`,
      connectMs: times.length === 0 ? undefined : Math.min(...times),
      remote: trace.networkEvents[0]?.address,
    };
    return { observation, test_keys };
  });
}

const TCP_PING = { test_name: 'tcpping', test_version: '0.2.0' };
/** As many as OONI's, at a tenth of its pause, in ms: a lab's network has nobody else to spare. */
const PINGS = 10;
const DELAY = 100;
