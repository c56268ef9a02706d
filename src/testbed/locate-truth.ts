import { parseEndpoint } from '../base/address.ts';
import type { Model } from '../policy/model.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import type { LabEvent } from './lab.ts';
import { type PathPart, placeOf } from './lab-path.ts';
import type { DirectionResult } from './locate-result.ts';

/** Where the box sits that applied a rule to a host's flows, and whether it lets their triggers travel on. */
export function truthOf(
  events: readonly LabEvent[],
  own: string,
  { rule, path }: { readonly rule: RuleSpec; readonly path: readonly PathPart[] },
  { position }: Pick<Model, 'position'>,
): DirectionResult['lab'] {
  const decision = events.find(
    (event) =>
      event.event === 'decision' &&
      event.rule === rule.name &&
      parseEndpoint(event.flow.client).address === own,
  );
  if (decision?.event !== 'decision') return null;
  const place = placeOf(path, decision.box);
  if (place === undefined) return null;
  const passes = 'trigger' in rule.action && rule.action.trigger === 'pass';
  const isInPath = position === 'in-path' && !passes;
  return { ...place, position: isInPath ? 'in-path' : 'on-path' };
}
