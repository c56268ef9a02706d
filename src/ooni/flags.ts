import { isBogon } from './bogon.ts';
import { type Control, isOfSite } from './control.ts';
import { httpDiff, isOtherPage, isSamePage } from './http-diff.ts';
import { listed } from './listed.ts';
import type { NameFinding } from './name-findings.ts';
import type { Network } from './network.ts';
import {
  type EndpointStep,
  inTellingOrder,
  isFinal,
  isProof,
  lacksIpv6,
  type NameStep,
  type Outcome,
  type Step,
} from './steps.ts';
import { tellOwn, tellStep } from './tell-step.ts';
import type { WebVerdict } from './test-keys.ts';

type Flags = Pick<WebVerdict, 'x_blocking_flags' | 'x_dns_flags' | 'x_null_null_flags'>;

/** A flag that is set, and what for. */
interface Raised extends Partial<Flags> {
  readonly why?: string;
}

interface Observed {
  readonly steps: readonly Step[];
  readonly names: readonly NameFinding[];
  readonly control: Control;
  readonly publicNetworks: readonly Network[];
}

/** Everything that stands out, of any resolver and endpoint, as 0.5 of OONI's probe flags it. */
export function flagsOf(observed: Observed): { readonly flags: Flags; readonly reasons: string[] } {
  const raised = [
    ...nameFlags(observed),
    ...endpointsOf(observed.steps).flatMap((step) => [...endpointFlags(step, observed.control)]),
    ...redirectFlags(observed),
    ...finalFlags(observed),
  ];
  const sum = (key: keyof Flags): number => raised.reduce((all, one) => all | (one[key] ?? 0), 0);
  return {
    flags: {
      x_blocking_flags: sum('x_blocking_flags'),
      x_dns_flags: sum('x_dns_flags'),
      x_null_null_flags: sum('x_null_null_flags'),
    },
    reasons: raised.flatMap(({ why }) => why ?? []),
  };
}

function* nameFlags({ steps, names, control, publicNetworks }: Observed): Generator<Raised> {
  const isProven = provenIn(steps);
  for (const { step, likeness } of names) {
    const why = tellStep(step, control);
    const bogons = step.addresses.filter((address) => isBogon(address, publicNetworks));
    if (bogons.length > 0) {
      const told = `DNS lookup of ${step.domain} by ${step.engine}: nobody on the Internet has ${listed(bogons)}`;
      yield { x_dns_flags: DNS.bogon, why: told };
    }
    if (likeness === 'failed-alone') {
      yield { x_blocking_flags: BLOCKING.dns, x_dns_flags: DNS.unexpectedFailure, why };
    }
    if (likeness === 'other' && !isProven(step)) {
      yield { x_blocking_flags: BLOCKING.dns, x_dns_flags: DNS.unexpectedAddresses, why };
    }
    if (likeness === 'both-failed') yield { x_null_null_flags: EXPECTED.dns, why };
  }
  const alone = names.find(({ likeness }) => likeness === 'alone');
  if (alone !== undefined) {
    const why = `${tellOwn(alone.step)}; the control found no address`;
    yield { x_null_null_flags: EXPECTED.unexpectedAddresses, why };
  }
}

/**
 * Tells whether a server at one of a name's addresses proved to have it. An address counts for the first lookup that
 * found it, as with OONI: another resolver's answer stays strange.
 */
function provenIn(steps: readonly Step[]): (name: NameStep) => boolean {
  const finders = new Map<string, string>();
  for (const { addresses, lookup } of namesOf(steps)) {
    for (const address of addresses) if (!finders.has(address)) finders.set(address, lookup);
  }
  const proven = new Map<string, Set<string | undefined>>();
  for (const { address, handshake } of endpointsOf(steps)) {
    if (!isProof(handshake)) continue;
    const lookups = proven.get(handshake.serverName) ?? new Set();
    proven.set(handshake.serverName, lookups.add(finders.get(address)));
  }
  return ({ domain, lookup }) => proven.get(domain)?.has(lookup) ?? false;
}

