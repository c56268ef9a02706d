import { renderTable } from '../../report/table.ts';
import { scenarioHeads } from '../../scenario/heads.ts';
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
  const rows = scenarios.map(({ id, title, period, networks, sources }) => [
    id,
    title,
    `${period.from.slice(0, 10)} – ${period.to?.slice(0, 10) ?? ''}`.trim(),
    Object.values(networks)
      .map(({ asn }) => `AS${asn}`)
      .join(' '),
    Object.values(sources)
      .map(({ publisher, date }) => [publisher, date?.slice(0, 4)].join(' ').trim())
      .join(', '),
  ]);
  const columns = [
    { title: 'id', grows: 0 },
    { title: 'title', grows: 2 },
    { title: 'period', grows: 0 },
    { title: 'networks', grows: 1 },
    { title: 'source', grows: 1 },
  ];
  print(renderTable, columns, rows, terminalWidth());
}
