import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenarioFile, openLab } from 'chokepoint';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { scenarioOf } from '../support/scenarios.ts';

/* What only the middlebox's own process can do with a scenario: read its lists, and live in its calendar. */

test.each([
  {
    when: 'in the first days of the period',
    days: ['01-01', '01-02'],
    failure: 'connection_reset',
  },
  { when: 'a month later', days: ['02-01', '02-02'], failure: null },
])('a rule with a list that is in force $when ends a request with $failure', async (row) => {
  const folder = temporaryFolder();
  const file = join(folder, 'scenario.yaml');
  const [from, to] = row.days.map((day) => `"2020-${day}T00:00:00Z"`);
  const more = `during: { from: ${from}, to: ${to} }`;
  writeFileSync(file, scenarioOf({ trigger: '{ match: http.host, list: names.txt }', more }));
  writeFileSync(join(folder, 'names.txt'), '# blocked\nmeydan.tv\n');
  const lab = await openLab({ scenario: loadScenarioFile(file) });
  try {
    const request = { probe: 'http', url: 'http://example.org/', ip: 4 } as const;
    const { failure } = await lab.probe('client', { ...request, host: 'www.meydan.tv' });
    expect(failure).toBe(row.failure);
    expect((await lab.probe('client', request)).failure).toBeNull();
  } finally {
    await lab.close();
  }
});

test('a calendar that goes fast brings the day on which a rule comes into force, to box and server alike', async () => {
  const file = join(temporaryFolder(), 'scenario.yaml');
  const day = '2020-03-01T00:00:00.000Z';
  const more = `during: { from: "${day}", to: "2021-01-01T00:00:00Z" }`;
  writeFileSync(file, scenarioOf({ more }));
  // On a busy machine, the first request may come only after that day: then time goes slower.
  for (const daysASecond of [10, 3, 0.6]) {
    if (await seesTheDay(file, day, daysASecond)) return;
  }
  expect.fail('the first request came after the day at any rate');
});

/** Whether the first request came before the day; if so, what came of it and of those behind it is as it should be. */
async function seesTheDay(file: string, day: string, daysASecond: number): Promise<boolean> {
  const calendarRate = 86_400 * daysASecond;
  const lab = await openLab({ scenario: loadScenarioFile(file), calendarRate });
  try {
    const mark = await lab.mark('server');
    const request = {
      probe: 'http',
      url: 'http://example.org/',
      host: 'meydan.tv',
      ip: 4,
    } as const;
    const seen: (string | null)[] = [];
    const fail = async (): Promise<string | null> => {
      seen.push((await lab.probe('client', request)).failure);
      return seen.at(-1) ?? null;
    };
    await expect.poll(fail, { interval: 1, timeout: 150_000 }).toBe('connection_reset');
    const [first] = seen;
    if (first !== null) return false;
    const [decision] = await lab.events(mark);
    expect(decision?.time.localeCompare(day)).toBe(1);
    const records = await lab.connections('server', mark);
    const answered = records.filter(({ requests }) => requests.length > 0);
    expect(answered).toHaveLength(seen.length - 1);
    expect(records[0]?.openedAt.localeCompare(day)).toBe(-1);
    return true;
  } finally {
    await lab.close();
  }
}
