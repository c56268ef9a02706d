import { counted } from '../../base/counted.ts';
import { ChokepointError } from '../../base/errors.ts';
import { pointsOf } from '../../ooni/points.ts';
import { readMeasurements } from '../../ooni/read.ts';
import { renderCrossTable } from '../../report/cross-table.ts';
import { crossTableCsv } from '../../report/csv.ts';
import { CellCounts } from '../../testbed/cross-table.ts';
import { FileProblems } from '../file-problems.ts';
import { print, printJson, printText, tell, terminalWidth } from '../terminal.ts';

interface TableCommandOptions {
  readonly rows: string;
  readonly columns: string;
  readonly where?: readonly string[];
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** How measurements came out, by two things in which they differ. */
export async function table(
  files: readonly string[],
  { rows, columns, where = [], csv, json }: TableCommandOptions,
): Promise<void> {
  const conditions = where.map(conditionOf);
  const asksDate = [rows, columns, ...conditions.map(([key]) => key)].includes('date');
  const counts = new CellCounts();
  const lacking = new Map<string, number>();
  let measurements = 0;
  for (const file of files) {
    const problems = new FileProblems(file);
    const leaveOut = (...messages: readonly string[]): void => {
      problems.add(...messages);
      process.exitCode = 2;
    };
    for await (const reading of readMeasurements(file)) {
      if (reading.kind === 'problem') {
        leaveOut(...reading.messages);
        continue;
      }
      measurements++;
      if (asksDate && reading.wrongDate !== undefined) {
        leaveOut(`${reading.wrongDate}; left out`);
        continue;
      }
      const own = pointsOf(reading.value, { rows, columns, where: conditions });
      if (typeof own === 'string') {
        leaveOut(`${reading.file}:${reading.line}: ${own}`);
        continue;
      }
      const { lacks } = own;
      if (lacks !== undefined) lacking.set(lacks, (lacking.get(lacks) ?? 0) + 1);
      for (const point of own.points) counts.add({ ...point, outcomes: { [point.outcome]: 1 } });
    }
    problems.end();
  }
  if (counts.height === 0) throw nothingFound(measurements, rows, columns, where);
  for (const [key, count] of lacking) tell(lackingText(key, count, measurements));
  // Measurements are written down as they end: their order says nothing.
  const order = new Intl.Collator('en', { numeric: true });
  requireFew(counts, rows, columns);
  const made = counts.table(order.compare);
  if (json) printJson({ rowKey: rows, columnKey: columns, ...made });
  else if (csv) printText(crossTableCsv(made, rows));
  else print(renderCrossTable, made, rows, terminalWidth());
}

function lackingText(key: string, count: number, of: number): string {
  const verb = count === 1 ? 'has' : 'have';
  return `${count} of ${counted(of, 'measurement')} ${verb} no ${key}, and no place in the table`;
}

function requireFew({ height, width }: CellCounts, rows: string, columns: string): void {
  if (height * width <= MOST_CELLS) return;
  throw new ChokepointError(
    'USAGE',
    `${counted(height, 'value')} of ${rows} by ${width} of ${columns}: a table has at most ${MOST_CELLS} cells`,
    { hint: 'take keys with fewer values, such as probe_asn, or fewer measurements with --where' },
  );
}

/** Each takes memory, though nothing was measured there. */
const MOST_CELLS = 4_000_000;

function conditionOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new ChokepointError('USAGE', `--where: expected KEY=VALUE; found "${text}"`, {
    hint: 'for example --where probe_cc=AZ',
  });
}

function nothingFound(
  measurements: number,
  rows: string,
  columns: string,
  where: readonly string[],
): ChokepointError {
  const also = where.length === 0 ? '' : `, and ${where.join(', ')}`;
  return new ChokepointError(
    'USAGE',
    `none of ${counted(measurements, 'measurement')} has both ${rows} and ${columns}${also}`,
    { hint: 'the keys are in `chokepoint table --help`' },
  );
}
