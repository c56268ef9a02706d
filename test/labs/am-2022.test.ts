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

describe.each([
  {
    id: 'am-2022-ucom',
    rows: 41,
    browser: [
      ['denied', 'https://www.tiktok.com/', 'net::ERR_NAME_NOT_RESOLVED'],
      ['elsewhere', 'https://www.tiktok.com/', 'net::ERR_CERT_AUTHORITY_INVALID'],
      ['elsewhere', 'https://it.domain.name/', 'net::ERR_CERT_AUTHORITY_INVALID'],
      ['elsewhere', 'https://mon.tiktok.com/', 'HTTP 200'],
    ],
  },
  { id: 'am-2022-mts', rows: 25, browser: [] },
])('run $id shows what the report describes', ({ id, rows, browser }) => {
  let seen: Run;
  beforeAll(async () => {
    seen = await runOf(id);
  });

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, rows]);
  });

  test('Chromium says what is wrong with names and certificates, and only where something is', () => {
    const seenBy = seen.summary.rows.filter(({ request }) => request.probe === 'chromium');
    expect(
      seenBy.map(({ phase, request, observation }) => [phase, request.url, observation.says]),
    ).toEqual(browser);
  });

  test('every row is a measurement in OONI’s format, of its network and its time', () => {
    expectMeasurements(seen, loadScenario(id));
  });

  test('no box sends a RST: the resolver lies, and what is silenced never passes the box', () => {
    expect(resetsOfBoxes(seen)).toEqual([]);
    const decisions = decisionsOf(seen);
    expect(decisions.every(({ injected }) => injected.length === 0)).toBe(true);
    expect(decisions.length).toBe(id === 'am-2022-mts' ? 7 : 0);
    for (const decision of decisions) expectSilence(seen, decision);
  });
});
