import { layoutOf, type SideOfBox } from '../scenario/layout.ts';
import { phasesOf } from '../scenario/phases.ts';
import type { OutsideHost, Scenario } from '../scenario/schema.ts';
import type { Row } from '../testbed/rows.ts';
import { formatFields, formatModel, formatResolver, formatRule } from './censor-text.ts';
import { formatEvidence } from './evidence-text.ts';
import { factsOfExpectation, formatFacts, formatTarget } from './row-text.ts';
import { formatSensorExpectation } from './sensor.ts';
import { renderTable } from './table.ts';
import { wrap } from './wrap.ts';

/** Everything that a scenario says, and what its rows are, in lines of at most `width` columns, but for URLs that are longer. */
export function formatScenario(scenario: Scenario, rows: readonly Row[], width: number): string {
  const { id, title, summary, rules, profiles, resolvers = {} } = scenario;
  const inside = (lines: readonly string[]): string[] => lines.map((line) => indented(line, width));
  const models = Object.entries(profiles).map(([name, spec]) => `${name}: ${formatModel(spec)}`);
  const lies = Object.entries(resolvers).flatMap(([of, spec]) => formatResolver(of, spec));
  const tables = Object.entries(scenario.tables ?? {}).map(
    ([of, table]) => `${of}: ${table.title} (${table.rows} by ${table.columns})`,
  );
  return [
    [wrap(`${id}: ${title}`, width)],
    [wrap(summary, width)],
    ['Sources', ...inside(sourcesOf(scenario))],
    ['Calendar', ...inside(calendarOf(scenario))],
    ['Path', ...inside(pathOf(scenario))],
    ['Profiles', ...inside(models)],
    rules.length === 0 ? [] : ['Rules', ...inside(rules.flatMap(formatRule))],
    lies.length === 0 ? [] : ['Resolvers', ...inside(lies)],
    [formatEvidence(scenario, width)],
    ['Expectations', expectationTable(scenario, rows, width)],
    sensorOf(scenario, width, inside),
    tables.length === 0 ? [] : ['Tables', ...inside(tables)],
  ]
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n');
}

/** A line below a heading; what it begins with stays, and what does not fit is set in a little more. */
function indented(line: string, width: number): string {
  const start = `  ${/^ */.exec(line)?.[0]}`;
  return wrap(line.trimStart(), width, start, `${start}    `);
}

/** Evidence names them by their ids. */
function sourcesOf({ sources }: Scenario): string[] {
  return Object.entries(sources).flatMap(([id, { title, publisher, date, url }]) => [
    `${id}: ${title} (${publisher}, ${date ?? 'undated'})`,
    `  ${url}`,
  ]);
}

function calendarOf(scenario: Scenario): string[] {
  const { period, phases } = scenario;
  const whole = `from ${period.from}, ${period.to === undefined ? 'not known to have ended' : `to ${period.to}`}`;
  if (phases === undefined) return [whole, 'run as at its beginning'];
  return [whole, ...phasesOf(scenario).map(({ name, at }) => `phase ${name}: run as at ${at}`)];
}

function pathOf(scenario: Scenario): string[] {
  const { networks, hosts = {}, topology, origin, tor } = scenario;
  const inside = topology.inside === undefined ? [] : [`host inside: in ${topology.inside}`];
  return [
    ...Object.entries(networks).map(
      ([id, { asn, name, country }]) => `network ${id}: AS${asn} ${name} (${country})`,
    ),
    ...boxesOf(topology),
    ...inside,
    `host server: ${formatFields(origin)}`,
    ...Object.entries(hosts).map(([name, host]) => `host ${name}: ${formatHost(host)}`),
    ...(tor === undefined ? [] : [`Tor network on server: ${formatFields(tor)}`]),
  ];
}

/** What it does not say is as of `server`. */
function formatHost({ address, names = [], software, redirect, ...how }: OutsideHost): string {
  const server = software && `served by ${software}`;
  const parts = [address, ...names, server, formatFields(how), redirect && `redirect ${redirect}`];
  return parts.filter(Boolean).join(', ') || 'as server';
}

function boxesOf(topology: Scenario['topology']): string[] {
  const { accesses, boxes, nearRouters, farRouters, isBesideServer } = layoutOf({ topology });
  return [
    ...accesses.map(
      ({ client, network, isBypass }) =>
        `client ${client}: in ${network}${isBypass ? ', past every box' : ''}`,
    ),
    ...boxes.map(
      ({ id, near, far }) =>
        `box of ${id}: ${near.rttMs} ms round trip${flawsOf(near)} on the clients' side, ${far.rttMs} ms${flawsOf(far)} beyond it`,
    ),
    ...(isBesideServer ? ["the box is on the server's own link, behind every router"] : []),
    ...(nearRouters.length + farRouters.length === 0
      ? []
      : [`routers: ${nearRouters.length + 1} before the box, ${farRouters.length + 1} behind it`]),
  ];
}

/** Of a link; each frame and each way. */
function flawsOf({ jitterMs, loss }: SideOfBox): string {
  const flaws = [
    ...(jitterMs === 0 ? [] : [`up to ${jitterMs} ms more for a frame`]),
    ...(loss === 0 ? [] : [`${Number((loss * 100).toPrecision(6))} % lost`]),
  ];
  return flaws.length === 0 ? '' : ` (${flaws.join(', ')})`;
}

function sensorOf(
  { sensor }: Scenario,
  width: number,
  inside: (lines: readonly string[]) => string[],
): string[] {
  if (sensor === undefined) return [];
  const { from, to, minute_ms, topology, visitors, expect } = sensor;
  const cells = expect.map((expectation) => [
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
  return [
    'Sensor, what the site sees of its visitors while the rules come into force',
    ...inside([
      `${from} to ${to}, a minute in ${minute_ms} ms`,
      ...boxesOf(topology),
      ...visitors.map((one) => `${one.from}: ${one.per_minute} a minute of ${one.urls.join(', ')}`),
    ]),
    renderTable(columns, cells, width),
  ];
}

function expectationTable(scenario: Scenario, rows: readonly Row[], width: number): string {
  const controls = new Set(
    scenario.expect.filter((row) => row.negative_control).map(({ see }) => see),
  );
  const cells = rows.map(({ claim, from, profile, phase, request, see, times }) => [
    claim + (controls.has(see) ? ' (negative control)' : ''),
    `${from}: ${request.probe} ${formatTarget(request)} [${scenario.phases === undefined ? profile : `${profile}, ${phase}`}]`,
    formatFacts(factsOfExpectation(see, times)),
  ]);
  const columns = ['claim', 'probe', 'must see'].map((title) => ({ title, grows: 1 }));
  return renderTable(columns, cells, width);
}
