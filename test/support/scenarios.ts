import type { ChokepointError } from '../../src/base/errors.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { parseScenario } from '../../src/scenario/parse.ts';
import { policyOf } from '../../src/scenario/policy.ts';
import type { Scenario } from '../../src/scenario/schema.ts';

export interface ScenarioParts {
  /** The profile `p`, in one line of YAML. */
  readonly profile?: string;
  /** A second one, by its line. */
  readonly others?: string;
  /** Of the only rule. */
  readonly trigger?: string;
  readonly action?: string;
  /** More fields of the rule, with semicolons between them. */
  readonly more?: string;
  readonly period?: string;
  readonly evidence?: string;
  /** Of its first row, and what must be seen of it. */
  readonly expect?: string;
  /** The line `resolvers`, as it stands behind the rules. */
  readonly resolvers?: string;
}

/** A row without which there is no scenario. */
export const CONTROL =
  '{ claim: other names pass, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }';

/** A scenario of these parts: the profile is on line 12, the trigger on 16, the action on 17, more from 18 on. */
export function scenarioOf(parts: ScenarioParts = {}): string {
  const { profile = '{}', others = '', more = '' } = parts;
  const { trigger = '{ match: http.host, domains: [meydan.tv] }', action = '{ do: reset }' } =
    parts;
  const { period = '{ from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }' } = parts;
  const { evidence = 'period, networks, topology, origin, profiles, rules' } = parts;
  const { expect = 'probe: tcp, urls: ["tcp://a.org:80"], see: { failure: null }' } = parts;
  const { resolvers } = parts;
  return [
    'id: x',
    'title: X',
    'summary: X',
    'sources: {}',
    `period: ${period}`,
    'networks: { n: { asn: 1, name: N, country: XX } }',
    'topology: { client: n, inside: n, middlebox: n, near_rtt_ms: 1, far_rtt_ms: 1 }',
    'origin: { http_ports: [80], tls_ports: [443], names: [example.org] }',
    `evidence: [{ fields: [${evidence}], status: surrogate, because: a test }]`,
    `expect: [{ claim: c, ${expect} }, ${CONTROL}]`,
    'profiles:',
    `  p: ${profile}`,
    others === '' ? '' : `  ${others}`,
    'rules:',
    `  - name: r`,
    `    trigger: ${trigger}`,
    `    action: ${action}`,
    ...more.split('; ').map((line) => (line === '' ? '' : `    ${line}`)),
    ...(resolvers === undefined ? [] : [`resolvers: ${resolvers}`]),
    '',
  ].join('\n');
}

export function readScenario(parts: ScenarioParts = {}): Scenario {
  return parseScenario(scenarioOf(parts), 'x.yaml');
}

/** The policy of its profile `p`. */
export function readPolicy(parts: ScenarioParts = {}): Policy {
  const { rules, profiles } = readScenario(parts);
  const profile = profiles['p'];
  if (profile === undefined) throw new Error('there is a profile p in every scenario');
  return policyOf(rules, profile);
}

/** What is wrong with a scenario, a line each. */
export function complaintsAbout(text: string, file = 'x.yaml'): string[] {
  try {
    parseScenario(text, file);
  } catch (error) {
    return (error as ChokepointError).message.split('\n');
  }
  return [];
}
