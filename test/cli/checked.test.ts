import { expect, test } from 'vitest';
import { checked } from '../../src/cli/checked.ts';
import { Domain } from '../../src/scenario/fields.ts';
import { openPlace } from '../support/cli.ts';

test.each([
  ['', 'expected a domain name in lower case, without a trailing dot, such as "meydan.tv"'],
  ['a b', 'expected a domain name in lower case, without a trailing dot, such as "meydan.tv"'],
  ['-x', 'expected a domain name such as "meydan.tv"'],
  ['x'.repeat(300), 'expected at most 253 characters'],
])('a flag that is no domain name, %j, is told with what was found, once', (name, says) => {
  const check = (): unknown => checked('--name', Domain, name);
  expect(check).toThrow(`--name: ${says}; found "${name.slice(0, 50)}`);
  expect(check).not.toThrow(/; found .*; found /);
});

test('a flag that was not given is nothing, and a name in any script is what it is on the wire', () => {
  expect(checked('--name', Domain, undefined)).toBeUndefined();
  expect(checked('--name', Domain, 'bücher.example')).toBe('xn--bcher-kva.example');
});

test.each([
  ['locate az-2017 --name', 'a b', '--name: expected a domain name'],
  ['locate az-2017 --name', '', '--name: expected a domain name'],
  ['locate az-2017 --allowed', 'a:99999', '--allowed: expected a domain name'],
  ['run az-2017 --out', '', '--out: expected the name of a folder; found ""'],
  ['up az-2017 --out', '', '--out: expected the name of a folder; found ""'],
  ['run --censor', '', '--censor: expected the name of a file; found ""'],
  ['matrix --out', '', '--out: expected the name of a folder; found ""'],
  ['matrix --resume', '', '--resume: expected the name of a folder; found ""'],
  ['matrix --junit', '', '--junit: expected the name of a file; found ""'],
  ['matrix --junit', '.', '--junit: expected a file; found the folder .'],
  ['replay x.pcap --scenario az-2017 --annotate', '', '--annotate: expected the name of a file'],
])('`%s %j` is refused before any work', async (command, value, says) => {
  const place = openPlace();
  const { exitCode, stdout, stderr } = await place.run([...command.split(' '), value]);
  expect(stderr.split('\n')[0]).toContain(`chokepoint: ${says}`);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  await place.expectLeft();
});
