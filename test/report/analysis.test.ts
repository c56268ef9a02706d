import { expect, test } from 'vitest';
import { shown } from '../../src/base/showable.ts';
import { analyzeWebConnectivity } from '../../src/ooni/analyze.ts';
import { analysisLine, renderAnalysis } from '../../src/report/analysis.ts';
import { keys } from '../support/measured.ts';

const { verdict, reasons } = analyzeWebConnectivity(keys(), { input: null });
const of = { input: null, reasons, file: 'm', line: 7 };

test('a file without a verdict differs in nothing', () => {
  const line = analysisLine(of, verdict, {});
  expect(line).toMatchObject({ recorded: null, differs: [] });
  expect(renderAnalysis(line, 200)).not.toContain('the file says');
});

test('a field that the file does not have is not compared, null is', () => {
  const line = analysisLine(of, verdict, { blocking: false, accessible: null, x_dns_flags: 4 });
  expect(line.recorded).toEqual({ blocking: false, accessible: null, dns_flags: 4 });
  expect(line.differs).toEqual(['accessible', 'dns_flags']);
  expect(renderAnalysis(line, 200)).toContain(
    '! the file says accessible null, dns_flags 4 (unexpected addresses)',
  );
});

test('false for no failure, as old probes wrote it, is no difference from null', () => {
  const line = analysisLine(of, verdict, { http_experiment_failure: false });
  expect(line).toMatchObject({ recorded: { http_experiment_failure: null }, differs: [] });
});

test('flags are shown with what they stand for, if any is set', () => {
  expect(renderAnalysis(analysisLine(of, verdict, {}), 200).split('\n')[1]).toBe(
    '  blocking false, accessible true, dns_consistency "consistent", http_experiment_failure null, blocking_flags 32 (success)',
  );
});

test('what would move the cursor is shown as an escape', () => {
  const line = analysisLine({ ...of, input: 'http://a/\u001b[31m' }, verdict, {});
  expect(renderAnalysis(shown(line), 80)).toContain('m:7: http://a/\\u001b[31m\n');
});

test("the file's own verdict is escaped once, and is in quotes once", () => {
  const line = analysisLine(of, verdict, { blocking: 'dns\u001b[2J "x"\n', accessible: false });
  expect(renderAnalysis(shown(line), 200)).toContain(
    '! the file says blocking "dns\\u001b[2J \\"x\\"\\n", accessible false',
  );
});
