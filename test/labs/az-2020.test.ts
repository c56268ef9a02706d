import { loadScenario } from 'chokepoint';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectMeasurements } from '../support/measurements-of-run.ts';
import {
  decisionsOf,
  expectSilence,
  type Run,
  resetsOfBoxes,
  runOf,
  wrongRows,
} from '../support/run.ts';

describe('run az-2020 shows what the reports describe', () => {
  let seen: Run;
  beforeAll(async () => {
    seen = await runOf('az-2020');
  });

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, 68]);
  });

  test('every try of a row is a measurement in OONI’s format, of one of the five networks', () => {
    expectMeasurements(seen, loadScenario('az-2020'));
  });

  test('it is silence: no box sends anything', () => {
    const decisions = decisionsOf(seen);
    expect(decisions.length).toBeGreaterThan(60);
    expect(decisions.every(({ injected }) => injected.length === 0)).toBe(true);
    expect(resetsOfBoxes(seen)).toEqual([]);
  });
  test('what was silenced was sent again and again, and nothing of it is beyond the box', () => {
    for (const decision of decisionsOf(seen)) expectSilence(seen, decision);
  });

  test.each([
    { network: 'as50274', rule: 'Telegram, TLS', port: 443 },
    { network: 'katv1', rule: 'Telegram, HTTP', port: 80 },
  ])('of 60 tries ($rule), those that were not silenced reached the server', (given) => {
    const silenced = decisionsOf(seen).filter(
      ({ box, rule }) => box === given.network && rule === given.rule,
    );
    const address = hostOf(silenced[0]?.flow.client);
    const reached = seen.connections.filter(
      ({ remote, localPort, requests }) =>
        hostOf(remote) === address &&
        localPort === given.port &&
        requests.some(({ host }) => host === 'web.telegram.org'),
    );
    expect([silenced.length, reached.length]).not.toContain(0);
    expect(silenced.length + reached.length).toBe(60);
  });
});

/** Without the port. */
function hostOf(endpoint = ''): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':'));
}
