import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Residual } from '../../src/policy/residual.ts';
import { ResidualTable } from '../../src/policy/residual-table.ts';
import { type Rule, RuleBook } from '../../src/policy/rule.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { nameRule, RESET } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { growthPerCall } from '../support/growth.ts';
import { hex, tcpFrame } from '../support/packets.ts';

interface Ends {
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
}

const RESIDUAL: Residual = {
  scope: '4-tuple',
  duration: 1000,
  refresh: false,
  does: 'drop',
  way: 'both',
  after: 0,
};
const ONE_PLACE = { placeOf: () => 0 };
const ENDS: Ends = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 443 };
const IPV6: Ends = { src: '2001:db8::1', dst: '2001:db8:1::80', srcPort: 40_000, dstPort: 443 };
/** Two hosts of one network: only the last words of their addresses differ. */
const NEIGHBOURS: Ends = { ...IPV6, dst: '2001:db8::80' };
const SCOPES = ['4-tuple', '3-tuple', '2-tuple', 'source', 'destination'] as const;

describe.each([ENDS, IPV6, NEIGHBOURS])('a residual of $src and $dst', (ends) => {
  const v6 = ends !== ENDS;
  const other = { host: v6 ? '2001:db8::2' : '10.0.0.2', port: 7 };
  const variants: readonly { name: string; ends: Ends; caughtIn: readonly Residual['scope'][] }[] =
    [
      { name: 'the same ends', ends, caughtIn: SCOPES },
      {
        name: 'another client port',
        ends: { ...ends, srcPort: other.port },
        caughtIn: ['3-tuple', '2-tuple', 'source', 'destination'],
      },
      {
        name: 'another server port',
        ends: { ...ends, dstPort: other.port },
        caughtIn: ['2-tuple', 'source', 'destination'],
      },
      {
        name: 'ports the other way round',
        ends: { ...ends, srcPort: ends.dstPort, dstPort: ends.srcPort },
        caughtIn: ['2-tuple', 'source', 'destination'],
      },
      { name: 'another server', ends: { ...ends, dst: other.host }, caughtIn: ['source'] },
      { name: 'another client', ends: { ...ends, src: other.host }, caughtIn: ['destination'] },
      {
        name: 'a flow that the server begins',
        ends: { ...ends, src: ends.dst, dst: ends.src },
        caughtIn: ['2-tuple'],
      },
    ];

  test.each(variants.flatMap((variant) => SCOPES.map((scope) => ({ ...variant, scope }))))(
    'of scope $scope: $name',
    ({ ends: those, caughtIn, scope }) => {
      const { table, rule } = filled({ scope }, ends);
      const want = caughtIn.includes(scope) ? rule : undefined;
      expect(table.find(segment(those), 'to-server', 1)).toBe(want);
      expect(table.find(segment(reversed(those)), 'to-client', 1)).toBe(want);
    },
  );

  test('is not that of another protocol', () => {
    const { table } = filled({ scope: '2-tuple' }, ends);
    const frame = udpFrame({ ...ends, payload: hex`` });
    const datagram = new PacketView().decode(frame, 0, frame.length);
    expect(table.find(datagram, 'to-server', 1)).toBeUndefined();
  });

  test('that an answer set off is about the same ends', () => {
    const table = new ResidualTable(8, ONE_PLACE);
    const rule = ruleWith({ scope: '3-tuple' });
    table.add(rule, rule.residual as Residual, segment(reversed(ends)), 'to-client', 0);
    expect(table.find(segment({ ...ends, srcPort: 9 }), 'to-server', 1)).toBe(rule);
  });
});

describe('its time', () => {
  test.each([
    { name: 'ends', residual: {}, at: [0, 999, 1000, 1001], want: [true, true, false, false] },
    {
      name: 'begins after the pause',
      residual: { after: 500 },
      at: [0, 499, 500, 1499, 1500],
      want: [false, false, true, true, false],
    },
    {
      name: 'begins anew with each packet that is caught',
      residual: { refresh: true },
      at: [999, 1998, 2998],
      want: [true, true, false],
    },
    {
      name: 'does not begin anew unless it says so',
      residual: { refresh: false },
      at: [999, 1998],
      want: [true, false],
    },
  ])('$name', ({ residual, at, want }) => {
    const { table } = filled(residual);
    const caught = at.map((now) => table.find(segment(ENDS), 'to-server', now) !== undefined);
    expect(caught).toEqual(want);
  });

  test('is prolonged by another trigger, without another pause', () => {
    const { table, rule } = filled({ after: 500 });
    table.add(rule, rule.residual as Residual, segment(ENDS), 'to-server', 1000);
    expect(table.find(segment(ENDS), 'to-server', 1001)).toBe(rule);
    expect(table.find(segment(ENDS), 'to-server', 2499)).toBe(rule);
    expect(table.find(segment(ENDS), 'to-server', 2500)).toBeUndefined();
  });

  test('leaves nothing behind', () => {
    const { table } = filled({});
    table.find(segment(ENDS), 'to-server', 1000);
    expect(table.size).toBe(0);
  });
});

test.each([
  { way: 'to-server', want: [true, false] },
  { way: 'to-client', want: [false, true] },
  { way: 'both', want: [true, true] },
] as const)('of the way $way, it catches packets to server and client: $want', ({ way, want }) => {
  const { table } = filled({ way });
  const caught = [
    table.find(segment(ENDS), 'to-server', 1),
    table.find(segment(reversed(ENDS)), 'to-client', 1),
  ].map((rule) => rule !== undefined);
  expect(caught).toEqual(want);
});

