import { describe, expect, test } from 'vitest';
import type { MinuteOfNetwork } from '../../src/origin/sensor.ts';
import { onsetWithin, rulesInTime } from '../../src/scenario/onset.ts';
import type { SensorExpectation } from '../../src/scenario/sensor-schema.ts';
import { judge, withMachine } from '../../src/testbed/sensor-verdict.ts';
import { visitsOf } from '../../src/testbed/visits.ts';
import { readScenario } from '../support/scenarios.ts';

const SENSOR = {
  from: '2017-03-27T11:20:00Z',
  to: '2017-03-27T11:40:00Z',
  visitors: [
    { from: 'client', per_minute: 7, urls: ['http://a.example/', 'https://a.example/'] },
    { from: 'control', per_minute: 3, urls: ['http://a.example/'] },
  ],
};

describe('visits', () => {
  const visits = visitsOf(SENSOR, 1);

  test('are as many in each minute as the scenario says, of each visitor', () => {
    const counts = new Map<string, number>();
    for (const { at, from } of visits) {
      const key = `${from} ${Math.floor(at / 60_000)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(40);
    for (const [key, count] of counts) expect(count).toBe(key.startsWith('client') ? 7 : 3);
  });

  test('come in their order, and take a visitor’s URLs by turns', () => {
    expect(visits.map(({ at }) => at)).toEqual(visits.map(({ at }) => at).sort((a, b) => a - b));
    const own = visits.filter(({ from }) => from === 'client').map(({ url }) => url.slice(0, 5));
    expect(own.slice(0, 4)).toEqual(['http:', 'https', 'http:', 'https']);
  });

  test('are not evenly spaced, and follow from the seed', () => {
    const gaps = new Set(
      visits
        .filter(({ from }) => from === 'control')
        .map(({ at }, i, own) => Math.round(at - (own[i - 1]?.at ?? 0))),
    );
    expect(gaps.size).toBeGreaterThan(30);
    expect(visitsOf(SENSOR, 1)).toEqual(visits);
    expect(visitsOf(SENSOR, 2)).not.toEqual(visits);
  });
});

describe('rules come into force', () => {
  const scenario = readScenario();
  const around = { from: '2019-12-31T23:00:00Z', to: '2020-01-01T01:00:00Z' };

  test('with the period, if they have no time of their own', () => {
    expect(rulesInTime(scenario)[0]?.during).toEqual(scenario.period);
    expect(onsetWithin(scenario, around)).toBe(Date.parse('2020-01-01T00:00:00Z'));
    expect(onsetWithin(scenario, { ...around, to: '2019-12-31T23:30:00Z' })).toBeUndefined();
  });

  test('in their own time, of which the first counts', () => {
    const during = { from: '2020-01-01T00:20:00Z', to: '2020-02-01T00:00:00Z' };
    const [rule] = readScenario().rules;
    if (rule === undefined) throw new Error('there is a rule');
    const rules = [{ ...rule, during: { ...during, from: '2020-01-01T00:30:00Z' } }];
    expect(onsetWithin({ ...scenario, rules }, around)).toBe(Date.parse('2020-01-01T00:30:00Z'));
    const more = [...rules, { ...rule, during }];
    expect(onsetWithin({ ...scenario, rules: more }, around)).toBe(Date.parse(during.from));
  });
});

describe('what a sensor must see', () => {
  const onset = Date.parse('2017-03-27T11:30:00Z');
  const minutes = [
    counted('11:29', 'a', { sessions: 14, answered: 14 }),
    counted('11:29', 'b', { sessions: 6, answered: 6 }),
    counted('11:30', 'a', { sessions: 10, answered: 4, short: 5, resets: 6 }),
    counted('11:30', 'b', { sessions: 6, answered: 6 }),
  ];
  const seen = { minutes, onset };

  test('is a share of all answered sessions, and of the networks’ own sessions', () => {
    expect(judge(expected('before', {}), ['a'], seen).observed).toEqual({
      ...{ share: 70, short: 0, resets: 0 },
    });
    expect(judge(expected('after', {}), ['a'], seen).observed).toEqual({
      ...{ share: 40, short: 50, resets: 60 },
    });
  });

  test.each<[Partial<SensorExpectation>, string[]]>([
    [{ share: [30, 40], short: [50, 50], resets: [0, 100] }, []],
    [{ share: [30, 39] }, ['share: expected 30 to 39 %, observed 40.0 %']],
    [
      { short: [60, 100], resets: [0, 0] },
      [
        'short: expected 60 to 100 %, observed 50.0 %',
        'resets: expected 0 to 0 %, observed 60.0 %',
      ],
    ],
  ])('%j leaves %j', (figures, mismatches) => {
    const verdict = judge(expected('after', figures), ['a'], seen);
    expect(verdict.mismatches).toEqual(mismatches);
    expect(verdict.outcome).toBe(mismatches.length === 0 ? 'passed' : 'failed');
  });

  test('is not seen where nobody came', () => {
    const nobody = { minutes: minutes.slice(0, 2), onset };
    const verdict = judge(expected('after', { short: [0, 0] }), ['a'], nobody);
    expect(verdict.mismatches).toEqual(['short: expected 0 to 0 %, observed no sessions']);
  });

  test('on a machine that was too slow, that is said of what failed, and of nothing else', () => {
    const failed = judge(expected('after', { short: [0, 0] }), ['a'], { ...seen, minutes: [] });
    const passed = judge(expected('after', {}), ['a'], seen);
    const slow = { due: 100, late: 10 };
    expect(withMachine(failed, slow).mismatches).toEqual([
      ...failed.mismatches,
      '10 of 100 visits did not come in their minute: this machine is too slow for it; raise `minute_ms`',
    ]);
    expect(withMachine(failed, { due: 100, late: 9 })).toBe(failed);
    expect(withMachine(passed, slow)).toBe(passed);
  });

  test('leaves out the minute in which the rules come into force', () => {
    const during = { minutes, onset: onset + 1 };
    expect(judge(expected('before', { share: [70, 70] }), ['a'], during).outcome).toBe('passed');
    expect(judge(expected('after', { share: [0, 100] }), ['a'], during).outcome).toBe('failed');
  });
});

function expected(when: 'before' | 'after', more: Partial<SensorExpectation>): SensorExpectation {
  return { claim: 'c', when, ...more };
}

function counted(minute: string, network: string, more: Partial<MinuteOfNetwork>): MinuteOfNetwork {
  const none = { sessions: 0, answered: 0, short: 0, resets: 0 };
  return { minute: `2017-03-27T${minute}:00.000Z`, network, ...none, ...more };
}
