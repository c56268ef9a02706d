import { beforeAll, describe, expect, test } from 'vitest';
import { type Run, runOf, wrongRows } from '../support/run.ts';

describe('run kz-2012 shows what the reports describe', () => {
  let seen: Run;
  beforeAll(async () => {
    seen = await runOf('kz-2012');
  }, 300_000);

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, 40]);
  });

  test('of more than 500 handshakes of ordinary clients with four kinds of servers, none is touched', () => {
    const ordinary = seen.summary.rows.filter(({ claim }) => claim.startsWith('no handshake of'));
    expect(new Set(ordinary.map(({ request }) => new URL(request.url).hostname)).size).toBe(4);
    expect(new Set(ordinary.map(({ request }) => `${request.probe} ${request.tls}`)).size).toBe(6);
    const worked = ordinary.reduce((sum, { times, observation }) => {
      return sum + (times === 1 ? Number(observation.failure === null) : worksOf(observation));
    }, 0);
    expect(worked).toBeGreaterThan(500);
    const claims = new Set(seen.summary.rows.filter(isSilent).map(({ claim }) => claim));
    expect(claims.size).toBe(3);
    expect(decisions(seen)).toHaveLength(seen.summary.rows.filter(isSilent).length + RELAYS - 1);
  });

  test('relays are recognised on any address and port, those of 2012 and those of today', () => {
    const places = decisions(seen).map(({ rule, flow }) => `${rule}: ${flow.server}`);
    expect(new Set(places)).toEqual(
      new Set([
        'Tor relay of 2012: 198.18.70.2:443',
        'Tor relay of 2012: 198.18.70.2:9001',
        'Tor relay of 2012: 198.18.70.2:31337',
        'Tor relay of 2012: 198.18.71.2:443',
        ...['9001', '5001', '5002', '5003'].flatMap((port) => {
          const place = `Tor relay of today: 198.18.3.2:${port}`;
          return places.includes(place) ? place : [];
        }),
        'Tor relay of today: 198.18.74.2:443',
        'Tor relay of today: 198.18.75.2:443',
      ]),
    );
    expect(places).toContain('Tor relay of today: 198.18.3.2:9001');
  });

  test('the flight of a relay reaches the client, and what the client answers stays with the box', () => {
    for (const { flow, matched } of decisions(seen)) {
      // Each packet that passes is in the capture twice: as it came in, and as it went out.
      const sent = seen.wire.filter(({ src, dst }) => src === flow.server && dst === flow.client);
      const hello = sent.filter(({ payloadLength }) => payloadLength >= matched.length);
      expect(hello.filter(({ seq }) => seq === hello[0]?.seq).length).toBeGreaterThanOrEqual(2);
      const said = seen.wire.filter(({ src, dst }) => src === flow.client && dst === flow.server);
      const answers = said.filter(
        ({ seq, payloadLength }) => payloadLength > 0 && seq > firstData(said) + 1,
      );
      // Once as it came in and as often again as Linux sends it again.
      expect(new Set(answers.map(({ seq }) => seq)).size).toBeLessThanOrEqual(2);
      expect(answers.length).toBeGreaterThan(3);
    }
  });

  test('no RST is sent, and none is seen in a flow that was recognised', () => {
    expect(decisions(seen).every(({ injected }) => injected.length === 0)).toBe(true);
    const clients = new Set(decisions(seen).map(({ flow }) => flow.client));
    const resets = seen.wire.filter(({ isReset, dst }) => isReset && clients.has(dst));
    expect(resets).toEqual([]);
  });
});
