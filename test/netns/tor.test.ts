import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, loadScenarioFile, openLab } from 'chokepoint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Observation } from '../../src/probe/observation.ts';
import type { Bridge } from '../../src/probe/tor-files.ts';
import { observe } from '../../src/replay/observe.ts';
import type { ObservedFlow } from '../../src/replay/observed-flow.ts';
import { scenarioOf } from '../support/scenarios.ts';

/* A lab with a Tor network whose relays, but not its bridges, are blocked by address. It is started once. */

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-tor-'));
const told: string[] = [];
let lab: Lab;

/** In ms; the network has half a minute's work, a client gives up after a minute. */
const NETWORK_TIMEOUT = 200_000;
const PROBE_TIMEOUT = 90_000;

beforeAll(async () => {
  const evidence = 'period, networks, topology, origin, tor, profiles, rules';
  const trigger = '{ match: address, addresses: ["*:5001-5003"] }';
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, `${scenarioOf({ evidence, trigger })}tor: { plain_port: 8443 }\n`);
  lab = await openLab({
    scenario: loadScenarioFile(file),
    out: folder,
    onProgress: (text) => told.push(text),
  });
}, NETWORK_TIMEOUT);
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true });
});

test.concurrent.each([
  { bridge: 'plain', url: 'http://example.org/' },
  { bridge: 'obfs4', url: 'https://example.org/' },
] as const)(
  'a client with the $bridge bridge bootstraps and fetches $url',
  async (row) => {
    const { bridge, url } = row;
    expect(await probeTor(bridge, url)).toMatchObject({
      failure: null,
      status: 200,
      bootstrap: 100,
      says: 'bootstrapped 100 %, HTTP 200',
    });
  },
  PROBE_TIMEOUT,
);

test.concurrent(
  'a client that asks relays themselves is stuck, and says where and why',
  async () => {
    expect(await probeTor('none', 'http://example.org/')).toMatchObject({
      failure: 'connection_refused',
      bootstrap: 5,
      says: 'stuck at 5 % (conn): Connecting to a relay',
    });
  },
  PROBE_TIMEOUT,
);

test('how far the network is was told while it started', () => {
  const percents = told.flatMap((text) => /^tor: bootstrapped (\d+) %$/.exec(text)?.[1] ?? []);
  expect(percents.map(Number)).toEqual(percents.map(Number).toSorted((a, b) => a - b));
  expect(percents.at(-1)).toBe('100');
});

test('the web server was asked by exits alone', async () => {
  const connections = await lab.connections('server', { connections: 0, eventBytes: 0 });
  expect(connections).toHaveLength(2);
  for (const { remote } of connections) expect(remote).toMatch(/^198\.18\.3\.2:/);
});

test('on the wire, a relay answers with TLS 1.3, 0x1302 and P-256, and obfs4 looks like nothing', async () => {
  await lab.close();
  const flows: ObservedFlow[] = [];
  observe(join(folder, 'wire.pcapng'), (flow) => flows.push(flow));
  expect(flows.find(({ dst_port }) => dst_port === 8443)).toMatchObject({
    protocol: 'tls',
    server_version: '0x0304',
    server_cipher: '0x1302',
    server_key_share_group: '0x0017',
  });
  expect(flows.find(({ dst_port }) => dst_port === 9002)).toMatchObject({ protocol: 'unknown' });
});

function probeTor(bridge: Bridge, url: string): Promise<Observation> {
  return lab.probe('client', { probe: 'tor', url, ip: 4, bridge });
}