describe('of two rules about the same ends', () => {
  test.each([
    {
      name: 'a shorter one does not end one that has yet to begin',
      residuals: [{ after: 5000, duration: 10_000 }, {}],
      at: [999, 1000, 1999, 2000, 5000, 14_999, 15_000],
      want: [undefined, 1, 1, undefined, 0, 0, undefined],
    },
    {
      name: 'one about the other way leaves it be',
      residuals: [
        { way: 'to-server', duration: 60_000 },
        { way: 'to-client', duration: 1000 },
      ],
      at: [1001, 59_999, 60_000],
      want: [0, 0, undefined],
    },
    {
      name: 'the first in the file decides while it lasts',
      residuals: [{ duration: 2000 }, { duration: 3000 }],
      at: [1500, 1999, 2000, 3999, 4000],
      want: [0, 0, 1, 1, undefined],
    },
  ] as const)('$name', ({ residuals, at, want }) => {
    const rules = residuals.map((residual) => ruleWith({ scope: '2-tuple', ...residual }));
    const table = new ResidualTable(8, new RuleBook(rules));
    for (const [i, rule] of rules.entries()) {
      table.add(rule, rule.residual as Residual, segment(ENDS), 'to-server', i * 1000);
    }
    const found = at.map((now) => table.find(segment(ENDS), 'to-server', now));
    expect(found).toEqual(want.map((place) => (place === undefined ? undefined : rules[place])));
    expect(table.size).toBe(0);
  });
});

describe('when the table is full', () => {
  const port = (srcPort: number): PacketView => segment({ ...ENDS, srcPort });
  const rule = ruleWith({});
  const add = (table: ResidualTable, srcPort: number, duration: number, now: number): void => {
    table.add(rule, { ...RESIDUAL, duration }, port(srcPort), 'to-server', now);
  };
  const caught = (table: ResidualTable, now: number, ...ports: readonly number[]): boolean[] =>
    ports.map((srcPort) => table.find(port(srcPort), 'to-server', now) !== undefined);

  test.each([1, 3, 4])('of %i, the one that ends first makes room', (capacity) => {
    const table = new ResidualTable(capacity, ONE_PLACE);
    for (let i = 0; i < capacity; i++) add(table, 1 + i, 500 - i, 0);
    add(table, 99, 10, 1);
    expect(table.size).toBe(capacity);
    expect(caught(table, 2, capacity, 99)).toEqual([false, true]);
    for (let i = 1; i < capacity; i++) expect(caught(table, 2, i)).toEqual([true]);
  });

  test('all that are over make room', () => {
    const table = new ResidualTable(3, ONE_PLACE);
    for (const [srcPort, duration] of [
      [1, 10],
      [2, 500],
      [3, 20],
    ] as const) {
      add(table, srcPort, duration, 0);
    }
    add(table, 4, 10, 100);
    expect(table.size).toBe(2);
    expect(caught(table, 101, 1, 2, 3, 4)).toEqual([false, true, false, true]);
  });

  test('it agrees with a list of entries, whatever comes', () => {
    const step = fc.record({
      srcPort: fc.nat(20),
      duration: fc.integer({ min: 1, max: 100 }),
      wait: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new ResidualTable(32, ONE_PLACE);
        const until = new Map<number, number>();
        let now = 0;
        for (const { srcPort, duration, wait } of steps) {
          now += wait;
          add(table, srcPort, duration, now);
          until.set(srcPort, now + duration);
          for (let i = 0; i <= 20; i++) {
            expect(caught(table, now, i)).toEqual([now < (until.get(i) ?? 0)]);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

test('a lookup allocates nothing', () => {
  const table = new ResidualTable(64, ONE_PLACE);
  for (const scope of SCOPES) {
    const rule = ruleWith({ scope, duration: 1e9 });
    table.add(rule, rule.residual as Residual, segment(ENDS), 'to-server', 0);
  }
  const packets = [segment(ENDS), segment({ ...ENDS, src: '10.0.0.9', dst: '10.0.0.8' })];
  const growth = growthPerCall(() => {
    let found = 0;
    for (let i = 0; i < packets.length; i++) {
      if (table.find(packets[i] as PacketView, 'to-server', 5) !== undefined) found++;
    }
    return found;
  });
  expect(growth).toBeLessThan(8);
});

function filled(residual: Partial<Residual>, ends = ENDS) {
  const table = new ResidualTable(8, ONE_PLACE);
  const rule = ruleWith(residual);
  table.add(rule, rule.residual as Residual, segment(ends), 'to-server', 0);
  return { table, rule };
}

function ruleWith(residual: Partial<Residual>): Rule {
  return nameRule('tls.sni', 'blocked.test', RESET, { residual: { ...RESIDUAL, ...residual } });
}

function reversed({ src, dst, srcPort, dstPort }: Ends): Ends {
  return { src: dst, dst: src, srcPort: dstPort, dstPort: srcPort };
}

function segment(ends: Ends): PacketView {
  const frame = tcpFrame({ ...ends, seq: 1, ack: 1, flags: 'PA' });
  return new PacketView().decode(frame, 0, frame.length);
}
