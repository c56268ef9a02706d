import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, openLab } from 'chokepoint';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseScenario } from '../../src/scenario/parse.ts';
import type { Scenario } from '../../src/scenario/schema.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hostileTexts } from '../support/hostile.ts';
import { chosen, placesOf, withText } from '../support/hostile-places.ts';

/*
 * Hostile text in the place of every string and every key of a scenario, one at a time. What `check` takes is put together into
 * one scenario for each text, and its lab is built: whatever runs, no text of a file may have been run, or have chosen a path.
 */

const SCENARIO = {
  id: 'x',
  title: 'X',
  summary: 'X',
  sources: { s: { title: 'S', publisher: 'P', date: '2020-01-01', url: 'https://example.org/' } },
  period: { from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' },
  phases: { first: '2020-02-01T00:00:00Z' },
  networks: {
    n: { asn: 1, name: 'N', country: 'XX' },
    m: { asn: 2, name: 'M', country: 'XX' },
  },
  topology: { client: ['n', 'm'], inside: 'n', middlebox: 'n', near_rtt_ms: 1, far_rtt_ms: 1 },
  origin: { http_ports: [80], tls_ports: [443], names: ['example.org', 'a.org'] },
  hosts: {
    park: {
      address: '192.0.2.7',
      names: ['park.example'],
      certificate: { name: 'c.example', from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' },
      redirect: 'https://example.org/',
    },
  },
  resolvers: {
    m: {
      address: '192.0.2.53',
      names: ['ns.example'],
      lies: [{ names: ['b.org'], answer: 'forged', addresses: ['192.0.2.9'] }],
    },
  },
  profiles: { p: {} },
  rules: [
    {
      name: 'r',
      at: ['n'],
      trigger: { match: 'http.host', domains: ['meydan.tv'] },
      action: {
        do: 'respond',
        status: 302,
        reason: 'Found',
        headers: { Location: 'x' },
        body: 'b',
      },
    },
    { name: 's', trigger: { match: 'payload', keywords: ['k'] }, action: { do: 'drop' } },
  ],
  evidence: [
    {
      fields: ['period', 'phases', 'networks', 'topology', 'origin', 'hosts', 'resolvers'],
      status: 'documented',
      source: 's',
      says: 'so',
    },
    { fields: ['profiles', 'rules'], status: 'surrogate', because: 'a test' },
  ],
  expect: [
    {
      claim: 'c',
      negative_control: true,
      from: ['client-n'],
      probe: 'http',
      urls: ['http://example.org/'],
      host: 'example.org',
      after: ['a.org'],
      see: { failure: null },
    },
  ],
  tables: { t: { title: 'T', rows: 'domain', columns: 'network' } },
};

const PLACES = placesOf(SCENARIO);

test('there are names, keys and values of every kind to write hostile text into', () => {
  expect(PLACES.length).toBeGreaterThan(60);
  expect(takes(SCENARIO)).toBeDefined();
});

const FOLDER = join('/tmp', `chokepoint-hostile-${process.pid}`);

test.each(chosen(hostileTexts(`${FOLDER}-canary`)))(
  'no text of a scenario is run, and none chooses a path: %s',
  async (_shown, text) => {
    let all: object = SCENARIO;
    let taken = 0;
    for (const place of PLACES) {
      const next = withText(all, place, text);
      if (takes(next) === undefined) continue;
      all = next;
      taken++;
    }
    // Titles and the like may be any text; names of networks, hosts, profiles and tables may not.
    expect(taken).toBeGreaterThan(3);
    const scenario = takes(all) as Scenario;
    expect([Object.keys(scenario.networks), scenario.id]).toEqual([['n', 'm'], 'x']);
    const out = temporaryFolder();
    const before = readdirSync('/tmp').filter((name) => name.includes('canary'));
    const lab: Lab = await openLab({ scenario, out });
    await lab.probe('client-n', { probe: 'http', url: 'http://meydan.tv/', ip: 4 });
    await lab.close();
    expect(existsSync(`${FOLDER}-canary`)).toBe(false);
    expect(readdirSync('/tmp').filter((name) => name.includes('canary'))).toEqual(before);
    const files = readdirSync(out).filter((name) => name !== 'origin.jsonl');
    expect(files.sort()).toEqual(['events.jsonl', 'wire.pcapng']);
  },
);

function takes(value: object): Scenario | undefined {
  try {
    return parseScenario(stringify(value), 'x.yaml');
  } catch {
    return undefined;
  }
}
