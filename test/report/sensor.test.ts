import { describe, expect, test } from 'vitest';
import { formatSensorCsv, renderSensor, renderSensorFailures } from '../../src/report/sensor.ts';
import type { SensorResult } from '../../src/testbed/sensor-run.ts';

const NONE = { sessions: 0, answered: 0, short: 0, resets: 0 };
const SENSOR: SensorResult = {
  profile: 'p',
  onset: '2017-03-27T11:30:00.000Z',
  networks: [
    { network: 'a', asn: 64496, isInside: true },
    { network: 'outside', asn: undefined, isInside: false },
  ],
  minutes: [
    { ...NONE, minute: '2017-03-27T11:29:00.000Z', network: 'a', sessions: 7, answered: 7 },
    { ...NONE, minute: '2017-03-27T11:29:00.000Z', network: 'outside', sessions: 3, answered: 3 },
    { ...NONE, minute: '2017-03-27T11:30:00.000Z', network: 'a', sessions: 7, short: 6, resets: 5 },
    { ...NONE, minute: '2017-03-27T11:30:00.000Z', network: 'outside' },
  ],
  verdicts: [
    {
      expectation: {
        claim: 'it drops as the report says that it did, suddenly, and for a while',
        when: 'after',
        share: [30, 40],
        short: [90, 100],
      },
      networks: ['a'],
      observed: { share: Number.NaN, short: 85.7, resets: 71 },
      outcome: 'failed',
      mismatches: ['share: expected 30 to 40 %, observed no sessions'],
    },
  ],
};

describe('a sensor’s log', () => {
  test.each([80, 200])('has a bar for each minute, within %d columns', (width) => {
    const lines = renderSensor(SENSOR, width).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    const bar = Math.min(50, width - 35);
    const full = '█'.repeat(Math.round((bar * 70) / 100)).padEnd(bar);
    expect(lines).toContain(`11:29 ${full}    70 %     10      0      0`);
    expect(lines).toContain('11:30 the rules come into force');
    expect(lines).toContain(`11:30 ${''.padEnd(bar)} nothing      7      6      5`);
  });

  test('shows what was expected beside what was seen', () => {
    expect(renderSensor(SENSOR, 120)).toMatch(
      /✗ it drops as .+ after +share 30–40 %, short +share nothing, short 86 %/,
    );
    expect(renderSensorFailures(SENSOR)).toBe(
      '✗ it drops as the report says that it did, suddenly, and for a while\n  sensor: after, from a\n    share: expected 30 to 40 %, observed no sessions',
    );
  });

  test('is a table with a line for each network and minute', () => {
    expect(formatSensorCsv(SENSOR).split('\n')).toEqual([
      'minute,asn,network,sessions,answered,short,resets',
      '2017-03-27T11:29:00.000Z,64496,a,7,7,0,0',
      '2017-03-27T11:29:00.000Z,,outside,3,3,0,0',
      '2017-03-27T11:30:00.000Z,64496,a,7,0,6,5',
      '2017-03-27T11:30:00.000Z,,outside,0,0,0,0',
      '',
    ]);
  });
});
