import { Engine } from '../engine/engine.ts';
import type { IgnoredSegment } from '../flow/flow.ts';
import type { Ignored } from '../flow/ignored.ts';
import { KNOBS, type KnobPath, type KnobValue, knobOf, withKnob } from '../policy/knobs.ts';
import type { Model } from '../policy/model.ts';
import type { Observation } from '../policy/observation.ts';
import type { Policy } from '../policy/policy.ts';
import type { Decision } from '../policy/verdict.ts';
import type { FlowPackets } from './flow-packets.ts';

/** A value of a knob other than the model's. */
export interface KnobChange {
  readonly knob: KnobPath;
  readonly from: KnobValue<KnobPath>;
  readonly to: KnobValue<KnobPath>;
}

/** Why a flow was blocked or let through, and what about the box would have made it otherwise. */
export interface Explanation {
  readonly flow: number;
  readonly protocol: 'tcp' | 'udp';
  readonly client: string;
  readonly server: string;
  readonly outcome: 'blocked' | 'passed';
  /** The first decision; null where packets were dropped without one, or nothing was. */
  readonly decision: Decision | null;
  /** What the box read, whether or not it is listed. */
  readonly read: readonly string[];
  /** What it did not believe or read, and how often. */
  readonly ignored: Readonly<Partial<Record<Ignored, number>>>;
  readonly unbelieved: readonly IgnoredSegment[];
  /** Knobs of which one alone changes the outcome. */
  readonly changes: readonly KnobChange[];
  /** Where no knob does alone: pairs that do together, a few of them. */
  readonly pairs: readonly (readonly KnobChange[])[];
  /** The flow has more packets than were looked at. */
  readonly isCut: boolean;
}

/** Runs a flow through its censor, and through the same with each knob turned alone; then, if need be, with two. */
export function explainFlow(packets: FlowPackets, policy: Policy, seed = 0): Explanation {
  const seen = run(packets, policy, seed);
  const differs = (model: Model): boolean =>
    run(packets, { ...policy, model }, seed).outcome !== seen.outcome;
  const alone = changesOf(policy.model).filter(({ knob, to }) =>
    differs(withKnob(policy.model, knob, to)),
  );
  const { flow, protocol, client, server } = packets.flow;
  return {
    ...{ flow, protocol, client, server },
    ...seen,
    changes: alone,
    pairs: alone.length > 0 ? [] : pairsOf(policy.model, differs),
    isCut: packets.isCut,
  };
}

type Run = Pick<Explanation, 'outcome' | 'decision' | 'read' | 'ignored' | 'unbelieved'>;

function run({ packets }: FlowPackets, policy: Policy, seed: number): Run {
  const read: string[] = [];
  const ignored: Partial<Record<Ignored, number>> = {};
  const unbelieved: IgnoredSegment[] = [];
  const observer = {
    asksAbout: () => false,
    observe: (seen: Observation) => {
      if (seen.isRaw) return;
      const text = `${seen.kind}=${seen.matchedText}`;
      if (read.length < MOST_NOTES && !read.includes(text)) read.push(text);
    },
  };
  const engine = new Engine({ policy: small(policy), seed, observer });
  let decision: Decision | null = null;
  let isBlocked = false;
  for (const { frame, time } of packets) {
    const verdict = engine.decide(frame, 0, frame.length, time);
    if (verdict.kind !== 'accept') isBlocked = true;
    if (verdict.kind === 'inject') decision ??= verdict.decision;
    if (engine.ignored !== undefined) ignored[engine.ignored] = (ignored[engine.ignored] ?? 0) + 1;
  }
  unbelieved.push(...(decision?.view.ignored ?? []));
  const isPass = decision !== null && decision.action === 'pass';
  const outcome = isBlocked && !isPass ? 'blocked' : 'passed';
  return { outcome, decision, read, ignored, unbelieved };
}

/** One flow needs no table of 65,536. */
function small(policy: Policy): Policy {
  const capacity = Math.min(policy.model.tcb.capacity, 64);
  return { ...policy, model: { ...policy.model, tcb: { ...policy.model.tcb, capacity } } };
}

function changesOf(model: Model): KnobChange[] {
  return KNOBS.flatMap(({ path, values }) => {
    const from = knobOf(model, path);
    const others = values.filter((value) => JSON.stringify(value) !== JSON.stringify(from));
    return others.map((to): KnobChange => ({ knob: path, from, to }));
  });
}

/** Pairs of different knobs, until enough are found; a flow that no two knobs change is left at that. */
function pairsOf(model: Model, differs: (model: Model) => boolean): KnobChange[][] {
  const changes = changesOf(model);
  const pairs: KnobChange[][] = [];
  for (const [i, first] of changes.entries()) {
    const changed = withKnob(model, first.knob, first.to);
    for (const second of changes.slice(i + 1)) {
      if (second.knob === first.knob) continue;
      if (!differs(withKnob(changed, second.knob, second.to))) continue;
      pairs.push([first, second]);
      if (pairs.length >= MOST_PAIRS) return pairs;
    }
  }
  return pairs;
}

const MOST_NOTES = 16;
const MOST_PAIRS = 5;
