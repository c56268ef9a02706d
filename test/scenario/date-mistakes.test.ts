import { describe, expect, test } from 'vitest';
import { parseCensor } from '../../src/scenario/censor-file.ts';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

const UTC = 'expected a time in UTC such as "2017-03-27T11:30:00Z"';
const NO_DAY = 'expected a day that the calendar has';
const EARLY = 'expected a time from 1970-01-01T00:00:00Z on, for captures count from then';
const LATE = 'expected a time before 9999-01-01T00:00:00Z, for years have four digits';

describe('a time that no calendar can begin with is told with its place, once', () => {
  test.each([
    ['yesterday', UTC],
    ['', UTC],
    ['2022-01-01', UTC],
    ['2022-01-01T00:00:00', UTC],
    ['2022-01-01T00:00:00+02:00', UTC],
    ['2022-01-01T25:00:00Z', UTC],
    ['10000-01-01T00:00:00Z', UTC],
    ['-000001-01-01T00:00:00Z', UTC],
    ['2022-02-30T00:00:00Z', NO_DAY],
    ['1900-02-29T00:00:00Z', NO_DAY],
    ['2022-00-01T00:00:00Z', NO_DAY],
    ['0000-02-30T00:00:00Z', NO_DAY],
    ['0000-01-01T00:00:00Z', EARLY],
    ['1969-12-31T23:59:59.999Z', EARLY],
    ['9999-01-01T00:00:00Z', LATE],
    ['9999-12-31T23:59:59Z', LATE],
  ])('"%s" as the beginning of a period', (from, says) => {
    const told = complaintsAbout(scenarioOf({ period: `{ from: "${from}" }` }));
    expect(told).toEqual([`x.yaml:5:17: period.from: ${says}; found "${from}"`]);
  });

  test('as a phase, and in the time of a rule', () => {
    const period = '{ from: "1970-01-01T00:00:00Z" }\nphases: { late: "9999-01-01T00:00:00Z" }';
    const more = 'during: { from: "1969-01-01T00:00:00Z", to: "2021-02-29T00:00:00Z" }';
    const told = complaintsAbout(scenarioOf({ period, more }));
    expect(told).toEqual([
      `x.yaml:6:17: phases.late: ${LATE}; found "9999-01-01T00:00:00Z"`,
      `x.yaml:19:21: rules[0].during.from: ${EARLY}; found "1969-01-01T00:00:00Z"`,
      `x.yaml:19:49: rules[0].during.to: ${NO_DAY}; found "2021-02-29T00:00:00Z"`,
    ]);
  });
});

test.each([
  '{ from: "1970-01-01T00:00:00Z" }',
  '{ from: "2022-09-13T12:00:00.123456789Z", to: "9999-12-31T23:59:59Z" }',
  '{ from: "9998-12-31T23:59:59.999Z", to: "9999-12-31T23:59:59.999Z" }',
])('%s is a period', (period) => {
  expect(complaintsAbout(scenarioOf({ period }))).toEqual([]);
});

test('a file with a censor alone has the same bounds: its lab begins when its first rule does', () => {
  const rule = (from: string): string =>
    `{ name: r, trigger: { match: tls.sni, domains: [a.tv] }, action: { do: drop }, during: { from: "${from}", to: "9999-12-31T23:59:59Z" } }`;
  const read = (from: string): ReturnType<typeof parseCensor> =>
    parseCensor(`model: {}\nrules: [${rule(from)}]\n`, 'c.yaml');
  expect(() => read('9999-01-01T00:00:00Z')).toThrow(`c.yaml:2:104: rules[0].during.from: ${LATE}`);
  expect(read('9998-12-31T23:59:59Z').rules).toHaveLength(1);
});

test('the day on which a source was published is one that there is', () => {
  const source = (date: string): string =>
    `sources: { s: { title: T, publisher: P, date: "${date}", url: "https://example.org/" } }`;
  const told = (date: string): string[] =>
    complaintsAbout(scenarioOf().replace('sources: {}', source(date)));
  expect(told('0000-01-01')).toEqual([]);
  expect(told('2022-02-30')).toEqual([
    `x.yaml:4:47: sources.s.date: ${NO_DAY}; found "2022-02-30"`,
  ]);
});

test('a phase or a profile whose name is a number would lose its place among the others', () => {
  const phases = `phases: { b: "2022-01-01T00:00:00Z", "2022": "2022-02-01T00:00:00Z" }`;
  const period = `{ from: "2022-01-01T00:00:00Z" }\n${phases}`;
  expect(complaintsAbout(scenarioOf({ period }))).toEqual([
    'x.yaml:6:38: phases.2022: expected a name with a letter or a dash, such as "in-2017"; a number loses its place',
  ]);
  const named = scenarioOf({}).replace(/^ {2}p:/m, '  7:');
  expect(complaintsAbout(named)).toContain(
    'x.yaml:12:3: profiles.7: expected a name with a letter or a dash, such as "in-2017"; a number loses its place',
  );
});
