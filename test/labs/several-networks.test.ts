import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, loadScenarioFile, openLab, type ProbeRequest, runScenario } from 'chokepoint';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { onHost, readCapture } from '../support/lab.ts';
import { CONTROL, scenarioOf } from '../support/scenarios.ts';

/* Labs with several networks, boxes in a row, hosts with addresses of their own, and phases. */

const NETWORKS =
  'networks: { a: { asn: 1, name: A, country: XX }, b: { asn: 2, name: B, country: XX }, t: { asn: 3, name: T, country: XX }, n: { asn: 4, name: N, country: XX } }';
const BLOCKED = 'connection_reset';

test('each network meets the rules of its own box, and both those of the box in transit', async () => {
  const topology =
    'topology: { client: [a, b], inside: a, middlebox: own, near_rtt_ms: 2, far_rtt_ms: 4, transit: { network: t, near_rtt_ms: 6, far_rtt_ms: 8 } }';
  const rules = [
    rule('one', 'at: [a]'),
    rule('two', 'at: [b]'),
    rule('three', 'at: [t]'),
    rule('four', ''),
  ];
  await inLab({ topology, rules }, async (lab, out) => {
    const seen = async (from: string, host: string): Promise<string | null> =>
      (await lab.probe(from, { probe: 'http', url: 'http://example.org/', host, ip: 4 })).failure;
    const table = [];
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      table.push([
        name,
        await seen('client-a', `${name}.tv`),
        await seen('client-b', `${name}.tv`),
      ]);
    }
    expect(table).toEqual([
      ['one', BLOCKED, null],
      ['two', null, BLOCKED],
      ['three', BLOCKED, BLOCKED],
      ['four', BLOCKED, BLOCKED],
      ['five', null, null],
    ]);
    const boxes = (await lab.events()).map((event) => ('box' in event ? event.box : undefined));
    expect(boxes).toEqual(['a', 'b', 't', 't', 'a', 'b']);
    const { connectMs = 0 } = await lab.probe('client-b', {
      probe: 'tcp',
      url: 'tcp://example.org:80',
      ip: 6,
    });
    expect(connectMs).toBeGreaterThan(20); // 2 + 4 + 6 + 8
    await lab.close();
    const wire = await readCapture(join(out, 'wire.pcapng'));
    expect(wire.length).toBeGreaterThan(100);
  });
});

test('networks that share a box reach each other, and a host that has an address of its own', async () => {
  const topology = 'topology: { client: [a, b], middlebox: t, near_rtt_ms: 0, far_rtt_ms: 0 }';
  const hosts =
    'hosts: { park: { address: 95.216.36.80, names: [parked.example], redirect: "http://elsewhere.example/" } }';
  await inLab({ topology, hosts, rules: [rule('one', '')] }, async (lab) => {
    const shown = '%{http_code} %{remote_ip} %{redirect_url}';
    const get = (from: string, address: string): Promise<string> =>
      onHost(lab, from, 'curl', '-4', '-sS', '-o', '/dev/null', '-w', shown, `http://${address}/`);
    for (const from of ['client-a', 'client-b', 'control']) {
      expect(await get(from, 'www.parked.example')).toBe(
        '302 95.216.36.80 http://elsewhere.example/',
      );
    }
    const { failure } = await lab.probe('client-a', {
      probe: 'tcp',
      url: 'tcp://client-b:9',
      ip: 4,
    });
    expect(failure).toBe('connection_refused'); // by client-b itself
  });
});

