import { counted } from '../base/counted.ts';
import { type Control, counterpartOf, lookupFor } from './control.ts';
import { listed } from './listed.ts';
import type { Step } from './steps.ts';

/** One sentence: what was tried, what came of it, and what the control came to. */
export function tellStep(step: Step, control: Control): string {
  return `${tellOwn(step)}; ${tellCounterpart(step, control)}`;
}

export function tellOwn(step: Step): string {
  return `${tellTried(step)}${redirects(step.depth)}: ${tellOutcome(step)}`;
}

function tellTried(step: Step): string {
  switch (step.stage) {
    case 'dns':
      return `DNS lookup of ${step.domain} by ${step.engine}`;
    case 'tcp':
      return `TCP connect to ${step.endpoint}`;
    case 'tls':
      return `TLS handshake with ${step.endpoint || 'the server'} for ${step.handshake?.serverName || 'no name'}`;
    case 'http':
      return `request for ${step.exchange?.url}${step.endpoint ? ` to ${step.endpoint}` : ''}`;
  }
}

function tellOutcome(step: Step): string {
  if (step.failure !== null) return step.failure;
  if (step.stage === 'dns') return listed(step.addresses);
  if (step.stage === 'http') return `status ${step.exchange?.response?.status ?? 'unknown'}`;
  return 'ok';
}

function redirects(depth: number): string {
  if (depth < 1) return '';
  return depth === 1 ? ' after a redirect' : ` after ${counted(depth, 'redirect')}`;
}

function tellCounterpart(step: Step, control: Control): string {
  if (control.missing !== undefined) return control.missing;
  const counterpart = counterpartOf(control, step);
  if (counterpart === undefined) return tellPage(control, step.stage);
  if (counterpart !== null) {
    return `the control failed${step.failure === null ? '' : ' too'} (${counterpart})`;
  }
  switch (step.stage) {
    case 'dns':
      return `the control got ${lookupFor(control, step)?.text || 'no address'}`;
    case 'tcp':
      return 'the control connected';
    case 'tls':
      return 'the control completed it';
    case 'http':
      return 'the control got the page';
  }
}

/** Where the control did not take this step, there is what it came to in the end. */
function tellPage({ page }: Control, stage: Step['stage']): string {
  const untried =
    stage === 'dns' ? 'the control has no answer to it' : 'the control did not try it';
  if (page === undefined) return untried;
  return page.failure === null
    ? `${untried}, and got the page`
    : `${untried}, and did not get the page either (${page.failure})`;
}
