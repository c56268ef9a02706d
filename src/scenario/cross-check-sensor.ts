import { isWithin } from '../base/domain.ts';
import { impossibleNetworks } from './cross-check-topology.ts';
import { layoutOf } from './layout.ts';
import { onsetWithin } from './onset.ts';
import { type Problem, refer, within } from './problem.ts';
import type { Scenario } from './schema.ts';
import { OUTSIDE, type SensorSpec } from './sensor-schema.ts';

/** Sensors that nobody visits, that look away when it happens, or that expect what they cannot see. */
export function impossibleSensor(scenario: Scenario): Problem[] {
  const { sensor } = scenario;
  if (sensor === undefined) return [];
  const networks = impossibleNetworks({ topology: sensor.topology, networks: scenario.networks });
  const ofLab = networks.length > 0 ? [] : impossibleVisitors(scenario, sensor);
  return [
    ...takenNames(scenario),
    ...networks.flatMap((one) => (one.path[0] === 'topology' ? within(['sensor'], [one]) : one)),
    ...within(
      ['sensor'],
      [
        ...impossibleWindow(scenario, sensor),
        ...tooManyVisits(sensor),
        ...ofLab,
        ...impossibleClaims(sensor),
      ],
    ),
  ];
}

/** In the sensor's table, visitors from abroad and those whom nobody sent have a network each. */
function takenNames({ networks }: Scenario): Problem[] {
  return Object.keys(networks).flatMap((name): Problem[] => {
    if (!['outside', 'unknown'].includes(name)) return [];
    const message = `expected another name, for the sensor calls others "${name}"`;
    return [{ path: ['networks', name], of: 'key', message }];
  });
}

function impossibleWindow(scenario: Scenario, { from, to }: SensorSpec): Problem[] {
  const minutes = (Date.parse(to) - Date.parse(from)) / MINUTE;
  if (minutes < 2 || minutes > MOST_MINUTES) {
    const message = `expected 2 to ${MOST_MINUTES} minutes after ${from}; found "${to}"`;
    return [{ path: ['to'], message }];
  }
  const onset = onsetWithin(scenario, { from, to });
  if (onset === undefined) {
    const message = `expected a time before a rule comes into force, and \`to\` after it; from ${from} to ${to} none does`;
    return [{ path: ['from'], message }];
  }
  const isBetween = onset - Date.parse(from) >= MINUTE && Date.parse(to) - onset >= MINUTE;
  if (isBetween) return [];
  const message = `expected a whole minute before the rules come into force at ${new Date(onset).toISOString()}, and one after it; found ${from} to ${to}`;
  return [{ path: ['from'], message }];
}

/** The site's log remembers no more. */
function tooManyVisits({ from, to, visitors }: SensorSpec): Problem[] {
  const perMinute = visitors.reduce((sum, { per_minute }) => sum + per_minute, 0);
  const visits = ((Date.parse(to) - Date.parse(from)) / MINUTE) * perMinute;
  if (visits <= MOST_VISITS) return [];
  const message = `expected at most ${MOST_VISITS} sessions in all; found ${visits}, which is ${perMinute} a minute from ${from} to ${to}`;
  return [{ path: ['visitors'], message }];
}

function impossibleVisitors({ origin }: Scenario, { topology, visitors }: SensorSpec): Problem[] {
  const clients = layoutOf({ topology }).accesses.map(({ client }) => client);
  const hosts = [...clients, OUTSIDE];
  const froms = visitors.map(({ from }) => from);
  const isServed = (url: URL): boolean => {
    const isTls = url.protocol === 'https:';
    const port = Number(url.port || (isTls ? 443 : 80));
    const name = url.hostname.toLowerCase();
    return (
      (isTls ? origin.tls_ports : origin.http_ports).includes(port) &&
      origin.names.some((own) => isWithin(name, own))
    );
  };
  return visitors.flatMap(({ from, urls }, i) => [
    ...refer(['visitors', i, 'from'], from, hosts, 'a client or the host outside'),
    ...(froms.indexOf(from) === i
      ? []
      : [
          {
            path: ['visitors', i, 'from'],
            message: `expected each host once; found "${from}" again`,
          },
        ]),
    ...urls.flatMap((url, j) => {
      if (isServed(new URL(url))) return [];
      const message = `expected a name and a port of \`origin\`, which are the site's; found "${url}"`;
      return [{ path: ['visitors', i, 'urls', j], message }];
    }),
  ]);
}

function impossibleClaims({ visitors, expect }: SensorSpec): Problem[] {
  const known = visitors.map(({ from }) => from);
  return expect.flatMap((row, i) => {
    const path = ['expect', i] as const;
    const isEmpty = FIGURES.every((figure) => row[figure] === undefined);
    const insideOnly = row.from === undefined && known.every((from) => from === OUTSIDE);
    return [
      ...(row.from ?? []).flatMap((from, j) =>
        refer([...path, 'from', j], from, known, 'a visitor'),
      ),
      ...(isEmpty
        ? [{ path, message: `expected one of ${FIGURES.join(', ')}; found only a claim` }]
        : []),
      ...(insideOnly
        ? [{ path, message: `expected \`from\`, as no visitor is inside the country` }]
        : []),
      ...FIGURES.flatMap((figure) => {
        const range = row[figure];
        if (range === undefined || range[0] <= range[1]) return [];
        const message = `expected the least and the most, in this order; found ${range.join(' and ')}`;
        return [{ path: [...path, figure], message }];
      }),
    ];
  });
}

const FIGURES = ['share', 'short', 'resets'] as const;
const MINUTE = 60_000;
const MOST_MINUTES = 24 * 60;
/** Fewer than the connections that a web server's log remembers (10,000), for others may come between. */
const MOST_VISITS = 9000;
