import type { ActionSpec, DnsSpec, RespondSpec } from './action-schema.ts';
import type { Problem } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { SimpleTriggerSpec } from './trigger-schema.ts';

/** Actions that their trigger does not allow for, or that contradict themselves. Paths begin in the rule. */
export function impossibleActions(rule: RuleSpec): Problem[] {
  const problems = [
    ...againstTrigger(rule),
    ...withinAction(rule.action).map(({ path, message }) => ({
      path: ['action', ...path],
      message,
    })),
  ];
  const { residual, action } = rule;
  if (residual === undefined) return problems;
  if (action.do === 'pass') {
    const message =
      'cannot be combined with action "pass", which interferes with nothing; leave it out';
    return [...problems, { path: ['residual'], message }];
  }
  if (residual.do === 'reset' && action.do !== 'reset') {
    const message = `"reset" cannot be combined with action "${action.do}": it repeats the RSTs of an action "reset"; expected "drop"`;
    return [...problems, { path: ['residual', 'do'], message }];
  }
  return problems;
}

function againstTrigger({ trigger, action, direction }: RuleSpec): Problem[] {
  const impossible = (because: string): Problem[] => [
    {
      path: ['action', 'do'],
      message: `"${action.do}" cannot be combined with trigger ${trigger.match}: ${because}`,
    },
  ];
  const parts = trigger.match === 'all' ? trigger.of : [trigger];
  switch (action.do) {
    case 'dns':
      if (parts.some(({ match }) => match === 'dns.qname')) return [];
      return impossible('it answers a question; expected the trigger dns.qname');
    case 'respond':
      if (!parts.some(({ match }) => ANSWERABLE.includes(match))) {
        return impossible(`it answers a request; expected one of ${ANSWERABLE.join(', ')}`);
      }
      if (direction !== 'to-client') return [];
      return impossible('with direction "to-client" it would answer the server');
    case 'reset':
      return parts.some(isOfUdpAlone) ? impossible(NO_RST) : [];
    default:
      return [];
  }
}

function isOfUdpAlone(part: SimpleTriggerSpec): boolean {
  if (part.match === 'quic.sni') return true;
  if (part.match === 'packet') return part.transport === 'udp';
  return part.match === 'protocol' && part.is?.every((name) => name === 'quic') === true;
}

function withinAction(action: ActionSpec): Problem[] {
  const problems: Problem[] = [];
  if ('ttl' in action && Array.isArray(action.ttl) && action.ttl[0] > action.ttl[1]) {
    const message = `expected the lower one first; found ${action.ttl.join(', ')}`;
    problems.push({ path: ['ttl'], message });
  }
  if (action.do === 'reset' && action.seq === 'ramp' && action.count === 1) {
    const message =
      '"ramp" has no effect with count 1: its first RST is "exact"; expected a count above 1';
    problems.push({ path: ['seq'], message });
  }
  if (action.do === 'respond') problems.push(...respondProblems(action));
  if (action.do === 'dns') problems.push(...dnsProblems(action));
  return problems;
}

function respondProblems(action: RespondSpec): Problem[] {
  if (action.raw === undefined) {
    if (action.status === undefined) {
      return [{ path: [], message: 'expected status and reason, or raw; found neither' }];
    }
    if (action.reason !== undefined) return [];
    const message = 'expected reason beside it, such as "Forbidden"; it is missing';
    return [{ path: ['status'], message }];
  }
  return (['status', 'reason', 'headers', 'body'] as const)
    .filter((key) => action[key] !== undefined)
    .map((key) => ({
      path: [key],
      message: 'cannot be combined with raw, which is the whole response; leave one of them out',
    }));
}

/** Most questions are for IPv4, and would be told that there is no such record. */
function dnsProblems(action: DnsSpec): Problem[] {
  if (action.answer !== 'forged' || action.addresses.some((text) => !text.includes(':'))) return [];
  const message =
    'expected an IPv4 address too: without one, a question for it is answered with nothing';
  return [{ path: ['addresses'], message }];
}

const NO_RST = 'QUIC runs over UDP, which has no RST; expected "drop" or "blackhole"';
const ANSWERABLE: readonly string[] = ['http.host', 'http.url', 'payload'];
