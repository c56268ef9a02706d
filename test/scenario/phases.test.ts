import { describe, expect, test } from 'vitest';
import { phaseAt, phasesOf } from '../../src/scenario/phases.ts';
import type { Scenario } from '../../src/scenario/schema.ts';
import { readScenario } from '../support/scenarios.ts';

describe('the phase at a moment', () => {
  const scenario: Scenario = {
    ...readScenario({ period: '{ from: "2020-01-01T00:00:00Z", to: "2020-02-01T00:00:00Z" }' }),
    phases: { first: '2020-01-02T00:00:00Z', second: '2020-01-10T00:00:00Z' },
  };

  test.each([
    { date: '2020-01-02T00:00:00Z', name: 'first' },
    { date: '2020-01-09T23:59:59Z', name: 'first' },
    { date: '2020-01-10', name: 'second' },
    { date: '2020-01-31T12:00:00+04:00', name: 'second' },
  ])('$date is $name', ({ date, name }) => {
    expect(phaseAt(scenario, date)).toEqual({ name, at: new Date(date).toISOString() });
  });

  test.each([
    {
      date: '2020-01-01T12:00:00Z',
      says: 'x expects nothing at 2020-01-01T12:00:00Z, before its phase first',
    },
    {
      date: '2019-12-31',
      says: 'x is not about 2019-12-31',
    },
    {
      date: '2020-02-01T00:00:00Z',
      says: 'x is not about 2020-02-01T00:00:00Z',
    },
    { date: 'yesterday', says: 'expected a date; found "yesterday"' },
  ])('$date is none', ({ date, says }) => {
    expect(() => phaseAt(scenario, date)).toThrow(says);
  });

  test('is in UTC where it names no zone', () => {
    expect(phaseAt(scenario, '2020-01-10T00:00').at).toBe('2020-01-10T00:00:00.000Z');
    expect(phaseAt(scenario, '2020-01-09T23:59:59.5').name).toBe('first');
  });

  test('is the beginning of the period, where no phases are named', () => {
    const { phases: _, ...without } = scenario;
    expect(phasesOf(without)).toEqual([{ name: 'beginning', at: scenario.period.from }]);
  });
});
