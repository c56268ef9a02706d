import { dateAt } from '../base/calendar.ts';
import type { LabFacts } from './lab-facts.ts';
import { softwareVersion } from './software-version.ts';

/** A measurement that is over. */
export interface Measured {
  /** Of OONI's tests (ooni/spec, nettests). */
  readonly test_name: string;
  readonly test_version: string;
  readonly input: string;
  /** By the machine's clock, in ms. */
  readonly startedAt: number;
  /** In s. */
  readonly runtime: number;
  readonly test_keys: object;
  readonly options?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One line of measurements.jsonl; its schema is `Measurement` in src/ooni. */
export interface MeasurementLine {
  readonly annotations: Readonly<Record<string, string>>;
  readonly test_name: string;
  readonly test_keys: object;
  readonly [field: string]: unknown;
}

/**
 * One line of a set of measurements (ooni/spec, df-000). Times, networks and countries are the scenario's: its calendar and what
 * passed since, so that a set reads like one of its time. What programs in a lab see of time is the machine's: certificates, and a server's Date.
 */
export function measurementOf(facts: LabFacts, host: string, measured: Measured): MeasurementLine {
  const { test_name, test_version, input, startedAt, runtime, test_keys } = measured;
  const { network = NOBODY, resolver } = facts.hosts[host] ?? { resolver: '' };
  const date = (at: number): string =>
    new Date(dateAt(facts.calendar, at)).toISOString().slice(0, 19).replace('T', ' ');
  const began = date(facts.builtAt);
  const asn = `AS${network.asn}`;
  return {
    annotations: {
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      engine_name: 'chokepoint',
      engine_version: VERSION,
      platform: 'linux',
      public_networks: facts.publicNetworks.join(' '),
      scenario: facts.scenario,
      profile: facts.profile,
      vantage: host,
      ...measured.annotations,
    },
    data_format_version: '0.2.0',
    extensions: { dnst: 0, httpt: 0, netevents: 0, tcpconnect: 0, tlshandshake: 0 },
    input,
    measurement_start_time: date(startedAt),
    options: measured.options ?? [],
    probe_asn: asn,
    probe_cc: network.country,
    probe_ip: '127.0.0.1',
    probe_network_name: network.name,
    report_id: `${began.replace(/[-:]/g, '').replace(' ', 'T')}Z_${test_name.replaceAll('_', '')}_${network.country}_${network.asn}_n1_${facts.run}`,
    resolver_asn: `AS${facts.asns[resolver] ?? 0}`,
    resolver_ip: resolver,
    resolver_network_name: facts.asns[resolver] === network.asn ? network.name : '',
    software_name: 'chokepoint',
    software_version: VERSION,
    test_helpers: { backend: { address: 'control', type: 'lab' } },
    test_keys,
    test_name,
    test_runtime: runtime,
    test_start_time: began,
    test_version,
  };
}

const VERSION = softwareVersion();
/** As df-000 calls them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
/** Of whoever does not say where he is (df-000). */
const NOBODY = { asn: 0, name: '', country: 'ZZ' };
