import { fileURLToPath } from 'node:url';
import { type LocateRequest, loadScenario, locateBox, type TriggerPacket } from 'chokepoint';
import { describe, expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';
import { onHost, withLab } from '../support/lab.ts';

test('a program on a host finds the box by itself, without the lab’s help', () =>
  withLab({}, async (lab) => {
    const request: LocateRequest = {
      ...{ blocked: asking('meydan.tv'), allowed: asking('example.org') },
      ...{ tries: 3, residual: undefined },
    };
    const command = [process.execPath, '--import', 'tsx', PROGRAM, JSON.stringify(request)];
    const found = JSON.parse(await onHost(lab, 'client', ...command));
    expect(found.box).toEqual({ after: 1, before: 2, position: 'in-path' });
    expect(found.fingerprint).toMatchObject({ flags: 'R', count: 1 });
    const addresses = found.path.map(({ address }: { address?: string }) => address);
    expect(addresses.slice(0, 2)).toEqual([lab.hosts['isp']?.ipv4, '198.18.0.2']);

    function asking(host: string): TriggerPacket {
      return { kind: 'http', address: lab.hosts.server.ipv4, port: 80, host, path: '/' };
    }
  }));

test('a censor that is silent is found by what does not come back', async () => {
  const { directions } = await locateBox({
    scenario: loadScenario('az-2022-tiktok'),
    at: '2022-09-15T12:45:00Z',
    residualLimitMs: 0,
  });
  expect(directions).toHaveLength(1);
  expect(directions[0]).toMatchObject({
    from: 'client-delta',
    box: { hop: 2, after: 'isp-delta', before: 'exchange', position: 'in-path', is_exact: true },
    distance_ms: null,
    fingerprint: null,
    ttl: null,
    agrees: true,
  });
});

test('a name that is not blocked fares as the allowed one does, and nobody finds a box', async () => {
  const result = await locateBox({
    ...{ scenario: loadScenario('az-2017'), name: 'eydan.tv', residualLimitMs: 0, tries: 2 },
  });
  expect(result.agrees).toBe(true);
  for (const { box, lab, why, interfered } of result.directions) {
    expect([box, lab]).toEqual([null, null]);
    expect(why).toBe('the blocked trigger fares as the allowed one does');
    expect(interfered.count).toBe(0);
  }
});

describe('locate as a command', () => {
  test('its JSON is for programs, and its status says that it is right', async () => {
    const place = openPlace();
    const args = ['locate', 'az-2017', '--tries', '2', '--residual', '0', '--json'];
    const { exitCode, stdout } = await place.run(args);
    expect(exitCode).toBe(0);
    const { scenario, profile, agrees, directions } = JSON.parse(stdout);
    expect({ scenario, profile, agrees }).toEqual({
      ...{ scenario: 'az-2017', profile: 'packet', agrees: true },
    });
    expect(directions.map(({ from, to }: Record<string, string>) => [from, to])).toEqual([
      ['client', 'server'],
      ['control', 'inside'],
    ]);
    await place.expectLeft();
  });

  test('what sets the box off, and what does not, may be chosen', async () => {
    const place = openPlace();
    const names = ['--name', 'www.meydan.tv', '--allowed', 'eydan.tv'];
    const args = ['locate', 'az-2017', ...names, '--tries', '1', '--residual', '0', '--json'];
    const { exitCode, stdout } = await place.run(args);
    expect(exitCode).toBe(0);
    for (const direction of JSON.parse(stdout).directions) {
      expect(direction).toMatchObject({
        blocked: 'http.host=www.meydan.tv to port 80',
        allowed: 'http.host=eydan.tv to port 80',
        box: { hop: 2, position: 'in-path' },
      });
    }
  });

  test('a time at which no rule is in force yet finds nothing, and nothing is there', async () => {
    const place = openPlace();
    const args = ['locate', 'az-2022-tiktok', '--at', '2022-09-13', '--residual', '0'];
    const { exitCode, stdout } = await place.run([...args, '--tries', '1']);
    expect(stdout).toContain('no box located: the blocked trigger fares as the allowed one does');
    expect(exitCode).toBe(0);
  });

  test.each([
    {
      args: ['az-2017', '--tries', '0'],
      says: '--tries: expected a whole number from 1 to 100; found "0"',
    },
    {
      args: ['az-2017', '--residual', 'x'],
      says: '--residual: expected a whole number from 0 to 600; found "x"',
    },
    { args: ['az-2017', '--profile', 'x'], says: 'az-2017 has no profile "x"' },
    { args: ['kz-2012'], says: 'set off by what a server sends' },
    { args: ['am-2022-ucom'], says: 'its resolvers lie' },
  ])('$args: $says', async ({ args, says }) => {
    const place = openPlace();
    const { exitCode, stdout, stderr } = await place.runLoaded(['locate', ...args]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
    expect(stderr).toContain('\n  fix: ');
    await place.expectLeft();
  });
});

const PROGRAM = fileURLToPath(new URL('../programs/locate-from-here.ts', import.meta.url));
