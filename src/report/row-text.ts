import { counted } from '../base/counted.ts';
import type { ProbeRequest } from '../probe/observation.ts';
import type { Expectation } from '../scenario/schema.ts';

/** What a probe went for, in a line: the URL and whatever was special about it. */
export function formatTarget(request: ProbeRequest): string {
  const { url, connect, host, split, tls, group, after, beside, bridge, control, ip } = request;
  return [
    url,
    connect && `at ${connect}`,
    host && `Host: ${host}`,
    split && `split in the ${split}`,
    tls && `TLS ${tls}`,
    group && `group ${group}`,
    after && `after ${after.join(', ')}`,
    beside && `beside ${beside}`,
    bridge && `bridge: ${bridge}`,
    control && `beside ${control}`,
    ip === 6 && 'IPv6',
  ]
    .filter(Boolean)
    .join(' ');
}

/** The fields that an expectation and an observation have in common. */
export interface RowFacts {
  readonly failure: string | null;
  readonly accessible?: boolean | null | undefined;
  readonly blocking?: string | false | null | undefined;
  readonly result?: string | undefined;
  readonly hop?: number | undefined;
  readonly answers?: number | undefined;
  readonly blocking_flags?: number | undefined;
  readonly dns_flags?: number | undefined;
  readonly exit?: number | undefined;
  readonly says?: string | undefined;
  readonly status?: number | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly answered?: number | undefined;
  /** Of many tries, how many had this failure. */
  readonly failing?: number | string | undefined;
  readonly beside?: string | null | undefined;
  readonly bootstrap?: string | undefined;
  readonly connectedMs?: string | undefined;
  readonly afterMs?: string | undefined;
  readonly originBytes?: number | undefined;
  readonly connections?: number | undefined;
  readonly resets?: { readonly client: number; readonly server: number } | undefined;
}

export function formatFacts(facts: RowFacts): string {
  const {
    failure,
    accessible,
    blocking,
    result,
    blocking_flags,
    dns_flags,
    hop,
    answers,
    exit,
    says,
    status,
    addresses,
    answered,
    beside,
    bootstrap,
    connectedMs,
    afterMs,
    originBytes,
    connections,
    resets,
    failing,
  } = facts;
  return [
    (failure ?? (accessible === false ? 'not accessible' : 'works')) +
      (failing === undefined ? '' : ` ${failing} times`),
    blocking !== undefined && `blocking ${blocking}`,
    result,
    blocking_flags !== undefined && `flags ${blocking_flags}`,
    dns_flags !== undefined && `DNS flags ${dns_flags}`,
    hop !== undefined && `at TTL ${hop}`,
    answers !== undefined && counted(answers, 'answer'),
    exit !== undefined && `exit ${exit}`,
    says,
    status !== undefined && `HTTP ${status}`,
    addresses !== undefined && (addresses.join(' ') || 'no address'),
    answered !== undefined && `${answered} answered before`,
    beside !== undefined && `beside it: ${beside ?? 'works'}`,
    bootstrap !== undefined && `bootstrap ${bootstrap} %`,
    connectedMs !== undefined && `connected in ${connectedMs} ms`,
    afterMs !== undefined && `failed after ${afterMs} ms`,
    connections !== undefined && `${connections} conn.`,
    originBytes !== undefined && `${originBytes} B at origin`,
    resets !== undefined && `RST ${resets.client}+${resets.server}`,
  ]
    .filter((part) => part !== false && part !== undefined)
    .join(', ');
}

/** `times`: how often it is tried. */
export function factsOfExpectation(see: Expectation['see'], times = 1): RowFacts {
  return {
    ...see,
    failing: see.failing?.join('–') ?? (times > 1 ? times : undefined),
    bootstrap:
      typeof see.bootstrap === 'object' ? see.bootstrap.join('–') : see.bootstrap?.toString(),
    connectedMs: see.connected_after_ms?.join('–'),
    afterMs: see.failed_after_ms?.join('–'),
    originBytes: see.origin?.request_bytes,
    connections: see.origin?.connections,
  };
}
