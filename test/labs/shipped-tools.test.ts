import { type Lab, loadScenario, loadTool, openLab, scenarioFor, toolIds } from 'chokepoint';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { contentsOf, expectContents, fetchThrough, PAGE } from '../support/tools.ts';

/* The circumvention tools that come with Chokepoint, in one lab whose censor resets what names a blocked site. */

let lab: Lab;
/** What there is in the lab while no tool is. */
let before: string[];
beforeAll(async () => {
  const scenario = scenarioFor(toolIds().map(loadTool), loadScenario('az-2017'));
  lab = await openLab({ scenario });
  await fetchThrough(lab, 'direct'); // what probes stays
  before = await contentsOf(lab);
});
afterAll(() => lab.close());
afterEach(async () => {
  await expectContents(lab, before);
});

test('without a tool, the censor resets both', async () => {
  expect(await fetchThrough(lab, 'direct')).toMatchObject([
    { failure: 'connection_reset', status: null },
    { failure: 'connection_reset', status: null },
  ]);
});

test.each(toolIds().filter((id) => id !== 'direct'))('%s gets blocked pages', async (id) => {
  const mark = await lab.mark('server');
  expect(await fetchThrough(lab, id)).toMatchObject([PAGE, PAGE]);
  expect(await lab.events(mark)).toEqual([]); // it had nothing to decide
});
