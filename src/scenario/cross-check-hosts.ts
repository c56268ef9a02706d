import { impossibleCipher } from './cross-check-cipher.ts';
import { impossibleIdentities } from './cross-check-host-identity.ts';
import { backwards } from './cross-check-period.ts';
import { impossiblePorts } from './cross-check-ports.ts';
import { type Problem, within } from './problem.ts';
import type { OutsideHost, Scenario } from './schema.ts';
import { speaksTlsAlone } from './software.ts';

/** Hosts that cannot be, what their software cannot do, and what cannot be seen of it. */
export function impossibleHosts(scenario: Scenario): Problem[] {
  const { hosts = {}, expect } = scenario;
  const count = Object.keys(hosts).length;
  if (count > MOST_HOSTS) {
    const message = `expected at most ${MOST_HOSTS} hosts, for each has a network of its own; found ${count}`;
    return [{ path: ['hosts'], message }];
  }
  return [
    ...impossibleIdentities(scenario),
    ...impossiblePorts(scenario),
    ...Object.entries(hosts).flatMap(([name, host]) => within(['hosts', name], wrongWith(host))),
    ...expect.flatMap(({ see }, i): Problem[] => {
      const name = see.origin?.host;
      const software = name === undefined ? undefined : hosts[name]?.software;
      if (software === undefined) return [];
      const message = `expected a host that logs connections, as the lab's own server does; found "${name}", which is served by ${software}`;
      return [{ path: ['expect', i, 'see', 'origin', 'host'], message }];
    }),
  ];
}

function wrongWith(host: OutsideHost): Problem[] {
  const { software, tls, names, certificate, redirect, http_ports } = host;
  const problems: Problem[] = [];
  if (tls !== undefined && software !== 'nginx') {
    const message = 'only nginx can be told; write `software: nginx` beside it';
    problems.push({ path: ['tls'], message });
  }
  if (tls?.version === '1.3' && (tls.cipher !== undefined || tls.resumption === false)) {
    const message = 'expected "1.0" or "1.2" beside `cipher` and `resumption`; found "1.3"';
    problems.push({ path: ['tls', 'version'], message });
  }
  problems.push(
    ...within(['tls'], tls === undefined ? [] : impossibleCipher(tls)),
    ...within(['certificate'], backwards(certificate)),
    ...(certificate?.issuers ?? []).flatMap((issuer, i) =>
      within(['certificate', 'issuers', i], backwards(issuer)),
    ),
  );
  if (software === undefined) return problems;
  if (names === undefined) {
    const message = 'expected `names`, for which its certificate is made; found none';
    problems.push({ path: ['software'], message });
  }
  if (speaksTlsAlone(host) && http_ports !== undefined) {
    const message = `expected none, for ${software} speaks TLS alone; found ${http_ports.join(', ')}`;
    problems.push({ path: ['http_ports'], message });
  }
  for (const [field, value] of Object.entries({ certificate, redirect })) {
    if (value === undefined) continue;
    const message = `only the lab's own web server can do this; found ${software}`;
    problems.push({ path: [field], message });
  }
  return problems;
}

/** The addresses of a lab, 198.18.0.0/15, have room for 442 networks of hosts. */
const MOST_HOSTS = 400;
