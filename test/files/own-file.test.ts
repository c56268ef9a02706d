import { execFileSync } from 'node:child_process';
import {
  constants,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PcapngWriter } from '../../src/dataplane/pcapng.ts';
import {
  appendOwn,
  openOwn,
  readOwn,
  requireFile,
  truncateOwn,
  writeNew,
  writeOwn,
  writeWhole,
} from '../../src/files/own-file.ts';
import { temporaryFolder } from '../support/folder.ts';

/** Who puts something where a file of a run will be. */
const PLANTS: Readonly<Record<string, (path: string, victim: string) => void>> = {
  'a link to another file': (path, victim) => symlinkSync(victim, path),
  'another name of a file': (path, victim) => linkSync(victim, path),
  'a link to a file that is not there': (path, victim) => symlinkSync(`${victim}-not`, path),
  'a pipe that nobody reads': (path) => execFileSync('mkfifo', [path]),
};

const WRITERS: Readonly<Record<string, (path: string) => void>> = {
  writeNew: (path) => writeNew(path, 'ours'),
  writeOwn: (path) => writeOwn(path, 'ours'),
  appendOwn: (path) => appendOwn(path, 'ours'),
  truncateOwn: (path) => truncateOwn(path, 0),
  openOwn: (path) => openOwn(path, constants.O_RDWR),
  'a capture': (path) => new PcapngWriter(path, ['left']),
};

describe.each(Object.entries(PLANTS))('where there is %s', (_, plant) => {
  test.each(Object.entries(WRITERS))('%s writes nothing, and does not wait', (_name, write) => {
    const folder = temporaryFolder();
    const [path, victim] = [join(folder, 'events.jsonl'), join(folder, 'victim')];
    writeFileSync(victim, 'theirs');
    plant(path, victim);
    expect(() => write(path)).toThrow();
    expect(readFileSync(victim, 'utf8')).toBe('theirs');
    expect(() => readFileSync(`${victim}-not`)).toThrow('ENOENT');
  });
});

test('what a run has written itself is written behind, over and cut off', () => {
  const path = join(temporaryFolder(), 'x');
  writeNew(path, 'one');
  appendOwn(path, ' two');
  expect(readFileSync(path, 'utf8')).toBe('one two');
  truncateOwn(path, 2);
  expect(readFileSync(path, 'utf8')).toBe('on');
  writeOwn(path, 'x');
  expect(readFileSync(path, 'utf8')).toBe('x');
});

test.each([readOwn, requireFile])(
  'a pipe that nobody writes to is not waited for: $name',
  (read) => {
    const folder = temporaryFolder();
    const pipe = join(folder, 'events.jsonl');
    execFileSync('mkfifo', [pipe]);
    expect(() => read(pipe)).toThrow('expected a file; found a pipe');
    expect(() => read(folder)).toThrow('expected a file');
  },
);

test('half of a file is taken back, and a device stays', () => {
  expect(() => writeWhole('/dev/full', 'x')).toThrow('ENOSPC');
  expect(existsSync('/dev/full')).toBe(true);
  const folder = temporaryFolder();
  const module = new URL('../../src/files/own-file.ts', import.meta.url).pathname;
  const write = (name: string): string =>
    `import('${module}').then((all) => all.${name}('${folder}/x', 'y'.repeat(5000))).catch(({ code }) => console.log(code))`;
  for (const name of ['writeWhole', 'writeNew']) {
    const script = `ulimit -f 1; exec node --import tsx -e "${write(name)}"`;
    expect(execFileSync('bash', ['-c', script]).toString()).toBe('EFBIG\n');
    expect(readdirSync(folder)).toEqual([]);
  }
});
