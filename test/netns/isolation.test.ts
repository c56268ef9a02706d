import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { HostName, Lab } from 'chokepoint';
import { openLab } from 'chokepoint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onHost, scenario } from '../support/lab.ts';

const HOSTS: readonly HostName[] = ['client', 'inside', 'server', 'control', 'isp', 'exchange'];

describe('a lab has no way out', () => {
  let lab: Lab;
  let listener: Server;
  let port: number;
  beforeAll(async () => {
    lab = await openLab({ scenario });
    listener = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => listener.listen(0, '::', resolve));
    ({ port } = listener.address() as { port: number });
  });
  afterAll(async () => {
    listener.close();
    await lab.close();
  });

  test.each(HOSTS)('%s cannot reach any address of this machine', async (host) => {
    const addresses = machineAddresses();
    expect(addresses.length).toBeGreaterThan(0);
    const failures = await Promise.all(
      addresses.map(async ({ address, ip }) => {
        const url = `tcp://${ip === 6 ? `[${address}]` : address}:${port}`;
        return (await lab.probe(host, { probe: 'tcp', url, ip })).failure;
      }),
    );
    for (const failure of failures) {
      expect(failure).toMatch(/^(network_unreachable|host_unreachable|connection_refused)$/);
    }
  });

  test.each(HOSTS)('%s has no link but those of the lab', async (host) => {
    const links = JSON.parse(await onHost(lab, host, 'ip', '-json', 'link')) as {
      ifname: string;
      address: string;
      link_netnsid?: number;
    }[];
    const others = links.filter(({ ifname }) => ifname !== 'lo');
    for (const { address } of others) expect(address).toMatch(/^02:00:00:00:/);
    // The other end of each lies in a named namespace of the lab.
    for (const { link_netnsid: peer } of others) expect(peer).toBeTypeOf('number');
    const namespaces = await onHost(lab, host, 'ip', 'netns', 'list-id');
    for (const { link_netnsid: peer } of others) {
      expect(namespaces).toMatch(new RegExp(`^nsid ${peer} \\(iproute2 netns name: \\w+\\)`, 'm'));
    }
  });

  test.each(HOSTS)('%s does not see the sockets and links of this machine', async (host) => {
    // Its own, by which probes ask the lab's control.
    const sockets = await onHost(lab, host, 'find', '/run', '-type', 's');
    expect(sockets).toBe('/run/chokepoint/control.sock\n');
    const links = (await onHost(lab, host, 'ls', '/sys/class/net')).trim().split('\n');
    expect(links.filter((name) => name !== 'lo' && !/^(eth0|to-\w+)$/.test(name))).toEqual([]);
    expect(links.length).toBeLessThanOrEqual(4);
    const entries = (await onHost(lab, host, 'ls', '/run')).trim().split('\n');
    expect(entries.filter((name) => name !== 'mount')).toEqual(['chokepoint', 'netns']);
  });
});

test('two labs with the same addresses do not know of each other', async () => {
  const labs = await Promise.all([
    openLab({ scenario }),
    openLab({ scenario, profile: 'in-order' }),
  ]);
  try {
    const [one, other] = labs as [Lab, Lab];
    const listening = one.spawn('server', [
      process.execPath,
      '-e',
      'require("net").createServer(s => s.destroy()).listen(9999, () => console.log("ready"))',
    ]);
    await new Promise((resolve) => listening.stdout?.once('data', resolve));
    const request = { probe: 'tcp', url: 'tcp://server:9999', ip: 4 } as const;
    expect((await one.probe('client', request)).failure).toBeNull();
    expect((await other.probe('client', request)).failure).toBe('connection_refused');
    const split = { probe: 'http', url: 'http://meydan.tv/', ip: 4, split: 'name' } as const;
    const [passed, reset] = await Promise.all(labs.map((lab) => lab.probe('client', split)));
    expect(passed?.failure).toBeNull();
    expect(reset?.failure).toBe('connection_reset');
  } finally {
    await Promise.all(labs.map((lab) => lab.close()));
  }
});

test('proxies and certificates that the environment names do not reach into a lab', async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    http_proxy: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    CURL_CA_BUNDLE: '/etc/hostname',
    SSL_CERT_FILE: '/etc/hostname',
  });
  const lab = await openLab({ scenario });
  process.env = before;
  try {
    for (const probe of ['curl', 'openssl', 'chromium'] as const) {
      const request = { probe, url: 'https://example.org/', ip: 4 } as const;
      expect(await lab.probe('client', request)).toMatchObject({ failure: null });
    }
  } finally {
    await lab.close();
  }
});

test('a lab that has ended no longer follows the signal that it was opened with', async () => {
  const { signal } = new AbortController();
  const lab = await openLab({ scenario, signal });
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await lab.close();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

/** Loopback addresses too: in a lab they are the lab host's own. */
function machineAddresses(): { address: string; ip: 4 | 6 }[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ scopeid }) => !scopeid) // link-local ones mean nothing without their link
    .map(({ address, family }) => ({ address, ip: family === 'IPv6' ? 6 : 4 }));
}
