import type { Millis } from '../base/units.ts';
import type { Direction } from '../flow/flow.ts';
import type { Action } from './act/action.ts';
import type { Matcher } from './match/matcher.ts';
import type { Period, Ports } from './model.ts';
import type { Observation, ObservationKind } from './observation.ts';
import type { Residual } from './residual.ts';

/** What sets the censor off, and what it does then. A value: what it remembers is in the flow or the residual table. */
export interface Rule {
  readonly name: string;
  readonly trigger: Matcher;
  /** Only packets that go this way; without it, the way the trigger implies. */
  readonly direction?: Direction | undefined;
  readonly ports?: Ports | undefined;
  readonly action: Action;
  readonly residual?: Residual | undefined;
  /** The share of flows on which the rule acts; decided once for each. */
  readonly probability?: number | undefined;
  readonly during?: Period | undefined;
}

/** The rules of a policy, by what they ask about. */
export class RuleBook {
  readonly #byKind = new Map<ObservationKind, Placed[]>();
  readonly #places: ReadonlyMap<Rule, number>;
  readonly #byWay = {
    'to-server': new Set<ObservationKind>(),
    'to-client': new Set<ObservationKind>(),
  } as const;

  constructor(rules: readonly Rule[]) {
    this.#places = new Map(rules.map((rule, place) => [rule, place]));
    for (const [place, rule] of rules.entries()) {
      for (const kind of kindsOf(rule.trigger)) this.#add(kind, { rule, place });
    }
  }

  #add(kind: ObservationKind, placed: Placed): void {
    const others = this.#byKind.get(kind);
    if (others === undefined) this.#byKind.set(kind, [placed]);
    else others.push(placed);
    for (const way of WAYS) if (isAbout(placed.rule, kind, way)) this.#byWay[way].add(kind);
  }

  /** In the file; -1 for a rule of another. */
  placeOf(rule: Rule): number {
    return this.#places.get(rule) ?? -1;
  }

  asksAbout(kind: ObservationKind): boolean {
    return this.#byKind.has(kind);
  }

  /** Whether a rule asks about this kind in packets that go this way. */
  asksAboutWay(kind: ObservationKind, direction: Direction): boolean {
    return this.#byWay[direction].has(kind);
  }

  /**
   * The first rule that this observation sets off, and that has not done all it does to the flow; of those before `before`, if
   * that is a rule. Rules behind it only remember the observation; so do all rules, if it is old.
   */
  find(
    seen: Observation,
    serverPort: number,
    chance: Chance,
    before: Rule | undefined = undefined,
  ): Rule | undefined {
    const rules = this.#byKind.get(seen.kind);
    if (rules === undefined) return undefined;
    const end = seen.isOld ? 0 : this.#countBefore(rules, before);
    let found: Rule | undefined;
    for (let i = 0; i < rules.length; i++) {
      const { rule } = rules[i] as Placed;
      const isBehind = found !== undefined || i >= end;
      if (isBehind && rule.trigger.remember === undefined) continue;
      if (!applies(rule, seen, serverPort, chance)) continue;
      if (isBehind) rule.trigger.remember?.(seen);
      else if (rule.trigger.matches(seen)) found = rule;
      else seen.mark(seen.at, seen.end, undefined);
    }
    return found;
  }

  #countBefore(rules: readonly Placed[], rule: Rule | undefined): number {
    if (rule === undefined) return rules.length;
    const end = this.#places.get(rule) ?? 0;
    const count = rules.findIndex(({ place }) => place >= end);
    return count < 0 ? rules.length : count;
  }
}

interface Placed {
  readonly rule: Rule;
  /** In the file. */
  readonly place: number;
}

/** What depends on the flow and the moment; asked only by rules for which it matters. */
export interface Chance {
  /** A number in [0, 1) that is always the same for one flow and rule. */
  luck(rule: Rule): number;
  /** Unix time in the scenario's calendar. */
  readonly calendar: Millis;
}

export function includesPort(ports: Ports, port: number): boolean {
  return ports === 'any' || ports.includes(port);
}

function kindsOf({ observes, alsoObserves = [] }: Matcher): readonly ObservationKind[] {
  return [observes, ...alsoObserves];
}

/** Whether the rule may act on such a packet of this flow, now. */
function applies(rule: Rule, seen: Observation, serverPort: number, chance: Chance): boolean {
  if (!isAbout(rule, seen.kind, seen.direction)) return false;
  if (rule.ports !== undefined && !includesPort(rule.ports, serverPort)) return false;
  if (rule.during !== undefined && !isDuring(rule.during, chance.calendar)) return false;
  if (rule.probability !== undefined && chance.luck(rule) >= rule.probability) return false;
  return !seen.flow?.isDone(rule) && !seen.setOff.includes(rule);
}

/** Without a direction of its own, a rule on what clients say is about them alone. */
function isAbout({ direction }: Rule, kind: ObservationKind, way: Direction): boolean {
  const implied = OF_CLIENTS.includes(kind) ? 'to-server' : way;
  return (direction ?? implied) === way;
}

function isDuring({ from, to }: Period, calendar: Millis): boolean {
  return calendar >= from && calendar < to;
}

/**
 * That an answer repeats a name must be said; and a protocol shows in what its client says first, which is also what the Great
 * Firewall looked at (Wu et al., USENIX Security 2023, §4).
 */
const OF_CLIENTS: readonly ObservationKind[] = ['dns.qname', 'protocol', 'first-payload'];
const WAYS = ['to-server', 'to-client'] as const;
