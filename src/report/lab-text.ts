import { shellWord } from '../base/shell-word.ts';
import type { Row } from '../testbed/rows.ts';
import { padded, widest } from './text-width.ts';

/**
 * What is up, and what to type next: `command` starts Chokepoint from this folder, and `rows` are expected of the lab as
 * it is now.
 */
export function formatLab(
  { lab, hosts }: ShownLab,
  at: string,
  rows: readonly Row[],
  command: string,
): string {
  const all = Object.entries(hosts);
  const name = widest(all.map(([id]) => id));
  const address = widest(all.map(([, { ipv4 }]) => ipv4));
  return [
    `lab ${lab} is up; its calendar began with ${at}`,
    ...all.map(([id, { ipv4, ipv6 }]) => `  ${padded(id, name)} ${padded(ipv4, address)} ${ipv6}`),
    '',
    'next:',
    ...rows
      .filter(isBlockedRequest)
      .slice(0, 1)
      .flatMap(({ from, request: { url, ip } }) => [
        `  ${command} exec --lab ${lab} ${from} -- curl -${ip} -v ${shellWord(url)}`,
        `  ${command} exec --lab ${lab} ${from} -- chokepoint probe web_connectivity ${shellWord(url)}`,
      ]),
    `  ${command} down --lab ${lab}`,
  ].join('\n');
}

interface ShownLab {
  readonly lab: string;
  readonly hosts: Readonly<Record<string, { readonly ipv4: string; readonly ipv6: string }>>;
}

/** Whether curl sees the censor if it asks for the row's URL and nothing else. */
function isBlockedRequest({ request, see }: Row): boolean {
  const { probe, url, ip, timeoutMs, ...special } = request;
  const isPlain = Object.values(special).every((value) => value === undefined);
  return see.failure !== null && isPlain && CURL_LIKE.includes(probe);
}

/** Probes that make the request that curl makes. */
const CURL_LIKE: readonly string[] = ['curl', 'http', 'https', 'web_connectivity'];
