import type { Sample } from './measures.ts';

export interface Result {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Medians of each contender, then the first one's as a multiple of each other's. At most 80 columns. */
export function renderReport(results: readonly Result[], skipped: readonly string[]): string {
  const rows = results.map(({ name, samples }) => ({ name, sample: medianOf(samples) }));
  const [first, ...others] = rows;
  if (first === undefined) return '';
  const ratios = others.map(({ name, sample }) => [
    `${first.name} / ${name}`,
    ...COLUMNS.map(({ key }) => `${(first.sample[key] / sample[key]).toFixed(2)} x`),
  ]);
  const lines = [
    ['', ...COLUMNS.map(({ title }) => title)],
    ['', ...COLUMNS.map(({ unit }) => unit)],
    ...rows.map(({ name, sample }) => [name, ...COLUMNS.map(({ key, show }) => show(sample[key]))]),
    [],
    ...ratios,
  ];
  const rounds = results[0]?.samples.length ?? 0;
  const how = `medians of ${rounds}; time: less is better, everything else: more is better`;
  return ['', ...lines.map(renderLine), '', how, ...skipped].join('\n');
}

function medianOf(samples: readonly Sample[]): Sample {
  const of = (key: keyof Sample): number => median(samples.map((sample) => sample[key]));
  return Object.fromEntries(COLUMNS.map(({ key }) => [key, of(key)])) as unknown as Sample;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function renderLine([name = '', ...cells]: readonly string[]): string {
  return (name.padEnd(28) + cells.map((cell) => cell.padStart(10)).join('')).trimEnd();
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');

const COLUMNS: readonly {
  readonly key: keyof Sample;
  readonly title: string;
  readonly unit: string;
  readonly show: (value: number) => string;
}[] = [
  { key: 'bulkGbps', title: 'bulk TCP', unit: 'Gb/s', show: (value) => value.toFixed(2) },
  { key: 'connectionsPerSecond', title: 'new HTTP', unit: 'conn/s', show: whole },
  { key: 'requestsPerSecond', title: 'kept HTTP', unit: 'req/s', show: whole },
  { key: 'roundTripUs', title: 'roundtrip', unit: 'us', show: whole },
  { key: 'readyMs', title: 'lab ready', unit: 'ms', show: whole },
];