test('a network that goes past the box meets no rule, and reaches those that share it through the box alone', async () => {
  const topology =
    'topology: { client: [a, b], bypass: [t], middlebox: n, near_rtt_ms: 2, far_rtt_ms: 4 }';
  await inLab({ topology, rules: [rule('one', '')] }, async (lab, out) => {
    const seen = async (from: string, ip: 4 | 6, connect?: string) => {
      const request = { probe: 'http', url: 'http://example.org/', host: 'one.tv', ip, connect };
      return (await lab.probe(from, request as ProbeRequest)).failure;
    };
    for (const ip of [4, 6] as const) {
      const table = ['client-a', 'client-b', 'client-t', 'control'].map((from) => seen(from, ip));
      expect(await Promise.all(table)).toEqual([BLOCKED, BLOCKED, null, null]);
    }
    const refused = { probe: 'tcp', url: 'tcp://client-a:9', ip: 4 } as const;
    expect((await lab.probe('client-t', refused)).failure).toBe('connection_refused');
    const { ipv4 } = lab.hosts['client-t'] as { ipv4: string };
    await lab.close();
    const wire = await readCapture(join(out, 'wire.pcapng'));
    const own = wire.filter(({ src }) => src.startsWith(`${ipv4}:`));
    expect([...new Set(own.map(({ dst }) => dst.split(':').at(-1)))]).toEqual(['9']);
  });
});

test('each phase is run in a lab of its own time, and --at picks the one that is asked for', async () => {
  const phases = 'phases: { before: "2020-01-02T00:00:00Z", after: "2020-01-10T00:00:00Z" }';
  const during = 'during: { from: "2020-01-05T00:00:00Z", to: "2020-02-01T00:00:00Z" }';
  const expectation = (phase: string, failure: string | null): string =>
    `  - { claim: c, negative_control: ${failure === null}, phases: [${phase}], probe: http, urls: ["http://example.org/"], host: one.tv, see: { failure: ${failure} } }`;
  const scenario = scenarioFile({
    ...{ phases, rules: [rule('one', during)] },
    expect: `expect:\n${expectation('before', null)}\n${expectation('after', BLOCKED)}`,
  });
  const { rows } = await runScenario({ scenario });
  expect(rows.map(({ phase, outcome }) => [phase, outcome])).toEqual([
    ['before', 'passed'],
    ['after', 'passed'],
  ]);
  const later = await runScenario({ scenario, at: '2020-01-20T00:00:00Z' });
  expect(later.rows.map(({ phase, outcome }) => [phase, outcome])).toEqual([['after', 'passed']]);
});

interface Parts {
  readonly topology?: string;
  readonly hosts?: string;
  readonly phases?: string;
  readonly expect?: string;
  readonly rules: readonly string[];
}

function rule(name: string, more: string): string {
  const fields = [`name: ${name}`, `trigger: { match: http.host, domains: [${name}.tv] }`];
  return `  - { ${[...fields, 'action: { do: reset }', more].filter((one) => one !== '').join(', ')} }`;
}

function scenarioFile({ topology, hosts, phases, expect: expected, rules }: Parts) {
  const text = scenarioOf({
    evidence: 'period, phases, networks, topology, origin, hosts, profiles, rules',
  })
    .replace(/^networks:.*$/m, NETWORKS)
    .replace(
      /^topology:.*$/m,
      topology ?? 'topology: { client: a, middlebox: t, near_rtt_ms: 1, far_rtt_ms: 1 }',
    )
    .replace(/^(period:.*)$/m, `$1\n${phases ?? ''}\n${hosts ?? ''}`)
    .replace(/^expect:.*$/m, expected ?? controlFrom(topology))
    .replace(/^evidence:.*$/m, (line) =>
      [phases === undefined && 'phases, ', hosts === undefined && 'hosts, '].reduce<string>(
        (rest, unused) => (unused ? rest.replace(unused, '') : rest),
        line,
      ),
    )
    .replace(/^rules:[\s\S]*/m, `rules:\n${rules.join('\n')}\n`);
  const file = join(temporaryFolder(), 'scenario.yaml');
  writeFileSync(file, text);
  return loadScenarioFile(file);
}

function controlFrom(topology: string | undefined): string {
  const client = topology?.includes('[a, b]') ? 'client-a' : 'client';
  return `expect: [${CONTROL.replace('probe:', `from: ${client}, probe:`)}]`;
}

async function inLab(parts: Parts, use: (lab: Lab, out: string) => Promise<void>): Promise<void> {
  const out = temporaryFolder();
  const lab = await openLab({ scenario: scenarioFile(parts), out });
  try {
    await use(lab, out);
  } finally {
    await lab.close();
  }
}
