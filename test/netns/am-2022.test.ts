import { beforeAll, describe, expect, test } from 'vitest';
import { type Run, runOf, wrongRows } from '../support/run.ts';

describe.each([
  { id: 'am-2022-ucom', rows: 30 },
  { id: 'am-2022-mts', rows: 16 },
])('run $id shows what the report describes', ({ id, rows }) => {
  let seen: Run;
  beforeAll(async () => {
    seen = await runOf(id);
  }, 120_000);

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, rows]);
  });

  test('no RST is on the wire: the resolver lies, and the rest is silence', () => {
    expect(seen.wire.filter(({ isReset, src }) => isReset && /:(80|443)$/.test(src))).toEqual([]);
    const decisions = seen.events.flatMap((event) => (event.event === 'decision' ? event : []));
    expect(decisions.every(({ injected }) => injected.length === 0)).toBe(true);
    expect(decisions.length > 0).toBe(id === 'am-2022-mts');
  });
});
