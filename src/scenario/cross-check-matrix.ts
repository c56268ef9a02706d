import { wrongUrl } from './cross-check-probes.ts';
import { layoutOf } from './layout.ts';
import { type Problem, refer, within } from './problem.ts';
import type { Scenario } from './schema.ts';

/** Targets of the matrix that cannot be tried, or would not differ. */
export function impossibleTargets({ matrix = [], ...scenario }: Scenario): Problem[] {
  const clients = layoutOf(scenario).accesses.map(({ client }) => client);
  return matrix.flatMap((target, i) => {
    const { name, blocked, allowed, from, allowed_from, tls, group } = target;
    const [scheme, other] = [blocked, allowed].map((url) => new URL(url).protocol);
    const problems: Problem[] = [
      ...within(['blocked'], wrongQuestion(blocked)),
      ...within(['allowed'], wrongQuestion(allowed)),
      ...(from === undefined ? [] : refer(['from'], from, clients, 'a client')),
      ...(allowed_from === undefined
        ? []
        : refer(['allowed_from'], allowed_from, clients, 'a client')),
    ];
    if (matrix.findIndex((one) => one.name === name) < i) {
      const message = `there is a target "${name}" already; expected another name`;
      problems.push({ path: ['name'], message });
    }
    if (scheme !== other) {
      const message = `expected ${scheme} as in \`blocked\`, so that only what is blocked differs; found ${other}`;
      problems.push({ path: ['allowed'], message });
    }
    if (blocked === allowed && (allowed_from ?? from) === from) {
      const message = `expected another URL than in \`blocked\`, or another client in \`allowed_from\`; found "${allowed}" again`;
      problems.push({ path: ['allowed'], message });
    }
    if (scheme !== 'https:' && (tls ?? group) !== undefined) {
      const field = tls === undefined ? 'group' : 'tls';
      problems.push({ path: [field], message: `expected none beside ${scheme}//; found one` });
    }
    return within(['matrix', i], problems);
  });
}

function wrongQuestion(url: string): Problem[] {
  return url.startsWith('dns:') ? wrongUrl('dig', url) : [];
}
