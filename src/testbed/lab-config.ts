import type { Calendar } from '../base/calendar.ts';
import type { ModelSpec } from '../scenario/model-schema.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import type { Scenario, TorSpec } from '../scenario/schema.ts';

/** What the middleboxes do, as the scenario has it; the paths of list files are absolute. */
export interface CensorConfig {
  readonly rules: readonly RuleSpec[];
  /** Name of the model, for the event log. */
  readonly profile: string;
  readonly model: ModelSpec;
  readonly seed: number;
  /** The scenario's, beside the machine's clock. */
  readonly calendar: Calendar;
}

/** What the lab's agent needs to know; sent once, before anything is built. */
export interface LabConfig extends CensorConfig {
  /** Its id. */
  readonly scenario: string;
  readonly networks: Scenario['networks'];
  readonly topology: Scenario['topology'];
  readonly origin: Scenario['origin'];
  readonly hosts: Scenario['hosts'];
  readonly resolvers: Scenario['resolvers'];
  /** Of a private Tor network, if there is to be one. */
  readonly tor: TorSpec | undefined;
  /** A folder on the machine for logs and the capture; without it they live and die with the lab. */
  readonly out: string | undefined;
  /** Whether to record every frame on both sides of the middlebox. */
  readonly capture: boolean;
  /**
   * What joins the two ends of the wire. `bridge`: a kernel bridge in the middlebox's place, to measure against. `open`:
   * nothing, until whoever opened the lab starts something there.
   */
  readonly wire: 'middlebox' | 'bridge' | 'open';
  /** Whether clients' packets can be rewritten on their own wires. */
  readonly rewrites: boolean;
}

/** Files of a run folder that the lab writes. */
export const EVENTS_FILE = 'events.jsonl';
export const CAPTURE_FILE = 'wire.pcapng';
/** On clients' own wires: what their kernels said, and what left in its place. */
export const CLIENTS_FILE = 'clients.pcapng';
export const ORIGIN_FILE = 'origin.jsonl';

/** Names the censor of a folder that a lab writes to, from the lab's beginning on. */
export const SCENARIO_FILE = 'scenario.json';

/** And that a run writes beside them. */
export const MEASUREMENTS_FILE = 'measurements.jsonl';
export const SUMMARY_FILE = 'summary.json';
export const TABLES_FOLDER = 'tables';
/** Of its sensor: the table of minutes, and the files above of the lab that it had. */
export const SENSOR_FILE = 'sensor.csv';
export const SENSOR_FOLDER = 'sensor';

/** Where things are inside the lab. */
export const LAB_DIRECTORY = '/run/chokepoint';
export const CERTIFICATES = `${LAB_DIRECTORY}/certs`;
export const CHROMIUM_FILES = `${LAB_DIRECTORY}/chromium`;
export const AUTHORITY = `${LAB_DIRECTORY}/authority`;
/** Of which `chokepoint` is one. */
export const PROGRAMS = `${LAB_DIRECTORY}/bin`;
export const LOGS = `${LAB_DIRECTORY}/log`;
