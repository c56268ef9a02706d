import { canonicalAddress, hostOfUrl } from './names.ts';
import type { RecordedControl, RecordedKeys } from './recorded-keys.ts';
import type { EndpointStep, NameStep, Outcome, Page } from './steps.ts';

/** What the control came to, where the measurement has it; `undefined` where there is nothing to compare with. */
export interface Control {
  /** The name that it looked up. */
  readonly domain: string;
  readonly lookup: { readonly failure: Outcome; readonly addresses: readonly string[] } | undefined;
  /** What came of the URL in the end, after its redirects. */
  readonly page: (Page & { readonly failure: Outcome }) | undefined;
  readonly connectOf: (endpoint: string) => Outcome | undefined;
  readonly handshakeOf: (endpoint: string, serverName: string) => Outcome | undefined;
}

/** The control of a measurement; `undefined` if there is none, or it failed as a whole. */
export function readControl(keys: RecordedKeys, input: string): Control | undefined {
  const { control } = keys;
  if (!control || typeof keys.control_failure === 'string') return undefined;
  const { dns, http_request: page } = control;
  const connects = new Map(Object.entries(control.tcp_connect ?? {}));
  const handshakes = new Map(Object.entries(control.tls_handshake ?? {}));
  return {
    domain: hostOfUrl(keys.x_control_request?.http_request ?? input),
    lookup: dns
      ? { failure: dns.failure || null, addresses: (dns.addrs ?? []).map(canonicalAddress) }
      : undefined,
    page: page ? readPage(page) : undefined,
    connectOf: (endpoint) => outcomeOf(connects.get(endpoint)),
    handshakeOf: (endpoint, serverName) => {
      const handshake = handshakes.get(endpoint);
      return (handshake?.server_name ?? '') === serverName ? outcomeOf(handshake) : undefined;
    },
  };
}

/** What the control came to where the probe took this very step. */
export function counterpartOf(
  control: Control | undefined,
  step: NameStep | EndpointStep,
): Outcome | undefined {
  switch (step.stage) {
    case 'dns':
      return lookupFor(control, step)?.failure;
    case 'tcp':
      return control?.connectOf(step.endpoint);
    case 'tls':
      return control?.handshakeOf(step.endpoint, step.handshake?.serverName ?? '');
    case 'http':
      return control?.page?.failure;
  }
}

/** What the control's resolver said of the name of a step. */
export function lookupFor(control: Control | undefined, { domain }: NameStep): Control['lookup'] {
  return control?.domain === domain ? control.lookup : undefined;
}

function outcomeOf(attempt: { readonly failure?: unknown } | undefined): Outcome | undefined {
  if (attempt === undefined) return undefined;
  return typeof attempt.failure === 'string' ? attempt.failure : null;
}

/** -1 and 0 stand for what there is none of. */
function readPage(
  page: NonNullable<RecordedControl['http_request']>,
): NonNullable<Control['page']> {
  return {
    failure: page.failure || null,
    status: positive(page.status_code),
    bodyLength: positive(page.body_length),
    headers: Object.keys(page.headers ?? {}),
    title: page.title ?? '',
  };
}

function positive(value: number | null | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}
