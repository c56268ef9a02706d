import { readFileSync } from 'node:fs';
import type { Calendar } from '../base/calendar.ts';
import { ChokepointError } from '../base/errors.ts';

/** Where a lab keeps what its probes know of it. */
export const LAB_FACTS = '/run/chokepoint/lab.json';

/** Where a probe's question to `control` is heard, without a packet on the lab's wire. */
export const CONTROL_SOCKET = '/run/chokepoint/control.sock';

/** Whose network a host belongs to. */
export interface NetworkFacts {
  readonly asn: number;
  readonly name: string;
  /** ISO 3166, of two letters. */
  readonly country: string;
}

export interface HostFacts {
  /** None outside the scenario's networks. */
  readonly network?: NetworkFacts | undefined;
  /** The address of the resolver that it asks. */
  readonly resolver: string;
}

/** What probes in a lab know of it, for their measurements. */
export interface LabFacts {
  readonly scenario: string;
  readonly profile: string;
  /** The scenario's, beside the machine's clock. */
  readonly calendar: Calendar;
  /** Told apart from every other lab's. */
  readonly run: string;
  /** By the machine's clock, in ms. */
  readonly builtAt: number;
  readonly hosts: Readonly<Record<string, HostFacts>>;
  /** Autonomous systems, by address. */
  readonly asns: Readonly<Record<string, number>>;
  /** A resolver that every client may ask over UDP, which is nobody's in the country. */
  readonly publicResolver: { readonly 4: string; readonly 6: string };
  /** Of a resolver over HTTPS, if the lab has one. */
  readonly doh?: string | undefined;
  /** Prefixes that play the public Internet. */
  readonly publicNetworks: readonly string[];
}

/** Of the lab that this process is in, if it is in one. It does not change while the process runs. */
export function labFacts(): LabFacts | undefined {
  known ??= read();
  return known;
}

/** For probes that are nothing without a lab. */
export function requireLab(): LabFacts {
  const facts = labFacts();
  if (facts !== undefined) return facts;
  throw new ChokepointError('USAGE', 'this probe is made on a host of a lab; found none here', {
    hint: '`chokepoint up SCENARIO`, then `chokepoint exec client -- chokepoint probe …`',
  });
}

/** The autonomous system of an address; 0 if it is not known. */
export function asnOf(address: string): number {
  return labFacts()?.asns[address] ?? 0;
}

let known: LabFacts | undefined;

function read(): LabFacts | undefined {
  try {
    return JSON.parse(readFileSync(LAB_FACTS, 'utf8')) as LabFacts;
  } catch {
    return undefined; // no lab, no facts
  }
}

/** The host of a lab on which this process runs. */
export function ownHost(): string {
  return process.env['CHOKEPOINT_HOST'] ?? '';
}
