import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildNamespaces, ipBatch } from '../../netns/namespaces.ts';
import { hostsFile, resolverFile } from '../../src/testbed/host-files.ts';
import type { Hosts } from '../../src/testbed/topology.ts';
import { hostileTexts } from '../support/hostile.ts';

/* Whatever a schema has let through: each seam refuses what its program would read as more than a word. */

const CANARY = join(temporaryFolderOfFile(), 'canary');

test.each(hostileTexts(CANARY))('no namespace is called %j', async (name) => {
  const namespaces = [{ name, kind: 'host', routes: [], mounts: [] } as const];
  await expect(buildNamespaces({ namespaces, links: [] })).rejects.toThrow(
    'cannot name a host or an interface',
  );
  expect(existsSync(CANARY)).toBe(false);
});

test.each(hostileTexts(CANARY).filter((text) => /[^!-~]|["'$`;]/.test(text)))(
  'no word of ip is %j',
  async (word) => {
    await expect(ipBatch([['netns', 'add', word]])).rejects.toThrow('ip netns: ');
    expect(existsSync(CANARY)).toBe(false);
  },
);

test('a line break in a name or an address is no line of hosts or resolv.conf', () => {
  const address = { ipv4: '198.18.0.1', ipv6: '2001:db8::1', resolver: 'server' };
  const hosts = { ['a\n127.0.0.1 bank.example']: address } as unknown as Hosts;
  expect(() => hostsFile(hosts)).toThrow('hosts: ');
  expect(() => resolverFile({ ...address, ipv4: '198.18.0.1\noptions debug' })).toThrow(
    'resolv.conf: ',
  );
});

function temporaryFolderOfFile(): string {
  return join('/tmp', `chokepoint-no-canary-${process.pid}`);
}
