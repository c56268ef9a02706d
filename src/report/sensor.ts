import type { SensorExpectation } from '../scenario/sensor-schema.ts';
import type { SensorResult } from '../testbed/sensor-run.ts';
import { mark } from './run-table.ts';
import { renderTable } from './table.ts';

type Minute = SensorResult['minutes'][number];
type Figure = 'sessions' | 'answered' | 'short' | 'resets';

/** A bar for each minute, of which share of the site's traffic came from inside; and what was expected of it. */
export function renderSensor(sensor: SensorResult, width: number): string {
  const { minutes, onset, verdicts } = sensor;
  const bar = Math.min(MOST_BAR, Math.max(LEAST_BAR, width - BESIDE_BAR));
  const lines = [...new Set(minutes.map(({ minute }) => minute))].flatMap((minute) => {
    const begins = minute === onset ? [`${clock(onset)} the rules come into force`] : [];
    return [...begins, minuteLine(minute, sensor, bar)];
  });
  const cells = verdicts.map((verdict) => [
    mark(verdict),
    verdict.expectation.claim,
    verdict.expectation.when,
    formatSensorExpectation(verdict.expectation),
    figuresOf(verdict.expectation, (figure) => formatPercent(verdict.observed[figure])),
  ]);
  return [
    `The site's own log of ${onset.slice(0, 10)}: traffic from inside`,
    `UTC   ${''.padEnd(bar)}  inside visits  short resets`,
    ...lines,
    '',
    renderTable(COLUMNS, cells, width),
  ].join('\n');
}

/** What went wrong, for each expectation that failed. */
export function renderSensorFailures({ verdicts }: SensorResult): string {
  return verdicts
    .filter(({ outcome }) => outcome === 'failed')
    .map(
      ({ expectation, networks, mismatches }) =>
        `✗ ${expectation.claim}\n  sensor: ${expectation.when}, from ${networks.join(', ')}` +
        mismatches.map((mismatch) => `\n    ${mismatch}`).join(''),
    )
    .join('\n');
}

/** A line for each network and minute. */
export function formatSensorCsv({ minutes, networks }: SensorResult): string {
  const asnOf = (name: string): number | string =>
    networks.find(({ network }) => network === name)?.asn ?? '';
  const lines = minutes.map(({ minute, network, sessions, answered, short, resets }) =>
    [minute, asnOf(network), network, sessions, answered, short, resets].join(','),
  );
  return `minute,asn,network,sessions,answered,short,resets\n${lines.join('\n')}\n`;
}

/** `share 30–40 %, resets 0–0 %` */
export function formatSensorExpectation(expectation: SensorExpectation): string {
  return figuresOf(expectation, (_, [least, most]) => `${least}–${most} %`);
}

function minuteLine(minute: string, { minutes, networks }: SensorResult, bar: number): string {
  const all = minutes.filter((one) => one.minute === minute);
  const inside = networks.filter(({ isInside }) => isInside).map(({ network }) => network);
  const own = all.filter(({ network }) => inside.includes(network));
  const share = (100 * sum(own, 'answered')) / sum(all, 'answered');
  const length = Number.isNaN(share) ? 0 : Math.round((bar * share) / 100);
  const counts = [sum(all, 'sessions'), sum(all, 'short'), sum(all, 'resets')];
  return [
    clock(minute),
    '█'.repeat(length).padEnd(bar),
    formatPercent(share).padStart(7),
    ...counts.map((count) => String(count).padStart(6)),
  ].join(' ');
}

function figuresOf(
  expectation: SensorExpectation,
  format: (figure: 'share' | 'short' | 'resets', range: readonly [number, number]) => string,
): string {
  return (['share', 'short', 'resets'] as const)
    .flatMap((figure) => {
      const range = expectation[figure];
      return range === undefined ? [] : [`${figure} ${format(figure, range)}`];
    })
    .join(', ');
}

function formatPercent(share: number): string {
  return Number.isNaN(share) ? 'nothing' : `${share.toFixed(0)} %`;
}

function clock(date: string): string {
  return date.slice(11, 16);
}

function sum(minutes: readonly Minute[], figure: Figure): number {
  return minutes.reduce((total, minute) => total + minute[figure], 0);
}

const LEAST_BAR = 10;
const MOST_BAR = 50;
/** Columns that the time, the share and the counts take. */
const BESIDE_BAR = 35;
const COLUMNS = [
  { title: '', grows: 0 },
  { title: 'claim', grows: 2 },
  { title: 'minutes', grows: 0 },
  { title: 'expected', grows: 1 },
  { title: 'observed', grows: 1 },
];
