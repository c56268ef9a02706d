import { describe, expect, test } from 'vitest';
import type { ResetAction } from '../../src/policy/act/reset.ts';
import { KNOBS, type KnobPath, type KnobValue, withKnob } from '../../src/policy/knobs.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { attempt } from '../support/attempt.ts';
import { RESET } from '../support/censors.ts';
import { STRATEGIES, type Strategy } from '../support/strategies.ts';

/** P reads packets, F the first payload, N naive streams, and S does all that it can. */
const MODELS = {
  P: between(PRESETS['stateless-substring']),
  F: between(PRESETS['first-payload']),
  N: between(PRESETS['naive-stream']),
  S: between(PRESETS.strict),
};
const COLUMNS = ['P', 'F', 'N', 'S'] as const;
type Column = (typeof COLUMNS)[number];

/**
 * The blocked name was `E`, fetched; `C`, censored; `L`: the server took a decoy for what its client said, and not the request;
 * `CL`: the decoy, and then a reset. `B`: the strategy does not work without a censor either.
 */
type Verdict = 'E' | 'C' | 'L' | 'CL' | 'B';

interface Row {
  readonly strategy: Strategy;
  /** One letter for each column. */
  readonly want: readonly [P: Verdict, F: Verdict, N: Verdict, S: Verdict];
  /** One knob, turned in one model, and what the verdict is then. */
  readonly flips: readonly Flip[];
  readonly action?: Partial<ResetAction>;
}

interface Flip {
  readonly column: Column;
  readonly path: KnobPath;
  readonly value: KnobValue<KnobPath>;
  readonly gives: Verdict;
}

