import { beforeAll, describe, expect, test } from 'vitest';
import { type Run, runOf, wrongRows } from '../support/run.ts';

describe('run az-2022-tiktok shows what the report describes', () => {
  let seen: Run;
  beforeAll(async () => {
    seen = await runOf('az-2022-tiktok');
  }, 120_000);

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, 46]);
  });

  test('each network decides by its own list, and the two others never', () => {
    const decisions = seen.events.flatMap((event) => (event.event === 'decision' ? event : []));
    expect(new Map(decisions.map(({ box, rule }) => [box, rule]))).toEqual(
      new Map([
        ['delta', 'TikTok, Delta'],
        ['as41997', 'TikTok, AS41997'],
        ['azercell', 'TikTok, Azercell'],
      ]),
    );
    expect(decisions.every(({ injected }) => injected.length === 0)).toBe(true);
  });

  test('no RST is on the wire, and what was dropped was sent again and again', () => {
    const { wire, events } = seen;
    expect(wire.filter(({ isReset, src }) => isReset && src.endsWith(':443'))).toEqual([]);
    const blocked = new Set(
      events.flatMap((event) => (event.event === 'decision' ? event.flow.client : [])),
    );
    expect(blocked.size).toBe(22);
    for (const client of blocked) {
      const hellos = wire.filter(({ src, payloadLength }) => src === client && payloadLength > 0);
      expect(new Set(hellos.map(({ seq }) => seq)).size).toBe(1);
      // At once, and at about 0.2, 0.6, 1.4 and 3.1 s, as Linux does; a busy machine may be late with the last.
      expect(hellos.length).toBeGreaterThan(3);
    }
  });

  test('nothing of a blocked handshake arrives, and names are read where one does', () => {
    const silent = seen.connections.filter(({ requestBytes }) => requestBytes === 0);
    expect(silent.every(({ sni }) => sni === undefined)).toBe(true);
    expect(seen.connections.map(({ sni }) => sni)).toContain('www.tiktok.com');
  });
});
