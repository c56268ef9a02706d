import { loadScenario, scenarioIds } from 'chokepoint';
import { expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';

/* What `show` prints is tested with the room that renders it; here that the program prints it, for each scenario. */

test.each(scenarioIds())(
  '`show %s` has its sources, its calendar and its surrogates',
  async (id) => {
    const { id: own, sources, period, evidence } = loadScenario(id);
    const place = openPlace();
    const shown = await place.run(['show', id], { env: { COLUMNS: '80' } });
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    for (const { url, date } of Object.values(sources)) {
      expect(shown.stdout).toContain(`\n    ${url}\n`);
      expect(shown.stdout).toContain(date ?? 'undated');
    }
    expect(shown.stdout).toContain(`\nCalendar\n  from ${period.from}, `);
    expect(shown.stdout).toContain('\nSurrogates, chosen by us\n');

    const { stdout } = await place.run(['show', id, '--json']);
    const { phases } = loadScenario(id);
    expect(JSON.parse(stdout)).toMatchObject({
      id: own,
      sources,
      period,
      evidence,
      ...(phases && { phases }),
    });
    await place.expectLeft();
  },
);
