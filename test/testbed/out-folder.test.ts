import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeFolderWithin, makeOutFolder, takeFolder } from '../../src/testbed/out-folder.ts';
import { temporaryFolder } from '../support/folder.ts';

const FILES = [
  ...['events.jsonl', 'wire.pcapng', 'clients.pcapng', 'origin.jsonl', 'measurements.jsonl'],
  ...['summary.json', 'sensor.csv', 'sensor', 'tables'],
];

test.each(FILES)('a folder in which somebody has put a link called %s is not taken', (name) => {
  const folder = temporaryFolder();
  const [out, victim] = [join(folder, 'out'), join(folder, 'victim')];
  mkdirSync(out);
  writeFileSync(victim, 'theirs');
  symlinkSync(victim, join(out, name));
  expect(() => makeOutFolder(out)).toThrow(`${out} holds `);
  expect(readFileSync(victim, 'utf8')).toBe('theirs');
  expect(lstatSync(join(out, name)).isSymbolicLink()).toBe(true);
  expect(readdirSync(out)).toEqual([name]);
});

test('a link that a lab put where a folder of the run is to be is not followed', () => {
  const folder = temporaryFolder();
  const [out, victim] = [join(folder, 'out'), join(folder, 'victim')];
  mkdirSync(out);
  mkdirSync(victim);
  symlinkSync(victim, join(out, 'sensor'));
  expect(() => makeFolderWithin(out, 'sensor')).toThrow('holds something called sensor');
  expect(readdirSync(victim)).toEqual([]);
  const { path, remove } = makeFolderWithin(out, 'tables');
  writeFileSync(join(path, 'x.csv'), '');
  remove();
  expect(readdirSync(out)).toEqual(['sensor']);
});

test('folders that were made are taken back where the first file cannot be written', () => {
  const folder = temporaryFolder();
  expect(() => makeOutFolder(join(folder, 'a/b'), 'not-there/mark')).toThrow('cannot be made');
  expect(readdirSync(folder)).toEqual([]);
});

test.each(['', 'below'])('a link that leads nowhere is told as one, and is left: %j', (name) => {
  const folder = temporaryFolder();
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('circle', join(folder, 'circle'));
  for (const link of ['dangling', 'circle']) {
    const way = join(folder, link);
    const make = (): unknown => makeOutFolder(join(way, name));
    expect(make).toThrow(`cannot be made: ${way} is a link that leads nowhere`);
  }
  expect(readdirSync(folder).sort()).toEqual(['circle', 'dangling']);
});

test('an empty name is no folder', () => {
  expect(() => takeFolder('', 'az-2017', new Date(0), 'events.jsonl')).toThrow(
    'expected the name of a folder; found ""',
  );
});

test('a folder with other files is taken, and left with them', () => {
  const out = temporaryFolder();
  writeFileSync(join(out, 'notes.txt'), 'mine');
  makeOutFolder(out).remove();
  expect(readdirSync(out)).toEqual(['notes.txt']);
});

test.each(['../../x', 'a/b', 'x\0', 'x'.repeat(5000)])('%j gives no folder under runs', (title) => {
  expect(() => takeFolder(undefined, title, new Date(0), 'events.jsonl')).toThrow(
    'cannot name a file or a folder',
  );
});

test.each(['/run/x', '/var/run/x', '/dev/shm/x', '/dev/x'])('no lab can write to %s', (path) => {
  const place = path.startsWith('/dev') ? '/dev' : '/run';
  expect(() => makeOutFolder(path)).toThrow(`${path}: a lab has a ${place} of its own`);
});

test('many that begin at once below a folder that is not there yet each get theirs', async () => {
  const folder = temporaryFolder();
  const module = new URL('../../src/testbed/out-folder.ts', import.meta.url).href;
  const script = `import { makeOutFolder } from ${JSON.stringify(module)};
    const at = Number(process.argv[2]);
    while (Date.now() < at);
    makeOutFolder(process.argv[1]);`;
  const at = Date.now() + 3000;
  const runs = Array.from({ length: 4 }, (_, i) => {
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    return execa('node', [...args, join(folder, 'a', 'b', String(i)), String(at)]);
  });
  await Promise.all(runs);
  expect(readdirSync(join(folder, 'a', 'b')).sort()).toEqual(['0', '1', '2', '3']);
});

test('a folder that another has made meanwhile is the other’s', () => {
  const folder = temporaryFolder();
  const shared = join(folder, 'out');
  const first = makeOutFolder(join(shared, '1'));
  makeOutFolder(join(shared, '2')).remove();
  expect(readdirSync(shared)).toEqual(['1']);
  first.remove();
  expect(readdirSync(folder)).toEqual([]);
});
