import { parseAddress } from '../base/address.ts';

/** `null`: it went well. */
export type Outcome = string | null;

/** A resolver's answer to one query. */
export interface NameStep {
  readonly stage: 'dns';
  /** How many redirects came before; -1 if that is not known. */
  readonly depth: number;
  /** Which lookup it is of; A and AAAA of one lookup share it. */
  readonly lookup: string;
  readonly domain: string;
  readonly engine: string;
  readonly failure: Outcome;
  readonly addresses: readonly string[];
  /** Whether it is of the resolver that the system uses, whose answers decide the verdict (ts-017, "classic"). */
  readonly isClassic: boolean;
}

/** What came of one endpoint. Its stage is how far that went, its failure that stage's. */
export interface EndpointStep {
  readonly stage: 'tcp' | 'tls' | 'http';
  readonly depth: number;
  readonly failure: Outcome;
  /** In the order in which they were taken up. */
  readonly number: number;
  /** Empty if the measurement does not say. */
  readonly address: string;
  readonly endpoint: string;
  /** Whether the page was to come from here; another one only tells whether the endpoint can be reached. */
  readonly fetchesPage: boolean;
  readonly connect: Outcome | undefined;
  readonly handshake: Handshake | undefined;
  readonly exchange: Exchange | undefined;
}

export interface Handshake {
  readonly serverName: string;
  readonly failure: Outcome;
  /** Nobody looked at the certificate. */
  readonly isUnverified?: boolean;
}

export interface Exchange {
  readonly url: string;
  readonly failure: Outcome;
  readonly response: Page | undefined;
}

/** What two responses are compared by; `undefined` is what is not known. */
export interface Page {
  readonly status: number | undefined;
  readonly bodyLength: number | undefined;
  readonly headers: readonly string[] | undefined;
  readonly title: string | undefined;
}

export type Step = NameStep | EndpointStep;

/**
 * The last redirect first; of one redirect what went furthest first; of one stage what went well first. So whoever
 * walks along meets first what tells most of how it ended.
 */
export function inTellingOrder(steps: readonly Step[]): readonly Step[] {
  return steps.toSorted(
    (a, b) =>
      b.depth - a.depth ||
      STAGES.indexOf(b.stage) - STAGES.indexOf(a.stage) ||
      compareText(a.failure ?? '', b.failure ?? '') ||
      numberOf(b) - numberOf(a),
  );
}

/** An IPv6 address that cannot be reached tells of a network without IPv6, not of a censor. */
export function lacksIpv6({ address, connect }: EndpointStep): boolean {
  const isUnreachable = connect === 'network_unreachable' || connect === 'host_unreachable';
  return isUnreachable && parseAddress(address)?.length === 16;
}

/** A response that is no redirect: 2xx, 4xx or 5xx. */
export function isFinal({ stage, failure, exchange }: EndpointStep): boolean {
  const status = exchange?.response?.status;
  return stage === 'http' && failure === null && status !== undefined && FINAL.test(`${status}`);
}

/** Whether the server proved to have the name. */
export function isProof(handshake: Handshake | undefined): handshake is Handshake {
  return handshake?.failure === null && handshake.isUnverified !== true;
}

function numberOf(step: Step): number {
  return step.stage === 'dns' ? 0 : step.number;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const STAGES = ['dns', 'tcp', 'tls', 'http'];
const FINAL = /^[245]\d\d$/;
