import { type Cell, loadScenario, runMatrix, type Scenario } from 'chokepoint';
import { describe, expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';

/* Documented censors, and what they do beside reading names: they remember a client, and they lie about names. */

test.concurrent.for([
  [
    'az-2017',
    'packet',
    'https',
    { evades: 'split-in-name', isCensored: 'decoy-md5', by: 'blocked site, TLS' },
  ],
  [
    'az-2020',
    'in-order',
    'https',
    { evades: 'records-in-name', isCensored: 'split-in-name', by: 'WhatsApp, TLS' },
  ],
  [
    'az-2022-tiktok',
    'in-order',
    'https',
    { evades: 'records-in-name', isCensored: 'split-in-name', by: 'TikTok, Delta' },
  ],
  [
    'am-2022-ucom',
    'none',
    'dns',
    { evades: 'dns-over-https', isCensored: 'dns-name-case', by: 'the resolver of ucom' },
  ],
  [
    'am-2022-mts',
    'in-order',
    'https',
    { evades: 'decoy-md5', isCensored: 'split-in-name', by: 'TikTok, TLS' },
  ],
  [
    'ir-2012',
    'in-order',
    'url',
    { evades: 'decoy-md5', isCensored: 'split-in-name', by: 'keyword in a search' },
  ],
  [
    'kz-2012',
    'packet',
    'relay-of-today',
    { evades: 'small-answers', isCensored: 'small-window', by: 'Tor relay of today' },
  ],
] as const)(
  '%s %s %s: one strategy evades and another does not, and both are explained',
  async ([scenario, profile, over, { evades, isCensored, by }], { onTestFinished }) => {
    const place = openPlace(onTestFinished);
    const strategies = [evades, isCensored].join();
    const asked = ['--scenarios', scenario, '--profile', profile, '--strategies', strategies];
    await place.run(['matrix', ...asked, '--out', 'm']);
    const opened = async (strategy: string): Promise<Opened> => {
      const name = `${scenario}/${profile}/${over}/${strategy}`;
      return JSON.parse((await place.run(['explain', 'm', name, '--json'])).stdout);
    };
    const [evaded, censored] = [await opened(evades), await opened(isCensored)];
    expect([evaded.verdict, censored.verdict]).toEqual(['EVADED', 'CENSORED']);
    expect(evaded.explained.map(({ outcome }) => outcome)).not.toContain('blocked');
    expect(evaded.explained.length).toBeGreaterThan(0);
    const rules = censored.explained.flatMap(({ decision }) => decision?.rule ?? []);
    expect(rules.length > 0 ? rules : [censored.by]).toEqual([by]);
  },
);

interface Opened extends Cell {
  readonly explained: readonly {
    readonly outcome: string;
    readonly decision: { readonly rule: string } | null;
  }[];
}

const AZ = loadScenario('az-2017');

describe('a box that remembers a client for what it did', () => {
  test.each([
    ['longer than a lab takes to make', 60_000],
    ['for a moment', 700],
  ])('%s does not hold one cell against the next', async (_, duration_ms) => {
    const residual = { scope: '2-tuple', duration_ms, ...WHOLE } as const;
    const rules = AZ.rules.filter(({ name }) => name.endsWith('HTTP'));
    const scenario = { ...AZ, rules: rules.map((rule) => ({ ...rule, residual })) };
    const strategies = ['split-in-name', 'host-tab', 'split-tiny'];
    expect(verdictsOf(await runMatrix({ scenarios: [scenario], strategies }))).toEqual({
      'split-in-name': 'EVADED',
      'host-tab': 'CENSORED',
      'split-tiny': 'EVADED',
    });
  });
});

test('a page that says 200 in the server’s place is not the page', async () => {
  const rules = AZ.rules.filter(({ name }) => name.endsWith('HTTP'));
  const scenario = { ...AZ, rules: rules.map((rule) => ({ ...rule, action: PAGE })) };
  const strategies = ['none', 'split-in-name', 'host-tab'];
  expect(verdictsOf(await runMatrix({ scenarios: [scenario], strategies }))).toEqual({
    none: 'CENSORED',
    'split-in-name': 'EVADED',
    'host-tab': 'CENSORED',
  });
});

test('where a box answers for a resolver, the second answer is the truth, and other ways to ask are open', async () => {
  const scenario: Scenario = { ...AZ, profiles: { beside: ON_PATH }, rules: [LIE] };
  const strategies = [
    'none',
    'dns-name-case',
    'dns-later-answer',
    'dns-over-https',
    'dns-over-tcp',
  ];
  const cells = await runMatrix({ scenarios: [scenario], strategies });
  expect(cells.map(({ by }) => by)).toContain('lie');
  expect(verdictsOf(cells)).toEqual({
    none: 'CENSORED',
    'dns-name-case': 'CENSORED',
    'dns-later-answer': 'EVADED',
    'dns-over-https': 'EVADED',
    'dns-over-tcp': 'EVADED', // its knob dns.tcp is false
  });
});

const WHOLE = { refresh: false, do: 'drop', way: 'both', after_ms: 0 } as const;
const PAGE: Scenario['rules'][number]['action'] = {
  ...{ do: 'respond', status: 200, reason: 'OK', headers: {}, body: '<h1>Access denied</h1>' },
  ...{ server: 'reset', ttl: 64, ip_id: 0, delay_ms: 0, dont_fragment: true },
};
const ON_PATH = { preset: 'first-payload', position: 'on-path' } as const;
const LIE: Scenario['rules'][number] = {
  name: 'lie',
  trigger: { match: 'dns.qname', domains: ['meydan.tv'] },
  action: {
    ...{ do: 'dns', answer: 'forged', addresses: ['192.0.2.1'], ttl_s: 60 },
    ...{ count: 1, delay_ms: 0, ttl: 64, ip_id: 0 },
  },
};

function verdictsOf(cells: readonly Cell[]): Record<string, string> {
  return Object.fromEntries(cells.map(({ strategy, verdict }) => [strategy, verdict]));
}
