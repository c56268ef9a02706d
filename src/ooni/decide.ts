import { isLoopback } from './bogon.ts';
import { type Control, counterpartOf, isOfSite, lookupFor } from './control.ts';
import { httpDiff, isOtherPage, isSamePage } from './http-diff.ts';
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

type Ending = Pick<WebVerdict, 'blocking' | 'accessible' | 'http_experiment_failure'>;

/** What the first telling step says of the website, before the resolver is asked whether it can be trusted. */
type Judgement = 'accessible' | 'unknown' | 'down' | Exclude<WebVerdict['blocking'], false | null>;

interface Opinion {
  readonly judgement: Judgement;
  readonly failure: Outcome;
  readonly why: string;
}

/**
 * The documented order (ts-017; OONI's results where it is silent): the last thing that went furthest decides, a final
 * response before failures. A resolver that is inconsistent takes the blame for whatever is not accessible.
 */
export function decide(
  steps: readonly Step[],
  control: Control,
  consistency: WebVerdict['dns_consistency'],
): { readonly ending: Ending; readonly reasons: readonly string[] } {
  // Where nothing but the lack of IPv6 is left to tell, it is told last.
  const [lacking, telling] = split(inTellingOrder(steps), isOfNoIpv6);
  for (const step of [...telling, ...lacking]) {
    const opinion = step.stage === 'dns' ? judgeName(step, control) : judgeEndpoint(step, control);
    if (opinion === undefined) continue;
    const isBlamed = consistency === 'inconsistent' && opinion.judgement !== 'accessible';
    const ending = endingOf(isBlamed ? 'dns' : opinion.judgement);
    const blame = isBlamed && opinion.judgement !== 'dns' ? [BLAME] : [];
    return {
      ending: { ...ending, http_experiment_failure: opinion.failure },
      reasons: [opinion.why, ...blame],
    };
  }
  const why = steps.length === 0 ? NOTHING : SILENCE;
  return { ending: { ...endingOf('unknown'), http_experiment_failure: null }, reasons: [why] };
}

function isOfNoIpv6(step: Step): boolean {
  return step.stage !== 'dns' && lacksIpv6(step);
}

function split<T>(all: readonly T[], isOne: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(isOne), all.filter((one) => !isOne(one))];
}

function judgeEndpoint(step: EndpointStep, control: Control): Opinion | undefined {
  if (isFinal(step)) return judgePage(step, control);
  if (step.failure === null) return undefined;
  if (lacksIpv6(step)) {
    return { judgement: 'unknown', failure: step.failure, why: `${tellOwn(step)}; ${NO_IPV6}` };
  }
  const own = step.stage === 'tcp' ? 'tcp_ip' : 'http-failure';
  return judgeFailure(step, control, { own, inTheEnd: 'http-failure' });
}

function judgePage(step: EndpointStep, control: Control): Opinion {
  const opinion = (judgement: Judgement, why: string): Opinion => ({
    ...{ judgement, failure: null },
    why: `${tellOwn(step)}; ${why}`,
  });
  if (isProof(step.handshake)) {
    return opinion('accessible', 'it came over TLS, so it is the true one');
  }
  if (control.missing !== undefined) {
    return opinion('unknown', `${control.missing}: nothing to compare with`);
  }
  if (control.page === undefined)
    return opinion('unknown', 'the control has no page to compare with');
  const { failure } = control.page;
  if (failure !== null) return opinion('unknown', `the control did not get the page (${failure})`);
  const page = step.exchange?.response;
  const diff = httpDiff(page, control.page);
  const told = tellDiff(diff);
  if (isSamePage(diff)) return opinion('accessible', `the control's is like it (${told})`);
  const isKnown = Object.values(diff).includes(false);
  const why = isKnown ? "the control's is another one" : "nothing shows that it is the control's";
  const judgement = isOtherPage(diff, page, control.page) ? 'http-diff' : 'unknown';
  return opinion(judgement, `${why} (${told})`);
}

function tellDiff(diff: ReturnType<typeof httpDiff>): string {
  const { status_code_match, body_length_match, headers_match, title_match } = diff;
  const lengths = body_length_match === null ? '' : ` (${diff.body_proportion.toFixed(2)})`;
  const parts = [
    ['status', status_code_match],
    [`body length${lengths}`, body_length_match],
    ['uncommon headers', headers_match],
    ['title', title_match],
  ] as const;
  const all = (value: boolean | null): string =>
    parts.flatMap(([name, match]) => (match === value ? [name] : [])).join(', ');
  return [
    ['same', all(true)],
    ['different', all(false)],
    ['not comparable', all(null)],
  ]
    .flatMap(([word, names]) => (names === '' ? [] : [`${word}: ${names}`]))
    .join('; ');
}

function judgeName(step: NameStep, control: Control): Opinion | undefined {
  if (!isOfSite(step, control)) return undefined;
  const theirs = lookupFor(control, step);
  if (step.failure === null) return judgeLoopback(step, control, theirs);
  if (step.failure === 'dns_no_answer' && theirs?.failure === null && !theirs.addresses.length) {
    return { judgement: 'down', failure: null, why: tellStep(step, control) };
  }
  return judgeFailure(step, control, { own: 'dns', inTheEnd: 'dns' });
}

/** Nobody connects to loopback addresses, so nothing else tells of them. */
function judgeLoopback(
  step: NameStep,
  control: Control,
  theirs: Control['lookup'],
): Opinion | undefined {
  if (theirs?.failure !== null || !step.addresses.every(isLoopback)) return undefined;
  const isSame = theirs.addresses.length > 0 && theirs.addresses.every(isLoopback);
  const judgement = isSame ? 'down' : 'dns';
  return { judgement, failure: null, why: `${tellStep(step, control)}; nobody is there` };
}

/** `own`: what it is if the control took this step and it went well; `inTheEnd`: if it only got the page. */
function judgeFailure(
  step: Step,
  control: Control,
  { own, inTheEnd }: { readonly own: Judgement; readonly inTheEnd: Judgement },
): Opinion {
  const counterpart = counterpartOf(control, step);
  const opinion = (judgement: Judgement): Opinion => ({
    ...{ judgement, failure: step.failure },
    why: tellStep(step, control),
  });
  if (counterpart !== undefined) return opinion(counterpart === null ? own : 'down');
  if (control.page === undefined) return opinion('unknown');
  return opinion(control.page.failure === null ? inTheEnd : 'down');
}

function endingOf(judgement: Judgement): Omit<Ending, 'http_experiment_failure'> {
  switch (judgement) {
    case 'accessible':
      return { blocking: false, accessible: true };
    case 'unknown':
      return { blocking: null, accessible: null };
    case 'down':
      return { blocking: false, accessible: false };
    default:
      return { blocking: judgement, accessible: false };
  }
}

const BLAME = 'where DNS is inconsistent, it is taken for the cause';
const SILENCE = "no step of the page's own fetch failed, and no final response came";
const NO_IPV6 = 'that tells of a network without IPv6, not of the website';
const NOTHING = "no lookup and no connect of the page's own fetch has an outcome in the file";
