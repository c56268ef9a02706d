import { parseEndpoint } from '../base/address.ts';
import type { Model } from '../policy/model.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import type { LabEvent } from './lab.ts';
import { type PathPart, placeOf } from './lab-path.ts';
import type { DirectionResult } from './locate-result.ts';
import { whyUnseen } from './locate-triggers.ts';

/** Where the box sits that first stopped a flow of a host, by any of the rules, and whether it lets the trigger travel on. */
export function truthOf(
  events: readonly LabEvent[],
  own: string,
  { rules, path }: { readonly rules: readonly RuleSpec[]; readonly path: readonly PathPart[] },
  { position }: Pick<Model, 'position'>,
): DirectionResult['lab'] {
  const [first] = events.flatMap((event) => {
    if (event.event !== 'decision' || parseEndpoint(event.flow.client).address !== own) return [];
    const rule = rules.find(({ name }) => name === event.rule);
    return rule === undefined || whyUnseen(rule) !== undefined ? [] : [{ rule, box: event.box }];
  });
  const place = first && placeOf(path, first.box);
  if (first === undefined || place === undefined) return null;
  const { action } = first.rule;
  const passes = 'trigger' in action && action.trigger === 'pass';
  const isInPath = position === 'in-path' && !passes;
  return { ...place, position: isInPath ? 'in-path' : 'on-path' };
}
