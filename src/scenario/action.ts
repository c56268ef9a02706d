import { parseAddress } from '../base/address.ts';
import type { Action } from '../policy/act/action.ts';
import type { DnsAction } from '../policy/act/dns.ts';
import type { ResetAction } from '../policy/act/reset.ts';
import type { RespondAction } from '../policy/act/respond.ts';
import { buildHttpResponse } from '../wire/http/response.ts';
import type { ActionSpec, DnsSpec, ResetSpec, RespondSpec } from './action-schema.ts';

/** What an action of a scenario stands for. */
export function actionOf(spec: ActionSpec): Action {
  switch (spec.do) {
    case 'pass':
    case 'drop':
      return spec;
    case 'blackhole':
      return { do: spec.do, way: spec.way, trigger: spec.trigger, duration: spec.duration_ms };
    case 'reset':
      return resetOf(spec);
    case 'respond':
      return respondOf(spec);
    case 'dns':
      return dnsOf(spec);
    case 'throttle': {
      const { rate_kbps: rate, burst_bytes: burst, how, way } = spec;
      return { do: spec.do, rate, burst, how, way };
    }
    case 'delay':
      return { do: spec.do, by: spec.ms, way: spec.way };
  }
}

function resetOf(spec: ResetSpec): ResetAction {
  const { ip_id: ipId, delay_ms: delay, dont_fragment: dontFragment, ...rest } = spec;
  return { ...rest, ipId, delay, dontFragment };
}

/** The server's RST is one as `reset` sends without being told more. */
function respondOf(spec: RespondSpec): RespondAction {
  const { ttl, ip_id: ipId, delay_ms: delay, dont_fragment: dontFragment } = spec;
  return {
    do: 'respond',
    payload: payloadOf(spec),
    server: spec.server,
    shape: {
      ...{ to: 'server', count: 1, flags: 'R', window: 0, seq: 'exact' },
      ...{ ttl, ipId, delay, dontFragment },
    },
  };
}

function payloadOf({ raw, status = 200, reason = '', headers = {}, body = '' }: RespondSpec) {
  if (raw !== undefined) return new TextEncoder().encode(raw);
  return buildHttpResponse({ status, reason, headers: Object.entries(headers), body });
}

function dnsOf(spec: DnsSpec): DnsAction {
  const { count, delay_ms: delay, ttl, ip_id: ipId, answer } = spec;
  const rcode = answer === 'forged' || answer === 'empty' ? 'noerror' : answer;
  const answers = answer === 'forged' ? recordsOf(spec.addresses, spec.ttl_s) : [];
  return { do: 'dns', rcode, answers, count, delay, ttl, ipId };
}

function recordsOf(addresses: readonly string[], ttl: number): DnsAction['answers'] {
  return addresses.map((text) => {
    const address = parseAddress(text) as Uint8Array;
    return { type: address.length === 4 ? 'A' : 'AAAA', address, ttl };
  });
}
