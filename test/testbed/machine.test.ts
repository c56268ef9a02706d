import { expect, test } from 'vitest';
import { tunObstacle } from '../../src/testbed/machine.ts';
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
