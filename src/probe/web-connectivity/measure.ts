import { parseUrl } from '../../base/url.ts';
import { isLoopback } from '../../ooni/bogon.ts';
import type { ControlRequest, ControlResponse, WebConnectivityData } from '../../ooni/test-keys.ts';
import type { AsnOf } from '../steps/answers.ts';
import { askOverHttps } from '../steps/dns-over-https.ts';
import { askOverUdp } from '../steps/dns-over-udp.ts';
import { type Fetched, REQUEST_HEADERS } from '../steps/fetch.ts';
import { lookUp } from '../steps/lookup.ts';
import { type Leg, Trace } from '../steps/trace.ts';
import { endpointOf, fetchFrom, isUsable, leave, type Reached, reach } from './reach.ts';
import {
  hostOf,
  isAddress,
  isLost,
  MOST_REDIRECTS,
  namesPort,
  redirectOf,
  type Target,
  targetsOf,
} from './urls.ts';

export interface WebConnectivityOptions {
  readonly url: string;
  readonly ip: 4 | 6;
  /** Of each step, in ms. */
  readonly timeoutMs?: number | undefined;
  /** The machine's own resolver, as a measurement names it. */
  readonly clientResolver: string;
  /** Who is asked over UDP beside it (ts-017, E003). */
  readonly publicResolver: string;
  /** Who is asked over HTTPS, if anybody is (E004). */
  readonly doh?: string | undefined;
  readonly asnOf: AsnOf;
  /** Rejects when no answer is to be had. */
  readonly askControl: (request: ControlRequest) => Promise<ControlResponse>;
}

/**
 * OONI's Web Connectivity (ts-017): names, connections and handshakes of every address, one page, and the same from the control.
 * With the extensions E001 (TLS beside http:), E002 (all of it for each redirect), E003 (a resolver over UDP), E004 (one over HTTPS) and E005 (addresses
 * that the control knows).
 */
