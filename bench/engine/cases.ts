import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { RESET } from '../../test/support/censors.ts';
import { everyTrigger } from '../../test/support/every-rule.ts';
import { ObjectPerPacket } from './object-per-packet.ts';

/** Takes in a packet, and says whether it let it through. */
export type Take = (bytes: Uint8Array, at: number, end: number, now: number) => boolean;

export interface Case {
  readonly name: string;
  /** Of the list of names. */
  readonly names: number;
  open(list: Uint8Array): Take;
}

/** Everything that is measured in a process of Node. */
export const CASES: readonly Case[] = [
  { name: 'decode only', names: 0, open: decodeOnly },
  { name: 'no rules', names: 0, open: () => engineOf(PLAIN, []) },
  ...[1000, 100_000, 1_000_000].map((count) => ({
    name: `${count.toLocaleString('en')} names`,
    names: count,
    open: (list: Uint8Array) => engineOf(PLAIN, listed(PLAIN, list)),
  })),
  ...(['naive-stream', 'strict'] as const).map((preset) => ({
    name: `100,000 names, ${preset}`,
    names: 100_000,
    open: (list: Uint8Array) => engineOf(PRESETS[preset], listed(PRESETS[preset], list)),
  })),
  { name: 'every trigger', names: 0, open: () => engineOf(PLAIN, everything(PLAIN)) },
  {
    name: 'every trigger, strict',
    names: 0,
    open: () => engineOf(PRESETS.strict, everything(PRESETS.strict)),
  },
  {
    name: 'object per packet, 100,000 names',
    names: 100_000,
    open: (list) => {
      const baseline = new ObjectPerPacket(new TextDecoder().decode(list).split('\n'));
      return (bytes, at, end) => baseline.take(bytes.subarray(at, end));
    },
  },
];

function decodeOnly(): Take {
  const view = new PacketView();
  return (bytes, at, end) => view.decode(bytes, at, end).malformed === undefined;
}

function engineOf(model: Model, rules: readonly Rule[]): Take {
  const engine = new Engine({ policy: { model, rules } });
  return (bytes, at, end, now) => engine.decide(bytes, at, end, now).kind === 'accept';
}

/** Server names and hosts, one list for both. */
export function listed(model: Model, list: Uint8Array): Rule[] {
  const { normalise, match: how } = model.host;
  const options = { names: list, how, normalise };
  return [
    { name: 'https', trigger: names('tls.sni', options), action: RESET },
    { name: 'http', trigger: names('http.host', options), action: RESET },
  ];
}

function everything(model: Model): Rule[] {
  return everyTrigger(model, false).map((trigger) => ({
    name: trigger.observes,
    trigger,
    action: RESET,
  }));
}
