import { describe, expect, test } from 'vitest';
import { formatScenario } from '../../src/report/scenario-text.ts';
import { loadScenario, scenarioIds } from '../../src/scenario/library.ts';
import type { Scenario } from '../../src/scenario/schema.ts';
import { rowsOf } from '../../src/testbed/rows.ts';
import { readScenario } from '../support/scenarios.ts';

const WIDTH = 80;

describe.each(scenarioIds())('what is shown of %s', (id) => {
  const scenario = loadScenario(id);
  const lines = shownOf(scenario).split('\n');
  /** From one heading up to the next empty line, as one line. */
  const section = (heading: string): string => {
    const from = lines.indexOf(heading);
    return plain(lines.slice(from, lines.indexOf('', from)).join(' '));
  };

  test('fits 80 columns, but for URLs that are longer, and nothing is shown in part', () => {
    for (const line of lines) {
      if (!/^ *https?:\S+$/.test(line)) expect(line.length).toBeLessThanOrEqual(WIDTH);
    }
    expect(lines.join('\n')).not.toMatch(/\S…/);
  });

  test('names each source by its id, with its date and its URL', () => {
    const sources = Object.entries(scenario.sources);
    expect(sources.length).toBeGreaterThan(0);
    for (const [name, { title, publisher, date, url }] of sources) {
      expect(section('Sources')).toContain(
        `${name}: ${title} (${publisher}, ${date ?? 'undated'}) ${url}`,
      );
    }
  });

  test('has its calendar: the period, and the moments at which it is run', () => {
    const { period, phases = {} } = scenario;
    const calendar = section('Calendar');
    expect(calendar).toContain(period.from);
    expect(calendar).toContain(period.to ?? 'not known to have ended');
    for (const [name, at] of Object.entries(phases)) {
      expect(calendar).toContain(`phase ${name}: run as at ${at}`);
    }
  });

  test.each(['documented', 'surrogate'] as const)('says of each value that is %s why', (status) => {
    const text = section(status === 'documented' ? 'Documented' : 'Surrogates, chosen by us');
    const entries = scenario.evidence.filter((entry) => entry.status === status);
    if (entries.length === 0) expect(text).toMatch(/ nothing$/);
    for (const { fields, ...entry } of entries) {
      for (const field of fields) expect(text).toContain(field);
      const why = entry.status === 'surrogate' ? entry.because : `${entry.source}: ${entry.says}`;
      expect(text).toContain(plain(why));
    }
  });

  test('marks its negative controls', () => {
    const claims = lines.slice(lines.indexOf('Expectations')).map((line) => line.slice(0, 26));
    const marks = plain(claims.join(' ')).match(/\(negative control\)/g) ?? [];
    const counts = scenario.expect.map(({ negative_control, from, urls, ip, profiles, phases }) =>
      negative_control
        ? from.length * urls.length * ip.length * (profiles?.length ?? 1) * (phases?.length ?? 1)
        : 0,
    );
    expect(marks).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
  });
});

test('the value of a surrogate is shown, if it is short', () => {
  const shown = shownOf(
    readScenario({
      evidence:
        'period, networks, topology.near_rtt_ms, topology, origin, profiles, rules.*.action.count, rules',
    }),
  );
  expect(shown).toContain('topology.near_rtt_ms = 1,');
  expect(shown).toContain('rules.*.action.count = 1');
  expect(shown).not.toContain('rules =');
});

test('of a path with more routers, how many there are on either side; of another, nothing', () => {
  const scenario = readScenario();
  const { topology } = scenario;
  expect(shownOf(scenario)).not.toContain('routers');
  expect(shownOf({ ...scenario, topology: { ...topology, near_hops: 1, far_hops: 4 } })).toContain(
    'routers: 1 before the box, 4 behind it',
  );
});

test('of a link, what it does to frames; of another, nothing', () => {
  const scenario = readScenario();
  const chances = { near_loss: 0.07, far_loss: 0.005, far_jitter_ms: 20 };
  const path = (topology: Scenario['topology']): string =>
    plain(shownOf({ ...scenario, topology }).split('Profiles')[0] ?? '');
  expect(path(scenario.topology)).toContain(
    "box of n: 1 ms round trip on the clients' side, 1 ms beyond it",
  );
  expect(path({ ...scenario.topology, ...chances })).toContain(
    "box of n: 1 ms round trip (7 % lost) on the clients' side, 1 ms (up to 20 ms more for a frame, 0.5 % lost) beyond it",
  );
});

function shownOf(scenario: Scenario): string {
  return formatScenario(scenario, rowsOf(scenario), WIDTH);
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