export async function measureWebConnectivity(
  options: WebConnectivityOptions,
): Promise<WebConnectivityData> {
  const { ip, timeoutMs, asnOf } = options;
  const trace = new Trace();
  const asked = new Control(options.askControl);
  let url: URL | undefined = new URL(options.url);
  let hasPort = namesPort(options.url);
  for (let depth = 0; url !== undefined && depth <= MOST_REDIRECTS; depth++) {
    const fetched: Fetched | undefined = await measureOne(url, depth);
    const made = trace.transactions.at(-1);
    if (fetched !== undefined && made !== undefined && isLost(url, fetched)) made.failure = NOWHERE;
    url = fetched && redirectOf(url, fetched);
    // What is relative to a URL has its port.
    const { location = '' } = fetched ?? {};
    if (parseUrl(location) !== undefined) hasPort = namesPort(location);
  }
  const last = trace.transactions.at(-1);
  if (url !== undefined && last !== undefined) last.failure = TOO_MANY_REDIRECTS;
  const { request, response, failure } = await asked.answer();
  await Promise.all(trace.pending);
  return {
    agent: 'redirect',
    client_resolver: options.clientResolver,
    retries: null,
    socksproxy: null,
    ...trace.techniques(),
    x_dns_duplicate_responses: trace.lateAnswers,
    x_control_request: request,
    control: response,
    control_failure: failure,
  };

  /** One URL of a chain of redirects: its connectivity, then its page. */
  async function measureOne(from: URL, depth: number): Promise<Fetched | undefined> {
    const classic = ['classic', 'tcptls_experiment', `depth=${depth}`];
    const extended = ['tcptls_experiment', `depth=${depth}`];
    const byOthers = resolveByOthers(from, depth);
    const bySystem = await resolveBySystem(from, depth);
    // Whom the system's resolver finds does not wait for what others say.
    const first = Promise.all(reachAll(from, bySystem, classic));
    const others = (await byOthers).filter((address) => !bySystem.includes(address));
    const known = [...bySystem, ...others];
    if (depth === 0) asked.ask(from, targetsOf(from, known, hasPort));
    const second = Promise.all(reachAll(from, others, extended));
    const reached = [...(await first), ...(await second)];
    if (depth === 0) {
      const more = (await asked.addresses()).filter(
        (address) => address.includes(':') === (ip === 6) && !known.includes(address),
      );
      reached.push(...(await Promise.all(reachAll(from, more, extended))));
    }
    const best = reached.find((one) => one.target.isForPage && isUsable(one));
    const page = best && (await fetchFrom(trace, best, from, timeoutMs));
    await Promise.all(reached.map(leave));
    return page;
  }

  async function resolveBySystem(from: URL, depth: number): Promise<readonly string[]> {
    if (isAddress(from)) return [hostOf(from)];
    const leg = trace.leg('classic', `depth=${depth}`);
    return (await lookUp(trace, leg, hostOf(from), ip, asnOf)).addresses;
  }

  /** By a resolver over UDP, and by one over HTTPS if there is one. */
  async function resolveByOthers(from: URL, depth: number): Promise<readonly string[]> {
    if (isAddress(from)) return [];
    const question = { hostname: hostOf(from), type: ip === 4 ? 'A' : 'AAAA' } as const;
    const udp = { address: options.publicResolver, port: 53, timeoutMs };
    const leg = (): Leg => trace.leg(`depth=${depth}`);
    const { doh } = options;
    const asking = [askOverUdp(trace, leg(), question, udp, asnOf)];
    if (doh !== undefined) {
      const https = { url: new URL(doh), ip, timeoutMs };
      asking.push(askOverHttps(trace, leg(), question, https, asnOf));
    }
    const answered = await Promise.all(asking);
    return [...new Set(answered.flatMap(({ addresses }) => addresses))];
  }

  function reachAll(
    from: URL,
    addresses: readonly string[],
    tags: readonly string[],
  ): Promise<Reached>[] {
    // OONI's probe does not dial the machine that it runs on (probe-cli, webconnectivitylte).
    const elsewhere = addresses.filter((address) => !isLoopback(address));
    return targetsOf(from, elsewhere, hasPort).map((target) => {
      const leg = trace.leg(...tags, `fetch_body=${target.isForPage}`);
      return reach(trace, leg, from, target, timeoutMs);
    });
  }
}

/** The question to the control, and what came of it. */
class Control {
  readonly #ask: WebConnectivityOptions['askControl'];
  #request: ControlRequest = { http_request: '', http_request_headers: {}, tcp_connect: [] };
  #response: Promise<ControlResponse | string> = Promise.resolve('interrupted');

  constructor(ask: WebConnectivityOptions['askControl']) {
    this.#ask = ask;
  }

  ask(url: URL, targets: readonly Target[]): void {
    this.#request = {
      http_request: url.href,
      http_request_headers: Object.fromEntries(
        Object.entries(REQUEST_HEADERS).map(([name, value]) => [name, [value]]),
      ),
      tcp_connect: targets.map(endpointOf),
      x_quic_enabled: false,
    };
    this.#response = this.#ask(this.#request).catch(
      (error: Error) => `unknown_failure: ${error.message}`,
    );
  }

  async addresses(): Promise<readonly string[]> {
    const response = await this.#response;
    return typeof response === 'string' ? [] : response.dns.addrs;
  }

  async answer(): Promise<{
    readonly request: ControlRequest;
    readonly response: ControlResponse | null;
    readonly failure: string | null;
  }> {
    const response = await this.#response;
    return typeof response === 'string'
      ? { request: this.#request, response: null, failure: response }
      : { request: this.#request, response, failure: null };
  }
}

const NOWHERE = 'http_invalid_redirect_location_host';
/** In the words of OONI's probe. */
const TOO_MANY_REDIRECTS = 'unknown_failure: stopped after too many redirects';
