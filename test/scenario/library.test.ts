import { basename } from 'node:path';
import { expect, test } from 'vitest';
import type { ChokepointError } from '../../src/base/errors.ts';
import { loadScenario, ownFileOf, scenarioIds, scenariosOf } from '../../src/scenario/library.ts';

test('a scenario in a folder has the folder in its id', () => {
  expect(scenarioIds()).toContain('az-2017');
  expect(scenarioIds()).toContain('ooni-qa/dns-bogon');
});

test.each(scenarioIds())('%s calls itself so, with a dash for the folder', (id) => {
  const { id: own } = loadScenario(id);
  expect(own).toBe(id.replace('/', '-'));
  expect(basename(own)).toBe(own); // it names a run folder
});

test('a run folder names its scenario as the file does, and that is found too', () => {
  expect(loadScenario('ooni-qa-dns-bogon')).toEqual(loadScenario('ooni-qa/dns-bogon'));
  expect(['az-2017', 'ooni-qa/dns-bogon', 'ooni-qa-dns-bogon'].map(ownFileOf)).toEqual([
    null,
    null,
    null,
  ]);
  expect(ownFileOf('mine/dns-bogon.yaml')).toBe(`${process.cwd()}/mine/dns-bogon.yaml`);
});

test('the name of a folder stands for those in it, any other name for itself', () => {
  const inFolder = scenariosOf('ooni-qa');
  expect(inFolder.length).toBeGreaterThan(1);
  expect(inFolder).toEqual(scenarioIds().filter((id) => /^ooni-qa\//.test(id)));
  for (const name of ['az-2017', 'ooni-qa/dns-bogon', 'ooni', 'mine.yaml', '']) {
    expect(scenariosOf(name)).toEqual([name]);
  }
});

test.each([
  {
    name: 'ooni-qa',
    says: '"ooni-qa" is a folder of scenarios',
    fix: /^name one of ooni-qa\/dns-bogon, .*; `run` and `check` take the folder too$/,
  },
  {
    name: 'ooni-qa/dns-bogus',
    says: 'no scenario "ooni-qa/dns-bogus"',
    fix: /^name one of .*az-2017, .*ooni-qa\/dns-bogon, .*, or the path of a YAML file$/,
  },
  {
    name: 'a'.repeat(5000),
    says: `no scenario "${'a'.repeat(57)}..."`,
    fix: /^name one of /,
  },
  {
    name: 'dns-bogon',
    says: 'no scenario "dns-bogon"',
    fix: /^name one of .*ooni-qa\/dns-bogon/,
  },
])('$name is no scenario, and what there is is told', ({ name, says, fix }) => {
  const error = complaint(() => loadScenario(name));
  expect(error).toMatchObject({ code: 'SCENARIO_UNKNOWN', message: says });
  expect(error.hint).toMatch(fix);
});

function complaint(load: () => unknown): ChokepointError {
  try {
    load();
  } catch (error) {
    return error as ChokepointError;
  }
  throw new Error('it was read without complaint');
}
