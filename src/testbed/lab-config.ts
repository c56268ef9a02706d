import type { ModelSpec, RuleSpec, Scenario } from '../scenario/schema.ts';

/** What the lab's agent needs to know; sent once, before anything is built. */
export interface LabConfig {
  readonly rules: readonly RuleSpec[];
  /** Name of the model, for the event log. */
  readonly profile: string;
  readonly model: ModelSpec;
  readonly nearRttMs: number;
  readonly farRttMs: number;
  readonly origin: Scenario['origin'];
  /** A folder on the machine for logs and the capture; without it they live and die with the lab. */
  readonly out: string | undefined;
  readonly stateFile: string | undefined;
  /** Whether to record every frame on both sides of the middlebox. */
  readonly capture: boolean;
  /**
   * What joins the two ends of the wire. `bridge`: a kernel bridge in the middlebox's place, to measure against. `open`:
   * nothing, until whoever opened the lab starts something there.
   */
  readonly wire: 'middlebox' | 'bridge' | 'open';
}

/** Files of a run folder that the lab writes. */
export const EVENTS_FILE = 'events.jsonl';
export const CAPTURE_FILE = 'wire.pcapng';
export const ORIGIN_FILE = 'origin.jsonl';

/** Where things are inside the lab. */
export const LAB_DIRECTORY = '/run/chokepoint';
export const CERTIFICATES = `${LAB_DIRECTORY}/certs`;
export const AUTHORITY = `${LAB_DIRECTORY}/authority`;
export const LOGS = `${LAB_DIRECTORY}/log`;
