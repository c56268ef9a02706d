import { expect, test } from 'vitest';
import type { IndexedFlow } from '../../src/replay/flow-index.ts';
import { loadScenario } from '../../src/scenario/library.ts';
import { flowsOfRows } from '../../src/testbed/row-flows.ts';
import type { RowResult } from '../../src/testbed/rows.ts';

const SCENARIO = loadScenario('four-models');
const CLIENT = '198.18.1.2';

test('a flow belongs to the row of its client that was running when it began', () => {
  const rows = [row(0, 10), row(20, 30), row(20, 30, { from: 'control' })];
  const flows = [flow(1, 5), flow(2, 15), flow(3, 20), flow(4, 30), flow(5, 31)];
  expect(numbersOf(rows, flows)).toEqual([[1], [3, 4], []]);
});

test('of rows side by side, the flow is of the one that tells its own end, or its server alone', () => {
  const rows = [
    row(0, 10, {}, { local: `${CLIENT}:1000`, remote: '198.18.3.2:80' }),
    row(0, 10, {}, { local: `${CLIENT}:1001` }),
    row(0, 10, {}, { remote: '198.18.3.2:8443' }),
  ];
  const flows = [flow(1, 5, 1000), flow(2, 5, 1001), flow(3, 5, 9, '198.18.3.2:8443')];
  expect(numbersOf(rows, flows)).toEqual([[1], [2], [3]]);
  // One port of a client may be that of several connections, to different ends.
  expect(numbersOf(rows, [flow(4, 5, 1000, '198.18.3.2:443')])).toEqual([[], [], []]);
});

test('a flow under another profile, or without any row, is nobody’s', () => {
  const rows = [row(0, 10, { profile: 'P' })];
  expect(numbersOf(rows, [{ ...flow(1, 5), profile: 'F' }])).toEqual([[]]);
  expect(numbersOf([{ ...row(0, 10), span: undefined }], [flow(1, 5)])).toEqual([[]]);
});

function numbersOf(rows: readonly RowResult[], flows: readonly IndexedFlow[]): number[][] {
  return flowsOfRows(SCENARIO, rows, flows).map((some) => some.map((one) => one.flow));
}

function flow(number: number, startedAt: number, port = 1, server = '198.18.3.2:80'): IndexedFlow {
  const client = `${CLIENT}:${port}`;
  return { box: 0, flow: number, client, server, startedAt, profile: undefined };
}

function row(
  from: number,
  to: number,
  more: Partial<RowResult> = {},
  seen: Partial<RowResult['observation']> = {},
): RowResult {
  return {
    ...{ claim: 'c', isControl: false, profile: 'P', phase: 'x', from: 'client', times: 1 },
    see: { failure: null },
    request: { probe: 'http', url: 'http://a.example/', ip: 4 },
    observation: { failure: null, says: '', ...seen },
    ...{ connections: [], requestBytes: 0, resets: { client: 0, server: 0 } },
    ...{ outcome: 'passed', mismatches: [] },
    span: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    ...more,
  };
}
