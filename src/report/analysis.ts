import { counted } from '../base/counted.ts';
import { inQuotes } from '../base/showable.ts';
import type { RecordedVerdict } from '../ooni/recorded-measurement.ts';
import type { WebVerdict } from '../ooni/test-keys.ts';
import { wrap } from './wrap.ts';

/** What analysis says of one measurement, as a line of JSON. */
export interface AnalysisLine extends Summary {
  readonly input: string | null;
  readonly reasons: readonly string[];
  readonly file: string;
  readonly line: number;
  /** The verdict that the file has itself; null if it has none. */
  readonly recorded: Partial<Summary> | null;
  /** Of which fields it differs. */
  readonly differs: readonly (keyof Summary)[];
}

interface Summary {
  readonly dns_consistency: string | null;
  readonly blocking: string | boolean | null;
  readonly accessible: boolean | null;
  readonly http_experiment_failure: string | null;
  readonly blocking_flags: number;
  readonly dns_flags: number;
  readonly null_null_flags: number;
}

export interface AnalysisCounts {
  readonly measurements: number;
  readonly analysed: number;
  readonly unreadable: number;
  readonly differ: number;
}

export function analysisLine(
  of: Pick<AnalysisLine, 'input' | 'reasons' | 'file' | 'line'>,
  verdict: WebVerdict,
  recordedVerdict: RecordedVerdict,
): AnalysisLine {
  const ours = summaryOf(verdict) as unknown as Summary;
  const theirs = summaryOf(recordedVerdict);
  const known = Object.entries(theirs).filter(([, value]) => value !== undefined);
  const recorded = known.length === 0 ? null : (Object.fromEntries(known) as Partial<Summary>);
  const differs = FIELDS.filter(
    (key) => recorded?.[key] !== undefined && recorded[key] !== ours[key],
  );
  const { input, reasons, file, line } = of;
  return { input, ...ours, reasons, file, line, recorded, differs };
}

/** For people: what was measured, the verdict, what it rests on, and what the file says where it says otherwise. */
export function renderAnalysis(line: AnalysisLine, width: number): string {
  const { file, line: number, input, reasons, recorded, differs } = line;
  const theirs = differs.map((key) => tellField(key, recorded?.[key]));
  const flags = FLAGS.filter((key) => line[key] > 0).map((key) => tellField(key, line[key]));
  const verdict = [...PLAIN.map((key) => tellField(key, line[key])), ...flags].join(', ');
  const parts = [
    wrap(verdict, width, '  ', '    '),
    ...reasons.map((reason) => wrap(reason, width, '  - ', '    ')),
    ...(theirs.length === 0
      ? []
      : [wrap(`the file says ${theirs.join(', ')}`, width, '  ! ', '    ')]),
  ];
  return [`${file}:${number}: ${input ?? '(no input)'}`, ...parts].join('\n');
}

/** `56 measurements, 55 analysed, 1 line not readable, 2 differ from the verdict in their file` */
export function formatCounts(counts: AnalysisCounts): string {
  const { measurements, analysed, unreadable, differ } = counts;
  return [
    counted(measurements, 'measurement'),
    `${analysed} analysed`,
    `${counted(unreadable, 'line')} not readable`,
    `${counted(differ, 'differs', 'differ')} from the verdict in the file`,
  ].join(', ');
}

function summaryOf(verdict: WebVerdict | RecordedVerdict): Record<keyof Summary, unknown> {
  return {
    dns_consistency: verdict.dns_consistency,
    blocking: verdict.blocking,
    accessible: verdict.accessible,
    // Old probes wrote `false` for none.
    http_experiment_failure:
      verdict.http_experiment_failure === false ? null : verdict.http_experiment_failure,
    blocking_flags: verdict.x_blocking_flags,
    dns_flags: verdict.x_dns_flags,
    null_null_flags: verdict.x_null_null_flags,
  };
}

function tellField(key: keyof Summary, value: unknown): string {
  const bits = key in BITS ? BITS[key as keyof typeof BITS] : undefined;
  if (typeof value === 'string') return `${key} ${inQuotes(value)}`;
  if (bits === undefined || typeof value !== 'number') return `${key} ${value}`;
  const set = bits.filter((_, i) => (value & (1 << i)) !== 0);
  return `${key} ${value}${set.length === 0 ? '' : ` (${set.join(', ')})`}`;
}

/** What the flags of 0.5 stand for, from the lowest bit. */
const BITS = {
  blocking_flags: ['DNS', 'TCP/IP', 'TLS', 'HTTP', 'http-diff', 'success'],
  dns_flags: ['bogon', 'unexpected failure', 'unexpected addresses'],
  null_null_flags: [
    ...['DNS failed as expected', 'TCP failed as expected', 'TLS failed as expected'],
    ...['HTTPS without control', 'unexpected addresses'],
  ],
};

const PLAIN = ['blocking', 'accessible', 'dns_consistency', 'http_experiment_failure'] as const;
const FLAGS = ['blocking_flags', 'dns_flags', 'null_null_flags'] as const;
const FIELDS = [...PLAIN, ...FLAGS];
