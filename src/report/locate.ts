import { counted } from '../base/counted.ts';
import type { LocateResult } from '../testbed/locate.ts';
import type { DirectionResult, Figures } from '../testbed/locate-result.ts';
import { padded, widest } from './text-width.ts';
import { wrap } from './wrap.ts';

/** Each direction as a picture of its path, with the box where it was found, and the figures. */
export function renderLocated(result: LocateResult, width: number): string {
  return result.directions.map((direction) => renderDirection(direction, width)).join('\n\n');
}

/** In a line. */
export function formatLocated({ scenario, profile, directions, agrees }: LocateResult): string {
  const found = directions.map((one) => {
    if (isUnmeasured(one)) return `nothing measured from ${one.from}`;
    const { from, box } = one;
    return box === null ? `no box seen from ${from}` : `from ${from} at hop ${box.hop}`;
  });
  const isWrong = directions.some((one) => !one.agrees && !isUnmeasured(one));
  const wrong = isWrong ? 'which is NOT as it is in the lab' : 'not all is compared with the lab';
  const verdict = agrees ? 'as it is in the lab' : wrong;
  return `${scenario}, profile ${profile}: ${found.join(', ')}; ${verdict}`;
}

/** Whether no box was found and none acted, but not because there is none. `why` says what went wrong. */
function isUnmeasured({ agrees, box, lab }: DirectionResult): boolean {
  return !agrees && box === null && lab === null;
}

function renderDirection(direction: DirectionResult, width: number): string {
  const { from, to, blocked, allowed, box, path, why, lab, agrees } = direction;
  const names = [from, ...path.map(({ name, address }) => name ?? address ?? '*')];
  const longest = widest(names);
  const lines = path.map(({ hop, address, rtt_ms }) => {
    const name = padded(names[hop] as string, longest);
    const time = rtt_ms === null ? '' : `${rtt_ms.toFixed(1)} ms`;
    const where = `  ${String(hop).padStart(2)} ┼ ${name}  ${(address ?? '').padEnd(15)}`;
    return `${where} ${time.padStart(9)}`.trimEnd();
  });
  const picture = [
    `   0 ┬ ${from}`,
    ...lines.flatMap((line, i) => (box?.hop === i + 1 ? [boxLine(direction), line] : [line])),
  ].map((line, i, all) => (i === all.length - 1 ? line.replace('┼', '┴') : line));
  const isTold = agrees || isUnmeasured(direction);
  const missed =
    lab === null
      ? 'no box of the lab did anything'
      : `the box is between ${lab.after} and ${lab.before}, ${lab.position}`;
  return [
    wrap(`${from} to ${to}: ${blocked}, beside ${allowed}`, width, '', '  '),
    ...picture,
    ...(why === null ? [] : [wrap(`no box located: ${why}`, width, '  ', '    ')]),
    ...factsOf(direction).map((fact) => wrap(fact, width, '  ', '    ')),
    ...(isTold ? [] : [wrap(`NOT as in the lab: there, ${missed}`, width, '  ', '    ')]),
  ].join('\n');
}

function boxLine({ box, distance_ms }: DirectionResult): string {
  const position = box?.position === null ? '' : ` ${box?.position}`;
  const distance = distance_ms === null ? '' : `, ${formatFigures(distance_ms)}`;
  const doubt = box?.is_exact === false ? ', or before: a router keeps silent' : '';
  return `    ███ box${position}${distance}${doubt}`;
}

function factsOf(direction: DirectionResult): string[] {
  const { distance_ms, rtt_ms, beyond_ms, interfered, ttl, fingerprint, residual } = direction;
  const facts: string[] = [];
  if (distance_ms !== null) {
    facts.push(`trigger to first injected packet: ${formatFigures(distance_ms, 2)}`);
  }
  if (rtt_ms !== null) {
    const rest = beyond_ms === null ? '' : `; ${beyond_ms.toFixed(2)} ms of it beyond the box`;
    facts.push(`round trip to the server: ${formatFigures(rtt_ms, 2)}${rest}`);
  }
  if (distance_ms !== null || rtt_ms !== null) {
    facts.push('(median of the fastest tries, ± half the distance between their quartiles)');
  }
  facts.push(`interfered with: ${interfered.count} of ${interfered.of} triggers`);
  if (fingerprint !== null) {
    const { flags, count, window, ip_id, seq, payload_length } = fingerprint;
    const offsets = seq === 'varies' ? seq : seq.map((one) => (one === 0 ? 'exact' : one)).join();
    const payload = payload_length === 0 ? '' : `, ${counted(payload_length, 'byte')}`;
    const each = `${count} × ${flags}${payload}`;
    facts.push(
      `injected: ${each}, arrives with TTL ${fingerprint.ttl}, IP ID ${ip_id}, window ${window}, seq ${offsets}`,
    );
  }
  if (ttl !== null) facts.push(formatTtl(ttl));
  if (residual !== null) facts.push(formatResidual(residual));
  return facts;
}

function formatTtl({ mode, value }: NonNullable<DirectionResult['ttl']>): string {
  if (mode === 'copied') return 'its TTL is copied from the trigger';
  if (mode === 'varies') return 'its TTL varies';
  return value === null ? 'its TTL is always the same' : `its TTL is always ${value} at the box`;
}

function formatResidual(residual: NonNullable<DirectionResult['residual']>): string {
  const { scope, duration_ms, untold } = residual;
  if (scope === 'none' || duration_ms === null) return 'afterwards: nothing goes on';
  const time =
    'longer_than' in duration_ms
      ? `longer than ${seconds(duration_ms.longer_than)}`
      : `${seconds(duration_ms.at_least)} to ${seconds(duration_ms.at_most)}`;
  const more = 'is_refreshed' in duration_ms && duration_ms.is_refreshed;
  const not = untold.length === 0 ? '' : `; not tried: ${untold.join(', ')}`;
  return `afterwards: ${SCOPES[scope] ?? scope}, ${time}${more ? ', anew with each packet' : ''}${not}`;
}

function formatFigures({ median, spread, tries, of }: Figures, digits = 1): string {
  const tried = of === tries ? `${tries}` : `${tries} of ${of}`;
  return `${median.toFixed(digits)} ± ${spread.toFixed(digits)} ms (${tried})`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

const SCOPES: Readonly<Record<string, string>> = {
  '4-tuple': 'packets of the same ports',
  '3-tuple': 'connections to the same port of the server',
  '2-tuple': 'all between these two hosts',
  source: "all of the client's",
};
