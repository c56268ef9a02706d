import type { Model } from '../policy/model.ts';
import { partsOf, placedParts } from './cross-check-combinations.ts';
import { isRaw } from './direction.ts';
import { nameMatchOf } from './matcher.ts';
import type { ModelSpec } from './model-schema.ts';
import { type Problem, spelled } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { NamesSpec, SimpleTriggerSpec, TriggerSpec } from './trigger-schema.ts';

/** A profile, and what it stands for. */
export interface Box {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly model: Model;
}

/** Expressions where the box looks for the names themselves. */
export function cannotMatch({ trigger }: RuleSpec, i: number, box: Box): Problem[] {
  return placedParts(trigger).flatMap(({ part, path }) =>
    partCannotMatch(part, ['rules', i, 'trigger', ...path], box),
  );
}

function partCannotMatch(
  trigger: SimpleTriggerSpec,
  place: Problem['path'],
  { name, model }: Box,
): Problem[] {
  if (!isOfNames(trigger) || !isRaw(trigger.match, model)) return [];
  if (!isRegex(trigger, model)) return [];
  const parse = trigger.match === 'tls.sni' ? 'tls.parse' : 'http.parse';
  const because = `${parse} "substring" of profile "${name}", which looks for names in raw bytes`;
  const key = ['patterns', 'as'].find((known) => known in trigger);
  const path = key === undefined ? ['profiles', name, 'host', 'match'] : [...place, key];
  return [{ path, message: `regular expressions cannot be combined with ${because}` }];
}

/** What a rule says of its names where every box looks for them in raw bytes. The path begins in the rule. */
export function idleNameMatch({ trigger }: RuleSpec, boxes: readonly Box[]): Problem[] {
  return placedParts(trigger).flatMap(({ part, path }) => {
    if (!isOfNames(part) || (part.as !== 'exact' && part.as !== 'suffix')) return [];
    if (!boxes.every(({ model }) => isRaw(part.match, model))) return [];
    const message = `"${part.as}" has no effect: no profile knows where a name begins and ends; leave it out`;
    return [{ path: ['trigger', ...path, 'as'], message }];
  });
}

/** Knobs under `host` that no rule's names come to. */
export function idleHostKnobs(rules: readonly RuleSpec[], { name, spec, model }: Box): Problem[] {
  const triggers = rules.flatMap(({ trigger }) => partsOf(trigger)).filter(isOfNames);
  if (triggers.length === 0) return [];
  const isAllRaw = triggers.every(({ match }) => isRaw(match, model));
  const isAllTold = triggers.every(
    ({ as, patterns, match }) => as !== undefined || patterns !== undefined || isRaw(match, model),
  );
  const isMatchIdle = isAllRaw ? model.host.match !== 'regex' : isAllTold;
  const idle = [...(isMatchIdle ? ['host.match'] : []), ...(isAllRaw ? OF_WHOLE_NAMES : [])];
  const because = isAllRaw
    ? 'the names of all rules are looked for in raw bytes'
    : 'every rule says itself how its names are compared';
  return idle
    .filter((knob) => spelled(spec, knob) !== undefined)
    .map((knob) => ({
      path: ['profiles', name, ...knob.split('.')],
      message: `${JSON.stringify(spelled(spec, knob))} has no effect: ${because}; leave it out`,
    }));
}

/** Whether a rule's names are regular expressions for a box of this model. */
export function isRegex(trigger: TriggerSpec, model: Model): boolean {
  return partsOf(trigger).some((part) => isOfNames(part) && nameMatchOf(part, model) === 'regex');
}

function isOfNames(trigger: SimpleTriggerSpec): trigger is NamesSpec {
  return NAME_KINDS.includes(trigger.match);
}

const NAME_KINDS: readonly string[] = ['http.host', 'tls.sni', 'quic.sni', 'dns.qname'];
const OF_WHOLE_NAMES = [
  'host.normalise.trailing_dot',
  'host.normalise.port',
  'host.normalise.idna',
];
