import type { Observation, ProbeRequest } from '../probe/observation.ts';
import { formatTarget } from './row-text.ts';
import { wrap } from './wrap.ts';

/** What one probe saw, for people: a line for each thing that it tells. */
export function renderObservation(
  request: ProbeRequest,
  observation: Observation,
  width: number,
): string {
  const { failure, says, skipped, verdict, result, hop, answers, remote } = observation;
  const facts: readonly (readonly [string, unknown])[] = [
    ['failure', failure ?? 'none'],
    ['says', says],
    ['result', result],
    ['blocking', verdict?.blocking],
    ['accessible', verdict?.accessible],
    ['DNS', verdict?.dns_consistency],
    ['blocking flags', verdict?.blocking_flags],
    ['DNS flags', verdict?.dns_flags],
    ['null-null flags', verdict?.null_null_flags],
    ['parts at TTL', hop],
    ['answers', answers],
    ['addresses', observation.addresses?.join(' ')],
    ['HTTP status', observation.status],
    ['connected to', remote],
    ['connected in', milliseconds(observation.connectMs)],
    ['failed after', milliseconds(observation.failedAfterMs)],
  ];
  const known = skipped === undefined ? facts : [['skipped', skipped] as const];
  const lines = known
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => wrap(String(value), width, `  ${name.padEnd(16)}`, ' '.repeat(18)));
  return [`${request.probe} ${formatTarget(request)}`, ...lines].join('\n');
}

function milliseconds(time: number | undefined): string | undefined {
  return time === undefined ? undefined : `${time.toFixed(1)} ms`;
}
