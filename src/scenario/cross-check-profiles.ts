import type { Model, Ports } from '../policy/model.ts';
import { partsOf } from './cross-check-combinations.ts';
import {
  type Box,
  cannotMatch,
  idleHostKnobs,
  idleNameMatch,
  isRegex,
} from './cross-check-names.ts';
import { directionOf, isRaw, onlyWay } from './direction.ts';
import { modelOf } from './model.ts';
import { type Problem, within } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { Censor } from './schema.ts';
import type { SimpleTriggerSpec } from './trigger-schema.ts';

/** Rules that a profile cannot carry out, and those that nothing can set off in any profile. */
export function impossibleInProfiles({ profiles, rules }: Censor): Problem[] {
  const boxes = Object.entries(profiles).map(
    ([name, spec]): Box => ({ name, spec, model: modelOf(spec) }),
  );
  return [
    ...rules.flatMap((rule, i) => [
      ...boxes.flatMap((box) => within(['rules', i], cannotDo(rule, box))),
      ...boxes.flatMap((box) => cannotMatch(rule, i, box)),
      ...within(['rules', i], [...neverSeen(rule, boxes), ...idleNameMatch(rule, boxes)]),
    ]),
    ...boxes.flatMap((box) => idleHostKnobs(rules, box)),
  ];
}

/** Whether a box of this model can carry out what the rule says. */
export function canDo(rule: RuleSpec, model: Model): boolean {
  const { trigger } = rule;
  if (cannotDo(rule, { name: '', model }).length > 0) return false;
  return partsOf(trigger).every((part) => !(isRaw(part.match, model) && isRegex(part, model)));
}

function cannotDo(
  { trigger, action, residual }: RuleSpec,
  { name, model }: Pick<Box, 'name' | 'model'>,
): Problem[] {
  const problems: Problem[] = [];
  const impossible = (path: Problem['path'], verb: string, instead: string, why: string): void => {
    const message = `"${verb}" cannot be combined with ${why}; expected ${instead}`;
    problems.push({ path, message });
  };
  if (model.position === 'on-path') {
    const why = `profile "${name}", which is on-path: it can hold no packet back`;
    if (HOLDING.includes(action.do)) {
      impossible(['action', 'do'], action.do, '"reset", "respond", "dns" or "pass"', why);
    }
    if (residual?.do === 'drop') impossible(['residual', 'do'], 'drop', '"reset"', why);
  }
  const asksDns = partsOf(trigger).some(({ match }) => match === 'dns.qname');
  if (action.do === 'reset' && asksDns && !model.dns.tcp) {
    const why = `trigger dns.qname in profile "${name}": without dns.tcp it reads DNS over UDP, which has no RST`;
    impossible(['action', 'do'], 'reset', '"dns" or "drop", or dns.tcp true', why);
  }
  return problems;
}

/** What no profile ever shows to the rule, told with the reason of the first. */
function neverSeen(rule: RuleSpec, boxes: readonly Box[]): Problem[] {
  const reasons = boxes.map(({ model }) => whyUnseen(rule, model));
  const [reason] = reasons;
  if (reason === undefined || reasons.includes(undefined)) return [];
  const message = `nothing sets the rule off, in profile "${boxes[0]?.name}": ${reason.message}`;
  return [{ path: reason.path, message }];
}

function whyUnseen(rule: RuleSpec, model: Model): Problem | undefined {
  const { trigger } = rule;
  if (trigger.match !== 'all') return whyPartUnseen(rule, trigger, ['trigger', 'match'], model);
  for (const [i, part] of trigger.of.entries()) {
    const path = ['trigger', 'of', i, 'match'];
    const reason = whyPartUnseen({ ...rule, trigger: part }, part, path, model);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function whyPartUnseen(
  rule: RuleSpec,
  { match }: SimpleTriggerSpec,
  path: Problem['path'],
  model: Model,
): Problem | undefined {
  if (match === 'dns.qname' && !model.dns.udp && !model.dns.tcp) {
    return { path, message: 'dns.udp and dns.tcp are false' };
  }
  const way = onlyWay(match, model);
  const looks = directionOf(rule);
  if (way !== undefined && looks !== undefined && way !== looks) {
    const message = `what ${match} reads goes ${way}; leave "${looks}" out`;
    return { path: ['direction'], message };
  }
  if (match === 'address') return undefined;
  const goes = looks ?? way;
  if (
    match !== 'volume' &&
    goes !== undefined &&
    model.direction !== 'both' &&
    model.direction !== goes
  ) {
    return { path, message: `the box reads only what goes ${model.direction}` };
  }
  const ofDns = match === 'dns.qname' ? model.dns.ports : 'any';
  if (isOpen([rule.ports ?? 'any', model.ports, ofDns])) return undefined;
  const message = 'the box does not read these ports';
  return { path: rule.ports === undefined ? path : ['ports'], message };
}

/** Whether a port is in all of them. */
function isOpen(lists: readonly Ports[]): boolean {
  const [first, ...others] = lists.filter((ports) => ports !== 'any');
  return first === undefined || first.some((port) => others.every((ports) => ports.includes(port)));
}

const HOLDING: readonly string[] = ['drop', 'blackhole', 'throttle', 'delay'];
