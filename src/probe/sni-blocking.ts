import { withoutBrackets } from '../base/address.ts';
import { experiment } from './experiment.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { connectTo } from './steps/connect.ts';
import { shakeHands } from './steps/handshake.ts';
import { hangUp } from './steps/hang-up.ts';
import { Trace } from './steps/trace.ts';

/** OONI's SNI blocking (ts-024): handshakes with one server, once for the name in question and once for one that is allowed. */
export function probeSniBlocking(request: ProbeRequest): Promise<Observation> {
  const url = new URL(request.url);
  const name = withoutBrackets(url.hostname);
  const { control = '', timeoutMs } = request;
  const port = url.port || '443';
  const options = [`ControlSNI=${control}`];
  return experiment({ ...SNI_BLOCKING, input: name, options }, async () => {
    const [target, allowed] = await Promise.all([shake(name), shake(control)]);
    const result = resultOf(target.subresult, allowed.subresult);
    const test_keys = { control: allowed.subresult, target: target.subresult, result };
    const { failure } = target.subresult;
    const isSuccess = result === SUCCESS;
    const says = `${result}${failure === null ? '' : ` (${failure})`}`;
    const { remote, local } = target;
    return {
      observation: { failure: isSuccess ? null : failure, says, result, remote, local },
      test_keys,
    };
  });

  async function shake(sni: string) {
    const trace = new Trace();
    const leg = trace.leg();
    const made = await connectTo(
      trace,
      leg,
      request,
      `https://${request.connect ?? control}:${port}/`,
    );
    const { socket, remote = '', local } = made;
    let { failure } = made;
    if (socket !== undefined) {
      const shaken = await shakeHands(trace, leg, socket, {
        serverName: sni,
        address: remote,
        timeoutMs,
      });
      ({ failure } = shaken);
      if (shaken.tls === undefined) socket.destroy();
      else await hangUp(shaken.tls);
    }
    const { requests: _, ...techniques } = trace.techniques();
    const th_address = `${control}:${port}`;
    return {
      remote,
      local,
      subresult: { failure, sni, th_address, requests: null, ...techniques },
    };
  }
}

interface Subresult {
  readonly failure: string | null;
  readonly tls_handshakes: readonly unknown[];
}

/** The classification of ts-024; that the server has no certificate for a name is no sign of a censor. */
export function resultOf(target: Subresult, control: Subresult): string {
  const { failure } = target;
  const isUnreachable = target.tls_handshakes.length === 0;
  if (failure === null || failure === 'ssl_invalid_hostname') return SUCCESS;
  if (isUnreachable) return UNREACHABLE;
  if (failure === 'generic_timeout_error') {
    const isUp = control.failure === null || control.failure === 'ssl_invalid_hostname';
    return isUp ? 'anomaly.timeout' : UNREACHABLE;
  }
  return RESULTS[failure] ?? 'anomaly.unexpected_failure';
}

const SNI_BLOCKING = { test_name: 'sni_blocking', test_version: '0.3.0' };
const SUCCESS = 'success.got_server_hello';
const UNREACHABLE = 'anomaly.test_helper_unreachable';
const RESULTS: Readonly<Record<string, string>> = {
  connection_refused: UNREACHABLE,
  connection_reset: 'interference.reset',
  eof_error: 'interference.closed',
  ssl_invalid_certificate: 'interference.invalid_certificate',
  ssl_unknown_authority: 'interference.unknown_authority',
};
