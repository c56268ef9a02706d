import { type Calendar, UNIX } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import { Engine } from '../engine/engine.ts';
import type { Direction, IgnoredSegment } from '../flow/flow.ts';
import type { Ignored } from '../flow/ignored.ts';
import { knobOf, withKnob } from '../policy/knobs.ts';
import type { Model } from '../policy/model.ts';
import type { Observation } from '../policy/observation.ts';
import type { Policy } from '../policy/policy.ts';
import type { Decision, Verdict } from '../policy/verdict.ts';
import { knobsAsYaml, spelledValue, spellingOf } from '../scenario/knob-spelling.ts';
import type { PolicyFor } from '../scenario/policy.ts';
import { PacketView } from '../wire/packet.ts';
import type { FlowPackets } from './flow-packets.ts';
import { type Search, searchSets, type Turn } from './knob-search.ts';
import { noteOf } from './note.ts';

/** A value of a knob other than the model's; named and valued as a profile has them. */
export interface KnobChange {
  readonly knob: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Knobs that together change the outcome, where fewer of them do not. */
export interface KnobChanges {
  readonly knobs: readonly KnobChange[];
  /** What to put into the profile. */
  readonly yaml: string;
  /** Of a flow that passed: what the box would then act on; null where it would drop what it cannot read. */
  readonly match: WouldMatch | null;
}

/** Bytes on which a rule would act if a box were otherwise. */
export interface WouldMatch {
  readonly rule: string;
  readonly why: string;
  readonly direction: Direction;
  /** Of the first byte, in what is named by `within`. */
  readonly offset: number;
  readonly length: number;
  readonly within: Decision['matched']['within'];
}

/** A limit of a rule, which alone kept it from acting on a flow that passed. */
export interface Sparing {
  readonly rule: string;
  readonly limit: 'probability' | 'during';
}

/** Why a flow was blocked or let through, and what about the box would have made it otherwise. */
export interface Explanation {
  readonly flow: number;
  readonly protocol: 'tcp' | 'udp';
  readonly client: string;
  readonly server: string;
  readonly outcome: 'blocked' | 'slowed' | 'passed';
  /** The first decision; null where packets were dropped without one, or nothing was. */
  readonly decision: Decision | null;
  /** What the box read, whether or not it is listed. */
  readonly read: readonly string[];
  /** What it did not believe or read, and how often. */
  readonly ignored: Readonly<Partial<Record<Ignored, number>>>;
  readonly unbelieved: readonly IgnoredSegment[];
  /** Where it passed for no other reason: a rule that would have acted without its limit. */
  readonly sparedBy: Sparing | null;
  /** The smallest sets of knobs that change the outcome: all knobs that do alone, or a few pairs, or a few triples. */
  readonly changes: readonly KnobChanges[];
  readonly tried: Search;
  /** How many rules the box has. */
  readonly ruleCount: number;
  /** The flow has more packets than were looked at. */
  readonly isCut: boolean;
  /** Some packet of it carries data; without any, as where a capture ends after a handshake, names cannot be read. */
  readonly hasPayload: boolean;
}

export interface ExplainOptions {
  readonly model: Model;
  readonly policyFor: PolicyFor;
  readonly seed?: number;
  /** By which rules are in force, beside the packets' own times. */
  readonly calendar?: Calendar | undefined;
  /** For how long pairs, and then triples, are tried; 3 s by default. */
  readonly patience?: Millis;
}

/** Runs a flow through its censor, and through the same with knobs turned: each alone, then if need be two, then three. */
export function explainFlow(packets: FlowPackets, options: ExplainOptions): Explanation {
  const { model, policyFor, seed = 0, calendar = UNIX, patience = PATIENCE } = options;
  const chance = { seed, calendar };
  const policy = policyFor(model);
  if (policy === undefined) throw new Error('a censor that its own file does not allow');
  const seen = run(packets, policy, chance);
  const differs = (changed: Model): boolean | undefined => {
    const other = policyFor(changed);
    return other && run(packets, other, chance).outcome !== seen.outcome;
  };
  const matchUnder = (changed: Model): WouldMatch | null => {
    const other = policyFor(changed);
    const decision = other && run(packets, other, chance).decision;
    return decision ? matchOf(decision) : null;
  };
  const { flow, protocol, client, server } = packets.flow;
  const view = new PacketView({ tcpHeader: 'strict', extensionHeaders: 'strict', tunnels: 'open' });
  // Without a rule, each knob that stops packets does so by itself.
  const largest = policy.rules.length === 0 ? 1 : undefined;
  const { sets, tried } = searchSets(model, differs, { patience, ...(largest && { largest }) });
  return {
    ...{ flow, protocol, client, server },
    ...seen,
    sparedBy: seen.outcome === 'passed' ? sparingOf(packets, policy, chance) : null,
    changes: sets.map((set) => ({
      ...changesOf(model, set),
      match: seen.outcome === 'passed' ? matchUnder(turned(model, set)) : null,
    })),
    tried,
    ruleCount: policy.rules.length,
    isCut: packets.isCut,
    hasPayload: packets.packets.some(({ frame }) =>
      carriesData(view.decode(frame, 0, frame.length)),
    ),
  };
}

function carriesData(packet: PacketView): boolean {
  return packet.isFragment || packet.payloadLength > 0;
}

/** What decides beside the packets. */
interface Chance {
  readonly seed: number;
  readonly calendar: Calendar;
}

type Run = Pick<Explanation, 'outcome' | 'decision' | 'read' | 'ignored' | 'unbelieved'>;

function run({ packets }: FlowPackets, policy: Policy, chance: Chance): Run {
  const read: string[] = [];
  const ignored: Partial<Record<Ignored, number>> = {};
  const unbelieved: IgnoredSegment[] = [];
  const observer = {
    asksAbout: () => false,
    observe: (seen: Observation) => {
      const text = noteOf(seen);
      if (text === undefined) return;
      if (read.length < MOST_NOTES && !read.includes(text)) read.push(text);
    },
  };
  const engine = new Engine({ policy: small(policy), ...chance, observer });
  let decision: Decision | null = null;
  let isBlocked = false;
  for (const { frame, time } of packets) {
    const verdict = engine.decide(frame, 0, frame.length, time);
    if (isInterference(verdict)) isBlocked = true;
    if (verdict.kind === 'inject') decision ??= verdict.decision;
    if (engine.ignored !== undefined) ignored[engine.ignored] = (ignored[engine.ignored] ?? 0) + 1;
  }
  unbelieved.push(...(decision?.view.ignored ?? []));
  const isSlowed = decision !== null && SLOWING.includes(decision.action);
  const outcome = isSlowed ? 'slowed' : isBlocked ? 'blocked' : 'passed';
  return { outcome, decision, read, ignored, unbelieved };
}

/** A packet that is late, or a decision that does nothing, is none. */
function isInterference(verdict: Verdict): boolean {
  if (verdict.kind === 'inject') return verdict.original === 'drop' || verdict.packets.length > 0;
  return verdict.kind === 'drop';
}

function sparingOf(packets: FlowPackets, policy: Policy, chance: Chance): Sparing | null {
  for (const limit of LIMITS) {
    if (policy.rules.every((rule) => rule[limit] === undefined)) continue;
    const rules = policy.rules.map((rule) => ({ ...rule, [limit]: undefined }));
    const { outcome, decision } = run(packets, { ...policy, rules }, chance);
    if (outcome !== 'passed' && decision !== null) return { rule: decision.rule, limit };
  }
  return null;
}

/** One flow needs no table of 65,536. */
function small(policy: Policy): Policy {
  const capacity = Math.min(policy.model.tcb.capacity, 64);
  return { ...policy, model: { ...policy.model, tcb: { ...policy.model.tcb, capacity } } };
}

function matchOf({ rule, why, matched, flow: { direction } }: Decision): WouldMatch {
  const { offset, length, within } = matched;
  return { rule, why, direction, offset, length, within };
}

function turned(model: Model, turns: readonly Turn[]): Model {
  return turns.reduce((changed, { knob, to }) => withKnob(changed, knob, to), model);
}

function changesOf(model: Model, turns: readonly Turn[]): Omit<KnobChanges, 'match'> {
  const knobs = turns.map(({ knob, to }) => ({
    knob: spellingOf(knob),
    from: spelledValue(knob, knobOf(model, knob)),
    to: spelledValue(knob, to),
  }));
  return { knobs, yaml: knobsAsYaml(knobs.map(({ knob, to }) => [knob, to])) };
}

const SLOWING: readonly string[] = ['throttle', 'delay'];
const LIMITS = ['probability', 'during'] as const;
const MOST_NOTES = 16;
const PATIENCE: Millis = 3000;
