import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findTool, tunObstacle } from '../../src/testbed/machine.ts';
import { temporaryFile, temporaryFolder } from '../support/folder.ts';

test('a device that can be opened stands in nobody’s way', () => {
  expect(tunObstacle(temporaryFile(''))).toBeUndefined();
});

test('one that is there and cannot be opened is told with what opens it', () => {
  const device = temporaryFolder();
  expect(tunObstacle(device)).toEqual({
    message: `no interface of its own: EISDIR: illegal operation on a directory, open '${device}'`,
    hint: `as root: chmod 0666 ${device}`,
  });
});

test('one that is not there is told with what makes it', () => {
  expect(tunObstacle('/nowhere/tun')).toEqual({
    message: "no interface of its own: ENOENT: no such file or directory, open '/nowhere/tun'",
    hint: 'as root: modprobe tun',
  });
});

test('a folder on the PATH is no program; one behind it is found', () => {
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(first, 'some-tool'));
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('PATH', `${first}:${second}`);
  expect(findTool('some-tool')).toBeUndefined();
  writeFileSync(join(second, 'some-tool'), '', { mode: 0o755 });
  expect(findTool('some-tool')).toBe(join(second, 'some-tool'));
});
