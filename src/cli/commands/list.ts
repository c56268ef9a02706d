import { renderTable } from '../../report/table.ts';
import { type ScenarioHead, scenarioHeads } from '../../scenario/heads.ts';
import { print, printJson, terminalWidth } from '../terminal.ts';

export async function list(options: { readonly json?: boolean }): Promise<void> {
  const scenarios = await scenarioHeads();
  if (options.json) {
    printJson(
      scenarios.map(({ id, title, period, networks, sources }) => ({
        id,
        title,
        period,
        networks: Object.values(networks),
        sources: Object.values(sources),
      })),
    );
    return;
  }
  const rows = scenarios.map(({ id, title, period, sources }) => {
    return [id, period.from.slice(0, MONTH), title, publishersOf(sources)];
  });
  const columns = [
    { title: 'id', grows: 0 },
    { title: 'from', grows: 0 },
    { title: 'title', grows: 1 },
    { title: 'source', grows: 1 },
  ];
  print(renderTable, columns, rows, terminalWidth());
}

/** Each publisher once, with the years of what it published: `OONI 2022, 2023; Qurium 2017`. */
function publishersOf(sources: ScenarioHead['sources']): string {
  const years = new Map<string, Set<string>>();
  for (const { publisher, date } of Object.values(sources)) {
    const own = years.get(publisher) ?? new Set();
    if (date !== undefined) own.add(date.slice(0, YEAR));
    years.set(publisher, own);
  }
  const texts = [...years].map(([publisher, own]) => `${publisher} ${[...own].join(', ')}`.trim());
  return texts.join('; ');
}

/** Lengths of the beginnings of an ISO date. */
const YEAR = 4;
const MONTH = 7;
