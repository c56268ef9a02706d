import { beforeAll, describe, expect, test } from 'vitest';
import { type Run, runOf, wrongRows } from '../support/run.ts';

describe('run az-2020 shows what the reports describe', () => {
  let seen: Run;
  beforeAll(async () => {
    seen = await runOf('az-2020');
  }, 120_000);

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, 57]);
  });

  test('it is silence: no box sends anything, and no RST comes from a server', () => {
    const decisions = seen.events.flatMap((event) => (event.event === 'decision' ? event : []));
    expect(decisions.length).toBeGreaterThan(60);
    expect(decisions.every(({ injected }) => injected.length === 0)).toBe(true);
    const fromServers = seen.wire.filter(({ src }) => /:(80|443)$/.test(src));
    expect(fromServers.filter(({ isReset }) => isReset)).toEqual([]);
  });

  test('of Telegram’s handshakes some go through, as the draw of each flow has it', () => {
    const telegram = seen.connections.filter(({ sni }) => sni === 'web.telegram.org');
    expect(telegram.length).toBeGreaterThan(0);
  });
});
