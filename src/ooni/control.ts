import { isLegacy } from './legacy-steps.ts';
import { listed } from './listed.ts';
import { asciiName, canonicalAddress, canonicalEndpoint, hostOfUrl } from './names.ts';
import type { RecordedControl, RecordedKeys } from './recorded-keys.ts';
import type { EndpointStep, NameStep, Outcome, Page } from './steps.ts';

/** The control's outcomes, as far as the measurement has them. */
export interface Control {
  /** Why there is nothing at all to compare with. */
  readonly missing: string | undefined;
  /** The name that it looked up. */
  readonly domain: string;
  /** `undefined` if it was not made, or its resolver failed: that says nothing of the name. */
  readonly lookup: ControlLookup | undefined;
  /** What came of the URL in the end, after its redirects; `undefined` if it was not fetched. */
  readonly page: ControlPage | undefined;
  readonly connectOf: (endpoint: string) => Outcome | undefined;
  readonly handshakeOf: (endpoint: string, serverName: string) => Outcome | undefined;
}

interface ControlLookup {
  readonly failure: Outcome;
  readonly addresses: readonly string[];
  /** The same addresses, for one to be looked up among thousands. */
  readonly known: ReadonlySet<string>;
  /** The same, as they are told. */
  readonly text: string;
}

export interface ControlPage extends Page {
  readonly failure: Outcome;
  /** Compared by a probe before 0.5. To those, equal sets of header names match, whatever they are. */
  readonly isLegacy: boolean;
}

/** The control of a measurement. Nothing is known of what it tried if it failed as a whole. */
export function readControl(keys: RecordedKeys, input: string): Control {
  const missing = whyMissing(keys);
  const { dns, http_request: page, ...control } = (missing ? undefined : keys.control) ?? {};
  const connects = byEndpoint(control.tcp_connect);
  const handshakes = byEndpoint(control.tls_handshake);
  return {
    missing,
    domain: hostOfUrl(keys.x_control_request?.http_request ?? input),
    lookup: dns ? readLookup(dns) : undefined,
    page: page ? readPage(page, keys) : undefined,
    connectOf: (endpoint) => outcomeOf(connects.get(endpoint)),
    handshakeOf: (endpoint, serverName) => {
      const handshake = handshakes.get(endpoint);
      return asciiName(handshake?.server_name) === serverName ? outcomeOf(handshake) : undefined;
    },
  };
}

function byEndpoint<T>(attempts: Readonly<Record<string, T>> | null | undefined): Map<string, T> {
  return new Map(
    Object.entries(attempts ?? {}).map(([endpoint, one]) => [canonicalEndpoint(endpoint), one]),
  );
}

function whyMissing({ control, control_failure: failure }: RecordedKeys): string | undefined {
  if (failure) return `the control failed (${failure})`;
  return !control || isEmpty(control) ? 'there is no control' : undefined;
}

/** What the control came to where the probe took this very step. */
export function counterpartOf(
  control: Control,
  step: NameStep | EndpointStep,
): Outcome | undefined {
  switch (step.stage) {
    case 'dns':
      return lookupFor(control, step)?.failure;
    case 'tcp':
      return control.connectOf(step.endpoint);
    case 'tls':
      return control.handshakeOf(step.endpoint, step.handshake?.serverName ?? '');
    case 'http':
      return control.page?.failure;
  }
}

/** True for a lookup that tells of the website: of the URL's own name, or of any behind a redirect. */
export function isOfSite({ domain, depth }: NameStep, control: Control): boolean {
  return domain !== '' && (depth > 0 || domain === control.domain);
}

/** What the control's resolver said of the name of a step. */
export function lookupFor(control: Control, { domain }: NameStep): Control['lookup'] {
  return control.domain === domain ? control.lookup : undefined;
}

function isEmpty({ dns, http_request, tcp_connect, tls_handshake }: RecordedControl): boolean {
  const attempts = [tcp_connect, tls_handshake].flatMap((all) => Object.keys(all ?? {}));
  return !dns && !http_request && attempts.length === 0;
}

/** Neither a failure nor a list of addresses: no lookup was made. OONI's helper has an empty list where the name has no address. */
function readLookup({ failure, addrs }: NonNullable<RecordedControl['dns']>): Control['lookup'] {
  if (failure ? !OF_THE_NAME.has(failure) : !addrs) return undefined;
  const addresses = (addrs ?? []).map(canonicalAddress);
  const known = new Set(addresses);
  return { failure: failure || null, addresses, known, text: listed(addresses) };
}

/** An attempt that tells neither a failure nor a success says nothing. */
function outcomeOf(attempt: Attempt | undefined): Outcome | undefined {
  if (attempt === undefined) return undefined;
  const { failure, status } = attempt;
  if (failure) return failure;
  return status === false || (failure === undefined && status !== true) ? undefined : null;
}

type Attempt = NonNullable<NonNullable<RecordedControl['tcp_connect']>[string]>;

/** -1 and 0 stand for what there is none of; without a failure and with neither a status nor a body, nothing was fetched. */
function readPage(
  page: NonNullable<RecordedControl['http_request']>,
  keys: RecordedKeys,
): Control['page'] {
  const status = positive(page.status_code);
  const bodyLength = positive(page.body_length);
  if (!page.failure && status === undefined && bodyLength === undefined) return undefined;
  return {
    failure: page.failure || null,
    status,
    bodyLength,
    headers: page.headers ? Object.keys(page.headers) : undefined,
    title: page.title || undefined,
    isLegacy: isLegacy(keys),
  };
}

function positive(value: number | null | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** The failures of OONI's probe and of its test helper that speak of the name. Any other is the resolver's own. */
const OF_THE_NAME = new Set([
  'android_dns_cache_no_data',
  'dns_name_error',
  'dns_no_answer',
  'dns_nxdomain_error',
]);
