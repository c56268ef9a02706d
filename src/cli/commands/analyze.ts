import { analyzeWebConnectivity } from '../../ooni/analyze.ts';
import { type Reading, readMeasurements } from '../../ooni/read.ts';
import {
  type AnalysisLine,
  analysisLine,
  formatCounts,
  renderAnalysis,
} from '../../report/analysis.ts';
import { FileProblems } from '../file-problems.ts';
import {
  print as draw,
  endWithReader,
  printJsonLine,
  printLines,
  tell,
  terminalWidth,
} from '../terminal.ts';

/** What cannot be read is told on stderr, and the rest is analysed: then the exit status is 2. */
export async function analyze(
  files: readonly string[],
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  endWithReader();
  const counts = { measurements: 0, analysed: 0, unreadable: 0, differ: 0 };
  for (const file of files) {
    const problems = new FileProblems(file);
    for await (const reading of readMeasurements(file)) {
      if (reading.kind === 'problem') {
        counts.unreadable++;
        process.exitCode = 2;
        problems.add(...reading.messages);
        continue;
      }
      counts.measurements++;
      if (reading.wrongDate !== undefined) {
        problems.add(`${reading.wrongDate}; passed over, as no verdict rests on it`);
      }
      const line = judge(reading);
      if (line === undefined) print(reading, json);
      else {
        counts.analysed++;
        if (line.differs.length > 0) counts.differ++;
        if (json) printJsonLine(line);
        else draw(renderAnalysis, line, terminalWidth());
      }
    }
    problems.end();
  }
  if (json) tell(formatCounts(counts));
  else printLines(formatCounts(counts));
}

type Measured = Extract<Reading, { kind: 'measurement' }>;

function judge({ file, line, measurement }: Measured): AnalysisLine | undefined {
  if (measurement.test !== 'web_connectivity') return undefined;
  const { input, keys, publicNetworks, recorded } = measurement;
  const { verdict, reasons } = analyzeWebConnectivity(keys, { input, publicNetworks });
  return analysisLine({ input, reasons, file, line }, verdict, recorded);
}

/** A measurement that is not analysed: of sni_blocking the result that it has, of others their name. */
function print({ file, line, measurement }: Measured, json: boolean): void {
  const { test, input } = measurement;
  if (test === 'sni_blocking') {
    const { result } = measurement;
    if (json) printJsonLine({ input, test_name: test, result, file, line });
    else printLines(`${file}:${line}: ${input}`, `  sni_blocking: ${result}`);
  } else if (test === 'other') {
    tell(`${file}:${line}: skipped, a measurement of ${measurement.name}`);
  }
}
