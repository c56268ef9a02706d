import { describe, expect, test } from 'vitest';
import { findStrategy } from '../../src/evasion/find.ts';
import type { ResetAction } from '../../src/policy/act/reset.ts';
import { KNOBS, type KnobPath, type KnobValue, withKnob } from '../../src/policy/knobs.ts';
import { EXPECTED } from '../support/expected-table.ts';
import {
  COLUMNS,
  type Column,
  MODELS,
  type Verdict,
  verdictAgainst,
} from '../support/strategy-verdict.ts';

/** A strategy of the expected table, and knobs each of which alone decides what comes of it. */
interface Row {
  readonly id: string;
  readonly flips: readonly Flip[];
  readonly action?: Partial<ResetAction>;
}

/** One knob, turned in one model, and what the verdict is then. */
interface Flip {
  readonly column: Column;
  readonly path: KnobPath;
  readonly value: KnobValue<KnobPath>;
  readonly gives: Verdict;
}

const TABLE: readonly Row[] = [
  {
    id: 'split-in-name',
    flips: [
      flip('P', 'stream.mode', 'in-order', 'C'),
      flip('F', 'stream.mode', 'in-order', 'E'),
      flip('N', 'stream.mode', 'packet', 'E'),
      flip('S', 'stream.mode', 'packet', 'E'),
    ],
  },
  {
    id: 'split-before-name',
    flips: [
      flip('P', 'tls.parse', 'full', 'E'),
      flip('F', 'tls.parse', 'substring', 'E'),
      flip('N', 'stream.mode', 'packet', 'E'),
    ],
  },
  {
    id: 'split-reversed',
    flips: [
      flip('N', 'stream.outOfOrder', 'ignore', 'E'),
      flip('N', 'stream.outOfOrder', 'drop', 'C'), // it is sent again, in order
      flip('S', 'stream.outOfOrder', 'ignore', 'E'),
    ],
  },
  {
    id: 'decoy-bad-checksum',
    flips: [
      flip('F', 'validate.tcpChecksum', true, 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
    ],
  },
  {
    id: 'decoy-low-ttl',
    flips: [
      flip('F', 'hops.aware', true, 'C'),
      flip('N', 'hops.aware', true, 'C'),
      flip('S', 'hops.aware', false, 'E'),
    ],
  },
  {
    id: 'decoy-old-seq',
    flips: [
      flip('F', 'validate.seq', 'window', 'C'),
      flip('N', 'validate.seq', 'none', 'E'),
      flip('S', 'validate.seq', 'none', 'E'),
    ],
  },
  {
    id: 'decoy-old-ack',
    flips: [
      flip('F', 'validate.ack', true, 'C'),
      flip('N', 'validate.ack', true, 'C'),
      flip('S', 'validate.ack', false, 'E'),
    ],
  },
  {
    id: 'decoy-md5',
    flips: [
      flip('F', 'validate.md5', 'reject', 'C'),
      flip('N', 'validate.md5', 'reject', 'C'),
      flip('S', 'validate.md5', 'ignore', 'E'),
    ],
  },
  {
    id: 'decoy-old-timestamp',
    flips: [
      flip('F', 'validate.paws', 'reject', 'C'),
      flip('N', 'validate.paws', 'reject', 'C'),
      flip('S', 'validate.paws', 'ignore', 'E'),
    ],
  },
  {
    id: 'decoy-no-ack',
    flips: [
      flip('F', 'validate.flags', 'require-ack', 'C'),
      flip('N', 'validate.flags', 'require-ack', 'C'),
      flip('S', 'validate.flags', 'any', 'E'),
    ],
  },
  {
    id: 'overlap-left',
    flips: [flip('N', 'validate.seq', 'none', 'E'), flip('S', 'validate.seq', 'none', 'E')],
  },
  {
    id: 'overlap-inside',
    flips: [
      flip('N', 'stream.overlap', 'last', 'C'),
      flip('N', 'stream.overlap', 'linux', 'C'),
      flip('S', 'stream.overlap', 'first', 'E'),
    ],
  },
  {
    id: 'rst-bad-checksum',
    flips: [
      flip('F', 'tcb.teardown.does', 'ignore', 'C'),
      flip('N', 'tcb.teardown.does', 'ignore', 'C'),
      flip('N', 'tcb.teardown.does', 'resync', 'C'), // the request is what it resyncs on
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
    ],
  },
  {
    id: 'rst-low-ttl',
    flips: [
      flip('F', 'hops.aware', true, 'C'),
      flip('N', 'hops.aware', true, 'C'),
      flip('S', 'hops.aware', false, 'E'),
    ],
  },
  {
    id: 'second-syn',
    flips: [
      flip('N', 'tcb.onSecondSyn', 'ignore', 'C'),
      flip('N', 'tcb.onSecondSyn', 'multi', 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
    ],
  },
  {
    id: 'payload-on-syn',
    flips: [
      flip('F', 'tcb.synPayload', 'ignore', 'C'),
      flip('N', 'tcb.synPayload', 'inspect', 'E'),
      flip('S', 'tcb.synPayload', 'inspect', 'E'),
    ],
  },
  {
    id: 'other-port',
    flips: COLUMNS.map((column) => flip(column, 'ports', [80, 443], 'E')),
  },
  {
    id: 'records-in-name',
    flips: [
      flip('F', 'tls.recordReassembly', 65_536, 'C'),
      flip('N', 'tls.recordReassembly', 65_536, 'C'),
      flip('S', 'tls.recordReassembly', 0, 'E'),
    ],
  },
  {
    id: 'records-before-name',
    flips: [
      flip('P', 'tls.parse', 'full', 'E'),
      flip('F', 'tls.recordReassembly', 65_536, 'C'),
      flip('N', 'tls.recordReassembly', 65_536, 'C'),
      flip('S', 'tls.recordReassembly', 0, 'E'),
    ],
  },
  {
    id: 'urgent-byte',
    flips: [
      flip('N', 'stream.urgent', 'oob', 'C'),
      flip('N', 'stream.urgent', 'drop', 'B'), // nor does an allowed name arrive
      flip('S', 'stream.urgent', 'inline', 'E'),
    ],
  },
  {
    id: 'name-in-capitals',
    flips: COLUMNS.map((column) => flip(column, 'host.normalise.case', 'exact', 'E')),
  },
  {
    id: 'trailing-dot',
    flips: [
      flip('F', 'host.normalise.trailingDot', 'strip', 'C'),
      flip('N', 'host.normalise.trailingDot', 'strip', 'C'),
      flip('S', 'host.normalise.trailingDot', 'literal', 'E'),
    ],
  },
  {
    id: 'deaf-client',
    action: { to: 'client' },
    flips: COLUMNS.map((column) => flip(column, 'position', 'on-path', 'E')),
  },
  {
    id: 'turnaround',
    flips: [
      flip('F', 'tcb.create', 'any', 'C'),
      flip('N', 'tcb.teardown.match', '4tuple+seq-window', 'C'),
      flip('S', 'tcb.teardown.match', '4tuple', 'E'),
      flip('S', 'tcb.roles', 'synack-sender-is-server', 'E'),
    ],
  },
  {
    id: 'resync-desync',
    flips: [
      flip('F', 'validate.tcpChecksum', true, 'C'),
      flip('N', 'tcb.teardown.does', 'ignore', 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
    ],
  },
  {
    id: 'fin-bad-checksum',
    flips: [
      flip('F', 'tcb.teardown.does', 'ignore', 'C'),
      flip('F', 'tcb.teardown.on', ['rst'], 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
    ],
  },
  {
    id: 'odd-flags-bad-checksum',
    flips: [
      flip('F', 'validate.flags', 'strict', 'C'),
      flip('F', 'tcb.teardown.on', ['rst'], 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
    ],
  },
  {
    id: 'decoy-data-offset',
    flips: [
      flip('F', 'validate.tcpChecksum', true, 'C'),
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
    ],
  },
  {
    id: 'decoy-odd-flags',
    flips: [
      flip('F', 'validate.flags', 'require-ack', 'C'),
      flip('N', 'validate.flags', 'require-ack', 'C'),
      flip('S', 'validate.flags', 'any', 'E'),
    ],
  },
  ...['faked-split', 'faked-host-split'].map((id) => ({
    id,
    flips: [
      flip('N', 'validate.tcpChecksum', true, 'C'),
      flip('S', 'validate.tcpChecksum', false, 'E'),
      flip('S', 'stream.mode', 'packet', 'E'),
    ],
  })),
  {
    id: 'records-and-segments',
    flips: [
      flip('N', 'tls.recordReassembly', 65_536, 'C'),
      flip('S', 'tls.recordReassembly', 0, 'E'),
      flip('S', 'stream.mode', 'packet', 'E'),
    ],
  },
  {
    id: 'ip-fragments',
    flips: [
      flip('P', 'ip.defrag', 'linux', 'C'),
      flip('F', 'ip.defrag', 'linux', 'C'),
      flip('N', 'ip.defrag', 'linux', 'C'),
      flip('S', 'ip.defrag', 'none', 'E'),
    ],
  },
  {
    id: 'short-ip-length',
    flips: [
      flip('F', 'validate.tcpChecksum', true, 'C'),
      flip('N', 'stream.mode', 'first-payload', 'E'),
      flip('S', 'validate.headerLength', 'trust-20', 'E'),
    ],
  },
];

describe.each(TABLE)('$id', ({ id, flips, action }) => {
  test.each(flips)('against $column, with $path $value, is $gives', (turned) => {
    const model = withKnob(MODELS[turned.column], turned.path, turned.value);
    expect(verdictAgainst(model, findStrategy(id), action)).toBe(turned.gives);
  });
});

test('every strategy of the expected table is here, but for none, and a decoy that arrives', () => {
  const others = EXPECTED.map(([id]) => id).filter(
    (id) => id !== 'none' && id !== 'decoy-that-arrives',
  );
  expect(TABLE.map(({ id }) => id).toSorted()).toEqual(others.toSorted());
});

describe.each(COLUMNS)('against %s, a client that drops RSTs', (column) => {
  const strategy = findStrategy('deaf-client');

  test('is C where the box alone has the request', () => {
    expect(verdictAgainst(MODELS[column], strategy, { to: 'client' })).toBe('C');
  });

  test.each<{ name: string; action: Partial<ResetAction>; want: Verdict }>([
    { name: 'the server is reset too', action: { to: 'both' }, want: 'C' },
    { name: 'the client alone is reset', action: { to: 'client' }, want: 'E' },
  ])('is $want where the request arrives and $name', ({ action, want }) => {
    const inPath = { ...action, trigger: 'pass', rest: 'pass' } as const;
    const onPath = withKnob(MODELS[column], 'position', 'on-path');
    expect(verdictAgainst(MODELS[column], strategy, inPath)).toBe(want);
    expect(verdictAgainst(onPath, strategy, action)).toBe(want);
  });
});

test.each(COLUMNS)('no knob of %s makes up for a decoy that the server has got', (column) => {
  const strategy = findStrategy('decoy-that-arrives');
  for (const { path, values } of KNOBS) {
    for (const value of values) {
      const model = withKnob(MODELS[column], path, value);
      expect([path, value, verdictAgainst(model, strategy)]).not.toContain('E');
    }
  }
});

function flip<Path extends KnobPath>(
  column: Column,
  path: Path,
  value: KnobValue<Path>,
  gives: Verdict,
): Flip {
  return { column, path, value, gives };
}
