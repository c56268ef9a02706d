import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { editedScenario, openPlace } from '../support/cli.ts';

/* A name of a network once reached `ip -batch` as it was, and ran commands as whoever ran the scenario. */

test.each(['check', 'run', 'up'])(
  '%s refuses a network whose name has lines in it, and runs none of them',
  async (command) => {
    const place = openPlace();
    const canary = join(place.cwd, 'canary');
    const name = JSON.stringify(`a\nnetns add zz\nnetns exec zz cp /etc/hostname ${canary}\n#`);
    const text = editedScenario(
      ['  other: {', `  ${name}: { asn: 64497, name: B, country: AZ }\n  other: {`],
      ['  client: katv1\n', `  client: [katv1, ${name}]\n`],
    );
    const file = place.write('hostile.yaml', text);
    const { exitCode, stderr, stdout } = await place.run([command, file]);
    expect(exitCode).toBe(2);
    expect(stderr + stdout).toContain('hostile.yaml:24:3: networks."a\\nnetns add zz\\n');
    expect(stderr + stdout).toContain('expected a name of 1 to 32 lower-case letters');
    expect(stderr + stdout).not.toContain('\n    at ');
    expect(existsSync(canary)).toBe(false);
    await place.expectLeft('hostile.yaml');
  },
);

test('a profile whose name is a path makes no folder outside --out', async () => {
  const place = openPlace();
  const text = editedScenario(['\n  packet: {', '\n  ../../../../x: {']);
  const file = place.write('hostile.yaml', text);
  const { exitCode, stderr } = await place.run(['matrix', '--scenarios', file, '--out', 'm']);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('profiles.../../../../x: ')]);
  await place.expectLeft('hostile.yaml');
});
