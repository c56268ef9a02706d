import { beforeAll, describe, expect, test } from 'vitest';
import { type Run, runOf, wrongRows } from '../support/run.ts';

describe('run ir-2012 shows what the report describes', () => {
  let seen: Run;
  beforeAll(async () => {
    seen = await runOf('ir-2012');
  }, 120_000);

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.run.exitCode, seen.run.rows.length]).toEqual([0, 28]);
  });

  test('handshakes are interrupted by the network’s own box, the rest by the way out of the country', () => {
    const decisions = seen.events.flatMap((event) => (event.event === 'decision' ? event : []));
    const places = new Set(decisions.map(({ box, rule }) => `${box}: ${rule}`));
    expect(places).toEqual(
      new Set([
        'affected: TLS handshake',
        "gateway: address of Tor's website",
        'gateway: keyword in a search',
      ]),
    );
  });

  test('no SYN for the blocked address and port leaves the country, and nothing answers it', () => {
    const blocked = seen.wire.filter(({ dst }) => dst === '86.59.30.36:443');
    expect(blocked.length).toBeGreaterThan(3);
    expect(seen.wire.filter(({ src }) => src === '86.59.30.36:443')).toEqual([]); // the control's way passes no box
  });
});
