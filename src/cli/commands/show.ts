import { formatModel, formatResolver, formatRule } from '../../report/censor-text.ts';
import { factsOfExpectation, formatFacts, formatTarget } from '../../report/row-text.ts';
import { formatSensorExpectation } from '../../report/sensor.ts';
import { renderTable } from '../../report/table.ts';
import { layoutOf } from '../../scenario/layout.ts';
import { loadScenario } from '../../scenario/library.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { rowsOf } from '../../testbed/run.ts';
import { printJson, terminalWidth } from '../terminal.ts';

export function show(id: string, options: { readonly json?: boolean }): void {
  const scenario = loadScenario(id);
  if (options.json) printJson(scenario);
  else console.log(describe(scenario, terminalWidth()));
}

function describe(scenario: Scenario, width: number): string {
  const { id, title, summary, sources, period, phases, networks, rules, profiles } = scenario;
  return [
    `${id}: ${title}`,
    '',
    wrap(summary, width),
    '',
    ...Object.values(sources).map(
      (source) =>
        `Source: ${source.title} (${source.publisher}, ${source.date})\n        ${source.url}`,
    ),
    `Period: ${period.from} – ${period.to ?? 'not known to have ended'}`,
    `Networks: ${Object.values(networks)
      .map(({ asn, name, country }) => `AS${asn} ${name} (${country})`)
      .join(', ')}`,
    ...boxesOf(scenario.topology),
    ...outsideOf(scenario),
    ...(phases === undefined
      ? []
      : [
          `Phases: ${Object.entries(phases)
            .map(([name, at]) => `${name} from ${at}`)
            .join(', ')}`,
        ]),
    '',
    'Profiles',
    ...Object.entries(profiles).map(([name, spec]) => `  ${name}: ${formatModel(spec)}`),
    '',
    'Rules',
    ...rules.flatMap(formatRule).map((line) => `  ${line}`),
    ...resolversOf(scenario),
    '',
    'Evidence',
    evidenceTable(scenario, width),
    '',
    'Expectations',
    expectationTable(scenario, width),
    ...sensorOf(scenario, width),
  ].join('\n');
}

function resolversOf({ resolvers = {} }: Scenario): string[] {
  const lines = Object.entries(resolvers).flatMap(([id, spec]) => formatResolver(id, spec));
  return lines.length === 0 ? [] : ['', 'Resolvers', ...lines.map((line) => `  ${line}`)];
}

function evidenceTable({ evidence }: Scenario, width: number): string {
  const rows = evidence.map((entry) => [
    entry.fields.join(', '),
    entry.status,
    entry.status === 'documented' ? `${entry.source}: ${entry.says}` : entry.because,
  ]);
  const columns = [
    { title: 'fields', grows: 1 },
    { title: 'status', grows: 0 },
    { title: 'why', grows: 2 },
  ];
  return renderTable(columns, rows, width);
}

function expectationTable(scenario: Scenario, width: number): string {
  const rows = rowsOf(scenario).map(({ claim, from, profile, request, see }) => [
    claim,
    from,
    request.probe,
    `${formatTarget(request)} [${profile}]`,
    formatFacts(factsOfExpectation(see)),
  ]);
  const columns = [
    { title: 'claim', grows: 2 },
    { title: 'from', grows: 0 },
    { title: 'probe', grows: 0 },
    { title: 'target', grows: 2 },
    { title: 'must see', grows: 2 },
  ];
  return renderTable(columns, rows, width);
}

function sensorOf({ sensor }: Scenario, width: number): string[] {
  if (sensor === undefined) return [];
  const { from, to, minute_ms, topology, visitors, expect } = sensor;
  const rows = expect.map((expectation) => [
    expectation.claim,
    expectation.when,
    expectation.from?.join(', ') ?? 'all inside',
    formatSensorExpectation(expectation),
  ]);
  const columns = [
    { title: 'claim', grows: 2 },
    { title: 'minutes', grows: 0 },
    { title: 'visitors', grows: 2 },
    { title: 'must see', grows: 2 },
  ];
  const lines = [
    `${from} – ${to}, a minute in ${minute_ms} ms`,
    ...boxesOf(topology),
    ...visitors.map((one) => `${one.from}: ${one.per_minute} a minute of ${one.urls.join(', ')}`),
  ];
  return [
    '',
    'Sensor (what the site sees of its visitors while the rules come into force)',
    ...lines.map((line) => `  ${line}`),
    renderTable(columns, rows, width),
  ];
}

function wrap(text: string, width: number): string {
  let column = 0;
  return text
    .split(' ')
    .map((word) => {
      const breaks = column + word.length + 1 > width;
      column = breaks ? word.length : column + word.length + 1;
      return breaks ? `\n${word}` : word;
    })
    .join(' ')
    .replace(/ \n/g, '\n');
}

function boxesOf(topology: Scenario['topology']): string[] {
  const { accesses, boxes } = layoutOf({ topology, hosts: undefined });
  return [
    `Clients: ${accesses.map(({ client, network, isBypass }) => `${client} in ${network}${isBypass ? ' (past every box)' : ''}`).join(', ')}`,
    ...boxes.map(
      ({ id, nearRttMs, farRttMs }) =>
        `Box of ${id}: ${nearRttMs} ms round trip on the clients' side, ${farRttMs} ms beyond it`,
    ),
  ];
}

function outsideOf({ hosts = {} }: Scenario): string[] {
  return Object.entries(hosts).map(
    ([name, { address, names = [] }]) =>
      `Host ${name}: ${[address, ...names].filter(Boolean).join(', ')}`,
  );
}
