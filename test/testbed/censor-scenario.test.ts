import { expect, test } from 'vitest';
import { parseCensor } from '../../src/scenario/censor-file.ts';
import { scenarioOfCensor } from '../../src/testbed/censor-scenario.ts';

test.each([
  { what: 'a reset', action: '{ do: reset }', failures: ['any failure', null] },
  { what: 'silence', action: '{ do: blackhole }', failures: ['any failure', null] },
  { what: 'a pass', action: '{ do: pass }', failures: [null] },
  {
    what: 'a block page',
    action: '{ do: respond, status: 403, reason: Forbidden }',
    failures: [null],
  },
  { what: 'throttling', action: '{ do: throttle, rate_kbps: 50 }', failures: [null] },
  { what: 'chance', action: '{ do: drop }\n    probability: 0.5', failures: [null] },
])('of $what, only what must fail is expected to', ({ action, failures }) => {
  const { scenario } = scenarioOfCensor(censorWith(action), '/x/Mine Own.yaml');
  expect(scenario.id).toBe('mine-own');
  expect(scenario.expect.map(({ see }) => see.failure)).toEqual(failures);
});

test('names, ports and addresses of the rules are there to be asked for', () => {
  const censor = parseCensor(
    `rules:
  - { name: a, trigger: { match: tls.sni, domains: [one.test] }, ports: [4433], action: { do: drop } }
  - { name: b, trigger: { match: address, addresses: ["203.0.113.7", "203.0.113.0/24"] }, action: { do: drop } }
  - { name: c, trigger: { match: tls.sni, patterns: ["^x"] }, action: { do: drop } }
`,
    'c.yaml',
  );
  const { scenario, untried } = scenarioOfCensor(censor, 'c.yaml');
  expect(scenario.origin).toMatchObject({
    tls_ports: [443, 4433],
    names: ['one.test', 'allowed.example'],
  });
  expect(scenario.hosts).toEqual({ 'address-1': { address: '203.0.113.7' } });
  expect(scenario.expect.map(({ urls }) => urls[0])).toEqual([
    'https://one.test:4433/',
    'https://allowed.example:4433/',
    expect.stringMatching(/^tcp:\/\/203\.0\.113\.7:/),
    expect.stringMatching(/^tcp:/),
  ]);
  expect(untried).toEqual([
    expect.stringMatching(/^rule "c": its names are in a list or in patterns/),
  ]);
});

function censorWith(action: string): ReturnType<typeof parseCensor> {
  const rule = `  - name: r\n    trigger: { match: http.host, domains: [one.test] }\n    action: ${action}\n`;
  return parseCensor(`rules:\n${rule}`, 'c.yaml');
}
