import type { Scenario } from 'chokepoint';
import { expect } from 'vitest';
import { Measurement } from '../../src/ooni/measurement.ts';
import { layoutOf } from '../../src/scenario/layout.ts';
import { phasesOf } from '../../src/scenario/phases.ts';
import type { Run } from './run.ts';

/**
 * Fails unless every row is in measurements.jsonl, as often as it was tried, in OONI's format; and each measurement of the scenario's
 * network and country, and of its time.
 */
export function expectMeasurements({ summary, measurements }: Run, scenario: Scenario): void {
  const read = measurements.map((one) => Measurement.parse(one));
  const kinds = summary.rows.flatMap(({ from, request, times }) =>
    Array.from({ length: times }, () => `${from} ${testOf(request.probe)}`),
  );
  const found = read.map(({ annotations, test_name }) => `${annotations['vantage']} ${test_name}`);
  expect(found.toSorted()).toEqual(kinds.toSorted());
  const begins = phasesOf(scenario).map(({ at }) => Date.parse(at));
  for (const { annotations, ...one } of read) {
    const { vantage = '', profile = '' } = annotations;
    expect([annotations['scenario'], scenario.profiles[profile]]).toEqual([
      scenario.id,
      expect.anything(),
    ]);
    expect([one.probe_asn, one.probe_cc, one.resolver_asn]).toEqual(whereIs(vantage, scenario));
    const at = Date.parse(`${one.measurement_start_time}Z`);
    const since = Math.min(...begins.map((begin) => at - begin).filter((ms) => ms >= 0));
    expect(since).toBeLessThanOrEqual(summary.tookMs); // the calendar goes as time does
  }
}

/** What a client that is none of OONI's tests is written down as. */
function testOf(probe: string): string {
  return TESTS.includes(probe) ? probe : 'urlgetter';
}

function whereIs(vantage: string, { topology, networks }: Scenario): readonly string[] {
  const access = layoutOf({ topology }).accesses.find(({ client }) => client === vantage);
  const network = networks[access?.network ?? ''];
  if (network === undefined) return ['AS0', 'ZZ', 'AS0'];
  const asn = `AS${network.asn}`;
  return [asn, network.country, asn];
}

const TESTS = ['web_connectivity', 'sni_blocking', 'tlsmiddlebox', 'tcpping', 'dnscheck'];