function* endpointFlags(step: EndpointStep, control: Control): Generator<Raised> {
  const { depth, connect, handshake, exchange } = step;
  const atStart = depth === 0 ? control : undefined;
  const tcp = compare(connect, atStart?.connectOf(step.endpoint));
  const why = (stage: EndpointStep['stage'], failure: Outcome): string =>
    tellStep({ ...step, stage, failure }, control);
  if (tcp === 'failed-alone' && !lacksIpv6(step)) {
    yield { x_blocking_flags: BLOCKING.tcp, why: why('tcp', connect ?? null) };
  }
  if (tcp === 'both-failed')
    yield { x_null_null_flags: EXPECTED.tcp, why: why('tcp', connect ?? null) };
  if (handshake !== undefined) {
    const tls = compare(
      handshake.failure,
      atStart?.handshakeOf(step.endpoint, handshake.serverName),
    );
    if (tls === 'failed-alone') {
      yield { x_blocking_flags: BLOCKING.tls, why: why('tls', handshake.failure) };
    }
    if (tls === 'both-failed') {
      yield { x_null_null_flags: EXPECTED.tls, why: why('tls', handshake.failure) };
    }
  }
  if (compare(exchange?.failure, control.page?.failure) === 'failed-alone') {
    yield { x_blocking_flags: BLOCKING.http, why: why('http', exchange?.failure ?? null) };
  }
}

/** Behind a redirect there is nothing to compare single steps with, but the control may have got the page. */
function* redirectFlags({ steps, control }: Observed): Generator<Raised> {
  if (control.page?.failure !== null || endpointsOf(steps).some(isFinal)) return;
  for (const step of steps) {
    if (step.depth === 0 || (step.stage === 'dns' && !isOfSite(step, control))) continue;
    const raise = (stage: Step['stage'], failure: Outcome, flag: number): Raised[] =>
      failure === null
        ? []
        : [{ x_blocking_flags: flag, why: tellStep({ ...step, stage, failure } as Step, control) }];
    if (step.stage === 'dns') {
      yield* raise('dns', step.failure, BLOCKING.dns);
      continue;
    }
    if (!lacksIpv6(step)) yield* raise('tcp', step.connect ?? null, BLOCKING.tcp);
    yield* raise('tls', step.handshake?.failure ?? null, BLOCKING.tls);
  }
}

function* finalFlags({ steps, control }: Observed): Generator<Raised> {
  const final = endpointsOf(inTellingOrder(steps)).find(isFinal);
  if (final === undefined) return;
  const page = control.page;
  if (isProof(final.handshake)) {
    yield { x_blocking_flags: BLOCKING.success };
    if (page === undefined) yield { x_null_null_flags: EXPECTED.tlsWithoutControl };
  } else if (page?.failure === null) {
    const response = final.exchange?.response;
    const diff = httpDiff(response, page);
    if (isSamePage(diff)) yield { x_blocking_flags: BLOCKING.success };
    if (isOtherPage(diff, response, page)) yield { x_blocking_flags: BLOCKING.httpDiff };
  }
}

function compare(
  ours: Outcome | undefined,
  theirs: Outcome | undefined,
): 'failed-alone' | 'both-failed' | undefined {
  if (!ours || theirs === undefined) return undefined;
  return theirs === null ? 'failed-alone' : 'both-failed';
}

function endpointsOf(steps: readonly Step[]): EndpointStep[] {
  return steps.filter((step) => step.stage !== 'dns');
}

function namesOf(steps: readonly Step[]): NameStep[] {
  return steps.filter((step) => step.stage === 'dns');
}

const BLOCKING = { dns: 1, tcp: 2, tls: 4, http: 8, httpDiff: 16, success: 32 };
const DNS = { bogon: 1, unexpectedFailure: 2, unexpectedAddresses: 4 };
/** What may be as it ought to be, though nothing came of it. */
const EXPECTED = { dns: 1, tcp: 2, tls: 4, tlsWithoutControl: 8, unexpectedAddresses: 16 };
