import { counted } from '../base/counted.ts';
import type { Expectation } from '../scenario/schema.ts';
import { ANY_FAILURE, type Seen } from './rows.ts';

/** Where what was seen is not what the scenario says must be seen. */
export function compare(see: Expectation['see'], seen: Seen): string[] {
  const { observation, connections, requestBytes, resets } = seen;
  const mismatches: string[] = [];
  const expect = (what: string, expected: unknown, observed: unknown): void => {
    if (expected === undefined || expected === observed) return;
    mismatches.push(`${what}: expected ${String(expected)}, observed ${String(observed)}`);
  };
  if (see.failure === ANY_FAILURE && observation.failure !== null) return [];
  if (observation.failures === undefined) expect('failure', see.failure, observation.failure);
  else mismatches.push(...outOfCount(see, observation.failures));
  const { verdict } = observation;
  for (const key of VERDICT_KEYS) expect(key, see[key], verdict?.[key]);
  expect('result', see.result, observation.result);
  expect('hop', see.hop, observation.hop);
  expect('answers', see.answers, observation.answers);
  expect('exit status', see.exit, observation.exit);
  expect('HTTP status', see.status, observation.status);
  expect('addresses', inOrder(see.addresses), inOrder(observation.addresses ?? []));
  expect('requests answered before', see.answered, observation.answered);
  expect('handshake beside it', see.beside, observation.beside);
  if (see.says !== undefined && !observation.says.includes(see.says)) {
    expect('says', see.says, observation.says);
  }
  mismatches.push(
    ...outOfRange('bootstrap', see.bootstrap, observation.bootstrap, '%'),
    ...outOfRange('connected after', see.connected_after_ms, observation.connectMs, 'ms'),
    ...outOfRange('failed after', see.failed_after_ms, observation.failedAfterMs, 'ms'),
  );
  expect('connections at the origin', see.origin?.connections, connections.length);
  expect('request bytes at the origin', see.origin?.request_bytes, requestBytes);
  expect('RSTs to the client', see.resets?.client, resets.client);
  expect('RSTs to the server', see.resets?.server, resets.server);
  return mismatches;
}

const VERDICT_KEYS = [
  'blocking',
  'accessible',
  'dns_consistency',
  'blocking_flags',
  'dns_flags',
  'null_null_flags',
] as const;

/** Without `failing`, all of them. */
function outOfCount(
  { failure, failing }: Expectation['see'],
  failures: Readonly<Record<string, number>>,
): string[] {
  const tries = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const [least, most] = failing ?? [tries, tries];
  const { none = 0, [failure ?? 'none']: count = 0, ...others } = failures;
  const strange = Object.keys(others);
  if (count >= least && count <= most && strange.length === 0) return [];
  const seen = Object.entries(failures).map(([name, times]) => `${name} ${counted(times, 'time')}`);
  const often = least === most ? counted(least, 'time') : `${least} to ${counted(most, 'time')}`;
  const otherwise = most === tries ? '' : ', and none otherwise';
  return [
    `failure: expected ${failure ?? 'none'} ${often}${otherwise}, observed ${seen.join(', ')}`,
  ];
}

/** As text, so that two sets can be compared. */
function inOrder(addresses: readonly string[] | undefined): string | undefined {
  return addresses && ([...new Set(addresses)].sort().join(', ') || 'none');
}

function outOfRange(
  what: string,
  expected: number | readonly [number, number] | undefined,
  observed = Number.NaN,
  unit: '%' | 'ms',
): string[] {
  if (expected === undefined) return [];
  const [least, most] = typeof expected === 'number' ? [expected, expected] : expected;
  if (observed >= least && observed <= most) return [];
  const range = least === most ? least : `${least} to ${most}`;
  const digits = unit === 'ms' ? 1 : 0;
  return [`${what}: expected ${range} ${unit}, observed ${observed.toFixed(digits)} ${unit}`];
}
