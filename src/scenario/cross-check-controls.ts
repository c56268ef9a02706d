import { partsOf } from './cross-check-combinations.ts';
import { type Access, layoutOf } from './layout.ts';
import { liarsOf } from './liars.ts';
import { rulesAt } from './policy.ts';
import { type Problem, within } from './problem.ts';
import type { Expectation, Scenario } from './schema.ts';

/** A censor that blocks everything would pass for the one that was documented: some row must show what it lets through. */
export function impossibleControls(scenario: Scenario): Problem[] {
  const { expect } = scenario;
  const { censored, outside } = sidesOf(scenario);
  if (!expect.some((row) => row.negative_control)) {
    const message = `expected at least one row with \`negative_control: true\`: a target that only looks like what is blocked, seen from ${either(censored)}, with \`failure: null\`; found none`;
    return [{ path: ['expect'], of: 'key', message }];
  }
  return expect.flatMap((row, i) =>
    row.negative_control
      ? within(['expect', i], whyNoControl(row, scenario, { censored, outside }))
      : [],
  );
}

function whyNoControl(
  { see, from, split, probe, connect }: Expectation,
  { rules }: Scenario,
  { censored, outside }: Sides,
): Problem[] {
  const problems: Problem[] = [];
  if (see.failure !== null) {
    const message = `a negative control gets through: expected null; found "${see.failure}"`;
    problems.push({ path: ['see', 'failure'], message });
  }
  if (split !== undefined) {
    const message = 'what evades the censor is no negative control: leave out one of both';
    problems.push({ path: ['split'], message });
  }
  if (
    probe === 'tcp' &&
    !rules.some(({ trigger }) => partsOf(trigger).some(({ match }) => match === 'address'))
  ) {
    const message =
      'a negative control sends what a rule looks at; a probe tcp only connects, and no rule matches addresses';
    problems.push({ path: ['probe'], message });
  }
  const isIncoming = connect === 'inside';
  const through = isIncoming ? outside : censored;
  for (const host of from) {
    if (through.includes(host)) continue;
    const message = `a negative control goes through the censor: expected ${either(through)}; found "${host}"`;
    problems.push({ path: ['from'], message });
  }
  return problems;
}

interface Sides {
  /** Hosts in the country whose packets pass a box with rules, or whose provider's resolver lies. */
  readonly censored: readonly string[];
  /** Hosts from where connections into the country come. */
  readonly outside: readonly string[];
}

function sidesOf(scenario: Scenario): Sides {
  const { accesses, sharedBox, outside, hasInside } = layoutOf(scenario);
  const { rules } = scenario;
  const liars = liarsOf(scenario);
  const isCensored = ({ network, box, isBypass }: Access): boolean => {
    const boxes = isBypass ? [] : [box, sharedBox].filter((place) => place !== undefined);
    const isBlocked = boxes.some(({ id }) => rulesAt(rules, id).length > 0);
    return isBlocked || liars.includes(network);
  };
  const clients = accesses.filter(isCensored).map(({ client }) => client);
  // `inside` is behind the router of the first network.
  const hasCensoredInside = hasInside && accesses.slice(0, 1).some(isCensored);
  return {
    censored: [...clients, ...(hasCensoredInside ? ['inside'] : [])],
    outside: ['server', 'control', ...outside.map(({ name }) => name)],
  };
}

function either(hosts: readonly string[]): string {
  return hosts.map((host) => `"${host}"`).join(' or ');
}
