import { type Problem, within } from './problem.ts';
import type { Scenario } from './schema.ts';
import { speaksTlsAlone } from './software.ts';

/** Ports of `origin` and of other hosts that no server can have, or that two servers of one host would have. */
export function impossiblePorts({ origin, hosts = {} }: Scenario): Problem[] {
  return [
    ...within(['origin'], [...twice(origin), ...inBoth(origin, origin), ...ofResolver(origin)]),
    ...Object.entries(hosts).flatMap(([name, host]) =>
      within(
        ['hosts', name],
        [
          ...twice(host),
          ...inBoth(host, {
            http_ports: speaksTlsAlone(host) ? [] : origin.http_ports,
            tls_ports: origin.tls_ports,
          }),
        ],
      ),
    ),
  ];
}

function twice(ports: OwnPorts): Problem[] {
  return FIELDS.flatMap((field) =>
    (ports[field] ?? []).flatMap((port, i, all) =>
      all.indexOf(port) === i
        ? []
        : [{ path: [field, i], message: `expected each port once; found ${port} again` }],
    ),
  );
}

/** What is told stands in the host itself: where it has neither, `origin` is told. */
function inBoth(own: OwnPorts, byDefault: Ports): Problem[] {
  const { http_ports = byDefault.http_ports, tls_ports = byDefault.tls_ports } = own;
  if (own.http_ports === undefined && own.tls_ports === undefined) return [];
  const field = own.tls_ports === undefined ? 'http_ports' : 'tls_ports';
  const other = field === 'tls_ports' ? 'http_ports' : 'tls_ports';
  const from = own[other] === undefined ? `${other}, which \`origin\` gives it` : other;
  const [ports, taken] = field === 'tls_ports' ? [tls_ports, http_ports] : [http_ports, tls_ports];
  if (ports.length === 0 && taken.length === 0) {
    const message = 'expected a port, here or in the other list; found none: nothing can reach it';
    return [{ path: [field], message }];
  }
  return ports.flatMap((port, i) => {
    if (!taken.includes(port)) return [];
    const message = `expected a port that is not in ${from} (${taken.join(', ')}); found ${port}`;
    return [{ path: [field, i], message }];
  });
}

function ofResolver(origin: Ports): Problem[] {
  return FIELDS.flatMap((field) =>
    origin[field].flatMap((port, i) => {
      if (port !== DNS_PORT) return [];
      const message = `expected a port that nothing else on the host "server" has; found ${port}, its resolver's`;
      return [{ path: [field, i], message }];
    }),
  );
}

interface OwnPorts {
  readonly http_ports?: readonly number[] | undefined;
  readonly tls_ports?: readonly number[] | undefined;
}

type Ports = Pick<Scenario['origin'], 'http_ports' | 'tls_ports'>;

const FIELDS = ['http_ports', 'tls_ports'] as const;
const DNS_PORT = 53;
