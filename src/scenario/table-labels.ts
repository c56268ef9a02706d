import { parseAddress, withoutBrackets } from '../base/address.ts';
import { parseDnsUri } from '../wire/dns/uri.ts';
import { layoutOf } from './layout.ts';
import type { Expectation, Scenario } from './schema.ts';
import type { TableKey, TableSpec } from './table-schema.ts';

/** A measurement, as far as it is known before it is made. */
export interface Planned extends Pick<Expectation, 'claim' | 'probe'> {
  readonly from: string;
  readonly url: string;
  readonly host?: string | undefined;
}

export type Labels = Readonly<Partial<Record<TableKey, string | undefined>>>;

/** Under what a table has this measurement; the address is known when it has been made. Undefined: it is not counted. */
export function labelsIn(
  table: TableSpec,
  planned: Planned,
  scenario: Pick<Scenario, 'topology' | 'networks'>,
): Labels | undefined {
  const { claims, networks, probes, schemes } = table.count ?? {};
  const { claim, from, probe, url } = planned;
  const network = networkOf(scenario, from);
  const isAsked = (asked: readonly string[] | undefined, found: string | undefined): boolean =>
    asked === undefined || (found !== undefined && asked.includes(found));
  const isCounted =
    isAsked(claims, claim) &&
    isAsked(probes, probe) &&
    isAsked(schemes, schemeOf(url)) &&
    isAsked(networks, network);
  if (!isCounted) return undefined;
  const asn = network === undefined ? undefined : scenario.networks[network]?.asn;
  const labels: Labels = {
    domain: domainOf(planned),
    network: asn === undefined ? undefined : `AS${asn}`,
    server_name: serverNameOf(planned),
  };
  const isKnown = (key: TableKey): boolean =>
    tells(probe, key) && (key === 'address' || labels[key] !== undefined);
  return isKnown(table.rows) && isKnown(table.columns) ? labels : undefined;
}

/** Whether measurements of this kind can be told apart by it. */
export function tells(probe: Expectation['probe'], key: TableKey): boolean {
  return TELLING[key]?.includes(probe) ?? true;
}

/** By its name in the file; none of those that are outside the country. */
function networkOf({ topology }: Pick<Scenario, 'topology'>, host: string): string | undefined {
  if (host === 'inside') return topology.inside;
  return layoutOf({ topology }).accesses.find(({ client, isp }) => [client, isp].includes(host))
    ?.network;
}

function domainOf({ url, host }: Planned): string | undefined {
  if (host !== undefined) return host;
  return schemeOf(url) === 'dns'
    ? parseDnsUri(url)?.name.toLowerCase().replace(/\.$/, '')
    : hostNameOf(url);
}

function serverNameOf({ url }: Planned): string | undefined {
  return schemeOf(url) === 'https' ? hostNameOf(url) : undefined;
}

/** None where there is an address in its place. */
function hostNameOf(url: string): string | undefined {
  const { hostname } = new URL(url);
  const isAddress = parseAddress(withoutBrackets(hostname)) !== undefined;
  return isAddress ? undefined : hostname;
}

function schemeOf(url: string): string {
  return new URL(url).protocol.slice(0, -1);
}

/** What only some probes tell. */
const TELLING: Readonly<Partial<Record<TableKey, readonly Expectation['probe'][]>>> = {
  address: ['tcp', 'http', 'https', 'curl'],
  server_name: ['https', 'curl', 'openssl', 'chromium'],
};
