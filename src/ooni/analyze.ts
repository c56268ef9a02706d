import { asnFrom } from './asn.ts';
import { type Control, readControl } from './control.ts';
import { decide } from './decide.ts';
import { flagsOf } from './flags.ts';
import { httpDiff } from './http-diff.ts';
import { isLegacy, readLegacySteps } from './legacy-steps.ts';
import { dnsConsistency, findNames, type NameFinding } from './name-findings.ts';
import { hostOfUrl } from './names.ts';
import { type Network, parseNetwork } from './network.ts';
import { readSteps } from './read-steps.ts';
import type { RecordedKeys } from './recorded-keys.ts';
import { inTellingOrder, isFinal, type Step } from './steps.ts';
import { tellStep } from './tell-step.ts';
import type { WebVerdict } from './test-keys.ts';

export interface MeasuredAbout {
  /** The URL that was measured. */
  readonly input: string | null | undefined;
  /** `198.18.0.0/15 2001:db8::/32`: what plays the Internet in a lab; whose addresses are no bogons. */
  readonly publicNetworks?: string | undefined;
}

export interface Analysis {
  readonly verdict: WebVerdict;
  /** What it rests on, a sentence each; what decided comes first. */
  readonly reasons: readonly string[];
}

/** What web_connectivity's observations come to. Total: whatever is missing is not known. */
export function analyzeWebConnectivity(keys: RecordedKeys, about: MeasuredAbout): Analysis {
  const control = readControl(keys, about.input ?? '');
  const inputHost = hostOfUrl(about.input ?? '');
  const steps = isLegacy(keys) ? readLegacySteps(keys, inputHost) : readSteps(keys);
  const asnOf = asnFrom(keys);
  const classic = classicOf(steps, control, inputHost);
  const classicNames = findNames(namesOf(classic), control, asnOf);
  const consistency = dnsConsistency(classicNames);
  const { ending, reasons } = decide(classic, control, consistency);
  const { flags, reasons: flagReasons } = flagsOf({
    ...{ steps, control },
    names: findNames(namesOf(steps), control, asnOf),
    publicNetworks: networksOf(about.publicNetworks),
  });
  const final = inTellingOrder(classic).find((step) => step.stage !== 'dns' && isFinal(step));
  const page = final?.stage === 'http' ? final.exchange?.response : undefined;
  return {
    verdict: {
      dns_experiment_failure: classicNames.find(hasFailed)?.step.failure ?? null,
      dns_consistency: consistency,
      ...httpDiff(page, control.page),
      ...ending,
      ...flags,
    },
    reasons: [...new Set([...reasons, ...tellConsistency(classicNames, control), ...flagReasons])],
  };
}

/**
 * What decides the verdict (ts-017): the system's resolver, and endpoints that the page was to come from, at addresses
 * that it found or that came from no resolver, but not from the control. Where the file has no lookup of that resolver,
 * the control's addresses may be its own.
 */
function classicOf(steps: readonly Step[], control: Control, inputHost: string): readonly Step[] {
  const names = namesOf(steps);
  const found = new Set<string>();
  const knowsOwn = names.some(({ isClassic }) => isClassic);
  const foundByOthers = new Set(knowsOwn ? control.lookup?.addresses : []);
  for (const step of names) {
    for (const address of step.addresses) (step.isClassic ? found : foundByOthers).add(address);
  }
  return steps.filter((step) => {
    if (step.stage === 'dns') return step.isClassic;
    const isOurs = found.has(step.address) || step.address === inputHost;
    return step.fetchesPage && (isOurs || !foundByOthers.has(step.address));
  });
}

function tellConsistency(findings: readonly NameFinding[], control: Control): readonly string[] {
  return findings.flatMap(({ step, likeness }) => {
    const told = tellStep(step, control);
    switch (likeness) {
      case 'unknown':
        return [];
      case 'same-network':
        return [`${told}, of the same network`];
      default:
        return [told];
    }
  });
}

function hasFailed({ step }: NameFinding): boolean {
  return step.failure !== null;
}

function namesOf(steps: readonly Step[]): Extract<Step, { stage: 'dns' }>[] {
  return steps.filter((step) => step.stage === 'dns');
}

function networksOf(text: string | undefined): readonly Network[] {
  return (text ?? '').split(/[\s,]+/).flatMap((one) => parseNetwork(one) ?? []);
}
