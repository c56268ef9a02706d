import { describe, expect, test } from 'vitest';
import {
  authorityDaemons,
  bridgeDaemons,
  clientTorrcOf,
  directoryLines,
  exitsIn,
  obfs4Bridge,
  plainBridge,
  type TorPlan,
} from '../../src/origin/tor-network.ts';

const PLAN: TorPlan = {
  address: '198.18.3.2',
  relayPorts: [5001, 5002, 5003],
  directoryPorts: [7001, 7002, 7003],
  plainPort: 443,
  obfs4Port: 9002,
  obfs4proxy: '/usr/bin/obfs4proxy',
};
const KEYS = ['A', 'B', 'C'].map((letter) => ({
  v3ident: letter.repeat(40),
  fingerprint: letter.toLowerCase().repeat(40),
}));
const DIRECTORY = directoryLines(PLAN, KEYS);
const BRIDGE_LINE =
  '# obfs4 torrc client bridge line\n#\nBridge obfs4 <IP ADDRESS>:<PORT> <FINGERPRINT> cert=aB+/1 iat-mode=0\n';

test('everybody is told of every authority, by its keys', () => {
  expect(DIRECTORY.trim().split('\n')).toEqual([
    'TestingTorNetwork 1',
    `DirAuthority auth1 orport=5001 no-v2 v3ident=${'A'.repeat(40)} 198.18.3.2:7001 ${'a'.repeat(40)}`,
    `DirAuthority auth2 orport=5002 no-v2 v3ident=${'B'.repeat(40)} 198.18.3.2:7002 ${'b'.repeat(40)}`,
    `DirAuthority auth3 orport=5003 no-v2 v3ident=${'C'.repeat(40)} 198.18.3.2:7003 ${'c'.repeat(40)}`,
  ]);
  const clients = [clientTorrcOf(DIRECTORY, undefined, '')];
  const servers = [...authorityDaemons(PLAN, DIRECTORY), ...bridgeDaemons(PLAN, DIRECTORY)];
  for (const torrc of [...clients, ...servers.map((daemon) => daemon.torrc)]) {
    expect(torrc).toContain(DIRECTORY);
  }
});

test('authorities vote every ten seconds, relay, and let traffic out to addresses that Tor takes for private', () => {
  const [, second] = authorityDaemons(PLAN, DIRECTORY);
  expect(second?.name).toBe('auth2');
  expect(optionsOf(second?.torrc)).toMatchObject({
    Nickname: 'auth2',
    ORPort: '198.18.3.2:5002 IPv4Only',
    DirPort: '198.18.3.2:7002',
    V3AuthVotingInterval: '10',
    ExitPolicy: 'accept *:*',
    ExitPolicyRejectPrivate: '0',
  });
});

test('a consensus is of use once every exit is in it', () => {
  const relay = (flags: string): string =>
    `r auth1 x 2026-11-22 12:29:26 198.18.3.2 5001 7001\ns ${flags}\n`;
  expect(exitsIn('')).toBe(0);
  expect(
    exitsIn(relay('Authority Exit Fast Guard Running V2Dir Valid') + relay('Authority V2Dir')),
  ).toBe(1);
});

describe('bridges', () => {
  test('speak TLS on one port, and obfs4 alone on another', () => {
    const [plain, obfs4] = bridgeDaemons(PLAN, DIRECTORY);
    expect(optionsOf(plain?.torrc)).toMatchObject({
      ORPort: '198.18.3.2:443 IPv4Only',
      BridgeRelay: '1',
      ExitRelay: '0',
    });
    expect(plain?.torrc).not.toContain('obfs4');
    expect(optionsOf(obfs4?.torrc)).toMatchObject({
      ORPort: '127.0.0.1:auto IPv4Only',
      ServerTransportPlugin: 'obfs4 exec /usr/bin/obfs4proxy',
      ServerTransportListenAddr: 'obfs4 198.18.3.2:9002',
    });
  });

  test('are one without obfs4proxy', () => {
    const daemons = bridgeDaemons({ ...PLAN, obfs4proxy: undefined }, DIRECTORY);
    expect(daemons.map(({ name }) => name)).toEqual(['plain']);
  });

  test('are found by clients at their address, with their keys', () => {
    expect(plainBridge(PLAN, 'F00')).toBe('198.18.3.2:443 F00');
    const obfs4 = 'obfs4 198.18.3.2:9002 F00 cert=aB+/1 iat-mode=0';
    expect(obfs4Bridge(PLAN, 'F00', BRIDGE_LINE)).toBe(obfs4);
    expect(obfs4Bridge(PLAN, 'F00', 'no line')).toBeUndefined();
    const torrc = clientTorrcOf(DIRECTORY, obfs4, 'ClientTransportPlugin obfs4 exec /o\n');
    expect(optionsOf(torrc)).toMatchObject({ UseBridges: '1', Bridge: obfs4 });
    expect(torrc).toContain('ClientTransportPlugin obfs4 exec /o');
  });

  test('are of no concern to a client without one', () => {
    expect(clientTorrcOf(DIRECTORY, undefined, '')).not.toContain('Bridge');
  });
});

/** The last value of each option. */
function optionsOf(torrc = ''): Record<string, string> {
  const lines = torrc.trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(' ');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
