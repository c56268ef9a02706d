import { expect, test } from 'vitest';
import { renderFailures, renderRun } from '../../src/report/run-table.ts';
import type { RowResult } from '../../src/testbed/rows.ts';
import { rowResult } from '../support/summaries.ts';

test('rows of one profile and phase do not name them', () => {
  const rows = [row('packet', 'denied'), row('packet', 'denied')];
  expect(renderRun(rows, 120)).not.toContain('[');
  expect(renderFailures(rows)).not.toContain('[');
});

test.each([
  { of: 'profiles', rows: [row('a', 'x'), row('b', 'x')], names: ['[a]', '[b]'] },
  { of: 'phases', rows: [row('a', 'x'), row('a', 'y')], names: ['[x]', '[y]'] },
  { of: 'both', rows: [row('a', 'x'), row('b', 'y')], names: ['[a, x]', '[b, y]'] },
])('rows of several $of name theirs, in the table and among failures', ({ rows, names }) => {
  const lines = renderRun(rows, 120).split('\n').slice(1);
  const failures = renderFailures(rows).split('\n✗');
  for (const [i, name] of names.entries()) {
    expect(lines[i]).toContain(`http://a.example/ ${name} `);
    expect(failures[i]).toContain(`client: http http://a.example/ ${name}\n`);
  }
});

function row(profile: string, phase: string): RowResult {
  return rowResult({
    ...{ profile, phase, outcome: 'failed', mismatches: ['failure: expected none'] },
    observation: { failure: 'connection_reset', says: 'reset' },
  });
}