const TABLE: readonly Row[] = [
  { strategy: STRATEGIES.plain, want: ['C', 'C', 'C', 'C'], flips: [] },
  {
    strategy: STRATEGIES.splitInName,
    want: ['E', 'E', 'C', 'C'],
    flips: [
      flip('P', 'stream.mode', 'in-order', 'C'),
      flip('F', 'stream.mode', 'in-order', 'E'),
      flip('N', 'stream.mode', 'packet', 'E'),
      flip('S', 'stream.mode', 'packet', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.splitBefore,
    want: ['C', 'E', 'C', 'C'],
    flips: [
      flip('P', 'tls.parse', 'full', 'E'),
      flip('F', 'tls.parse', 'substring', 'E'),
      flip('N', 'stream.mode', 'packet', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.reversed,
    want: ['E', 'E', 'C', 'C'],
    flips: [
      flip('N', 'stream.outOfOrder', 'ignore', 'E'),
      flip('N', 'stream.outOfOrder', 'drop', 'C'), // it is sent again, in order
      flip('S', 'stream.outOfOrder', 'ignore', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.decoyWithWrongChecksum,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'validate.tcpChecksum', true, 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
    ],
  },
  {
    strategy: STRATEGIES.decoyThatDies,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'hops.aware', true, 'C'),
      flip('N', 'hops.aware', true, 'C'),
      flip('S', 'hops.aware', false, 'E'),
    ],
  },
  { strategy: STRATEGIES.decoyThatArrives, want: ['CL', 'L', 'L', 'L'], flips: [] },
  {
    strategy: STRATEGIES.decoyBeforeTheStream,
    want: ['C', 'E', 'C', 'C'],
    flips: [
      flip('F', 'validate.seq', 'window', 'C'),
      flip('N', 'validate.seq', 'none', 'E'),
      flip('S', 'validate.seq', 'none', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.decoyWithOldAck,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'validate.ack', true, 'C'),
      flip('N', 'validate.ack', true, 'C'),
      flip('S', 'validate.ack', false, 'E'),
    ],
  },
  {
    strategy: STRATEGIES.decoyWithMd5,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'validate.md5', 'reject', 'C'),
      flip('N', 'validate.md5', 'reject', 'C'),
      flip('S', 'validate.md5', 'ignore', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.decoyWithOldTimestamp,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'validate.paws', 'reject', 'C'),
      flip('N', 'validate.paws', 'reject', 'C'),
      flip('S', 'validate.paws', 'ignore', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.decoyWithoutAck,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'validate.flags', 'require-ack', 'C'),
      flip('N', 'validate.flags', 'require-ack', 'C'),
      flip('S', 'validate.flags', 'any', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.overlapOnTheLeft,
    want: ['E', 'E', 'C', 'C'],
    flips: [flip('N', 'validate.seq', 'none', 'E'), flip('S', 'validate.seq', 'none', 'E')],
  },
  {
    strategy: STRATEGIES.overlapInside,
    want: ['E', 'E', 'E', 'C'],
    flips: [
      flip('N', 'stream.overlap', 'last', 'C'),
      flip('N', 'stream.overlap', 'linux', 'C'),
      flip('S', 'stream.overlap', 'first', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.resetWithWrongChecksum,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'tcb.teardown.does', 'ignore', 'C'),
      flip('N', 'tcb.teardown.does', 'ignore', 'C'),
      flip('N', 'tcb.teardown.does', 'resync', 'C'), // the request is what it resyncs on
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
    ],
  },
  {
    strategy: STRATEGIES.resetThatDies,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'hops.aware', true, 'C'),
      flip('N', 'hops.aware', true, 'C'),
      flip('S', 'hops.aware', false, 'E'),
    ],
  },
  {
    strategy: STRATEGIES.secondSyn,
    want: ['C', 'C', 'E', 'C'],
    flips: [
      flip('N', 'tcb.onSecondSyn', 'ignore', 'C'),
      flip('N', 'tcb.onSecondSyn', 'multi', 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
    ],
  },
  {
    strategy: STRATEGIES.payloadOnSyn,
    want: ['C', 'E', 'C', 'C'],
    flips: [
      flip('F', 'tcb.synPayload', 'ignore', 'C'),
      flip('N', 'tcb.synPayload', 'inspect', 'E'),
      flip('S', 'tcb.synPayload', 'inspect', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.otherPort,
    want: ['C', 'C', 'C', 'C'],
    flips: COLUMNS.map((column) => flip(column, 'ports', [80, 443], 'E')),
  },
  {
    strategy: STRATEGIES.recordsInName,
    want: ['E', 'E', 'E', 'C'],
    flips: [
      flip('F', 'tls.recordReassembly', 65_536, 'C'),
      flip('N', 'tls.recordReassembly', 65_536, 'C'),
      flip('S', 'tls.recordReassembly', 0, 'E'),
    ],
  },
  {
    strategy: STRATEGIES.recordsBefore,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('P', 'tls.parse', 'full', 'E'),
      flip('F', 'tls.recordReassembly', 65_536, 'C'),
      flip('N', 'tls.recordReassembly', 65_536, 'C'),
      flip('S', 'tls.recordReassembly', 0, 'E'),
    ],
  },
  {
    strategy: STRATEGIES.urgentByte,
    want: ['E', 'E', 'E', 'C'],
    flips: [
      flip('N', 'stream.urgent', 'oob', 'C'),
      flip('N', 'stream.urgent', 'drop', 'B'), // nor does an allowed name arrive
      flip('S', 'stream.urgent', 'inline', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.capitals,
    want: ['C', 'C', 'C', 'C'],
    flips: COLUMNS.map((column) => flip(column, 'host.normalise.case', 'exact', 'E')),
  },
  {
    strategy: STRATEGIES.trailingDot,
    want: ['C', 'E', 'E', 'C'],
    flips: [
      flip('F', 'host.normalise.trailingDot', 'strip', 'C'),
      flip('N', 'host.normalise.trailingDot', 'strip', 'C'),
      flip('S', 'host.normalise.trailingDot', 'literal', 'E'),
    ],
  },
  {
    strategy: STRATEGIES.deafClient,
    action: { to: 'client' },
    want: ['C', 'C', 'C', 'C'],
    flips: COLUMNS.map((column) => flip(column, 'position', 'on-path', 'E')),
  },
];

describe.each(TABLE)('$strategy.id $strategy.name', ({ strategy, want, flips, action }) => {
  test(`is ${want.join(' ')}`, () => {
    const got = COLUMNS.map((column) =>
      verdict(strategy, censor(MODELS[column], strategy, action)),
    );
    expect(got).toEqual(want);
  });

  test.each(flips)('against $column, with $path $value, is $gives', (turned) => {
    const model = withKnob(MODELS[turned.column], turned.path, turned.value);
    expect(verdict(strategy, censor(model, strategy, action))).toBe(turned.gives);
  });
});

describe.each(COLUMNS)('against %s, a client that drops RSTs', (column) => {
  test.each<{ name: string; action: Partial<ResetAction>; want: Verdict }>([
    { name: 'the server is reset too', action: { to: 'both' }, want: 'C' },
    { name: 'the client alone is reset', action: { to: 'client' }, want: 'E' },
  ])('is $want where the request arrives and $name', ({ action, want }) => {
    const strategy = STRATEGIES.deafClient;
    const inPath = { ...action, trigger: 'pass', rest: 'pass' } as const;
    const onPath = withKnob(MODELS[column], 'position', 'on-path');
    expect(verdict(strategy, censor(MODELS[column], strategy, inPath))).toBe(want);
    expect(verdict(strategy, censor(onPath, strategy, action))).toBe(want);
  });
});

test.each(COLUMNS)('no knob of %s makes up for a decoy that the server has got', (column) => {
  const strategy = STRATEGIES.decoyThatArrives;
  for (const { path, values } of KNOBS) {
    for (const value of values) {
      const model = withKnob(MODELS[column], path, value);
      expect([path, value, verdict(strategy, censor(model, strategy))]).not.toContain('E');
    }
  }
});

test('every strategy is in the table', () => {
  expect(TABLE.map((row) => row.strategy)).toEqual(
    expect.arrayContaining(Object.values(STRATEGIES)),
  );
});

function between(model: Model): Model {
  return { ...model, hops: { ...model.hops, before: 1, after: 2 } };
}

function flip<Path extends KnobPath>(
  column: Column,
  path: Path,
  value: KnobValue<Path>,
  gives: Verdict,
): Flip {
  return { column, path, value, gives };
}

/** One rule, for the protocol that the strategy is about. */
function censor(model: Model, { protocol }: Strategy, action: Partial<ResetAction> = {}): Policy {
  const { normalise, match: how } = model.host;
  const kind = protocol === 'tls' ? 'tls.sni' : 'http.host';
  const trigger = names(kind, { names: ['blocked.test'], how, normalise });
  return { model, rules: [{ name: 'block', trigger, action: { ...RESET, ...action } }] };
}

/** As tools for testing strategies proceed: first with a name that nobody blocks. */
function verdict(strategy: Strategy, policy: Policy): Verdict {
  const control = attempt(strategy, policy, 'allowed.test');
  if (!control.hasSucceeded && !control.hasLeaked) return 'B';
  const { hasSucceeded, hasLeaked, wasReset } = attempt(strategy, policy, 'blocked.test');
  if (hasSucceeded) return 'E';
  if (hasLeaked) return wasReset ? 'CL' : 'L';
  return 'C';
}
