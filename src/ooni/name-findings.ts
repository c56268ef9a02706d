import { type Control, lookupFor } from './control.ts';
import type { NameStep } from './steps.ts';
import type { WebVerdict } from './test-keys.ts';

/**
 * How an answer to the first request's name compares with the control's: `other` shares neither an address nor a
 * network with it; `alone`: the control found that the name has none; `unknown`: it has no answer for this name.
 */
export type Likeness =
  | 'same-address'
  | 'same-network'
  | 'other'
  | 'alone'
  | 'failed-alone'
  | 'both-failed'
  | 'unknown';

export interface NameFinding {
  readonly step: NameStep;
  readonly likeness: Likeness;
}

/** The number of an address's network; `undefined` if it is not known. */
export type AsnOf = (address: string) => number | undefined;

/**
 * One finding for each failure and each lookup that brought addresses, by the first answer that did; redirects are left
 * out, since the control looked up the first name alone.
 */
export function findNames(
  steps: readonly NameStep[],
  control: Control,
  asnOf: AsnOf,
): readonly NameFinding[] {
  const networks = new Set(control.lookup?.addresses.map(asnOf));
  const isNear = (address: string): boolean => {
    const asn = asnOf(address);
    return asn !== undefined && networks.has(asn);
  };
  const seen = new Set<string>();
  return steps.flatMap((step) => {
    if (step.depth !== 0) return [];
    if (step.failure === null && seen.has(step.lookup)) return [];
    if (step.failure === null) seen.add(step.lookup);
    return [{ step, likeness: likenessOf(step, lookupFor(control, step), isNear) }];
  });
}

/** Of the system's resolver alone. A valid TLS handshake does not make a strange address consistent, in OONI's results. */
export function dnsConsistency(findings: readonly NameFinding[]): WebVerdict['dns_consistency'] {
  const has = (...kinds: readonly Likeness[]): boolean =>
    findings.some(({ likeness }) => kinds.includes(likeness));
  if (has('other', 'failed-alone')) return 'inconsistent';
  if (has('same-address', 'same-network', 'both-failed')) return 'consistent';
  return has('alone') ? 'inconsistent' : null;
}

/** `isNear`: whether an address is in a network of the control's addresses. */
function likenessOf(
  step: NameStep,
  theirs: Control['lookup'],
  isNear: (address: string) => boolean,
): Likeness {
  if (theirs === undefined) return 'unknown';
  if (step.failure !== null) {
    const isEmpty = step.failure === 'dns_no_answer' && theirs.addresses.length === 0;
    return theirs.failure !== null || isEmpty ? 'both-failed' : 'failed-alone';
  }
  if (theirs.failure !== null || theirs.addresses.length === 0) return 'alone';
  if (step.addresses.some((address) => theirs.known.has(address))) return 'same-address';
  return step.addresses.some(isNear) ? 'same-network' : 'other';
}
