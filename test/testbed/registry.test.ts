import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findLab, readRecords } from '../../src/testbed/lab-records.ts';
import {
  forget,
  type LabEntry,
  ownedByThis,
  record,
  reserveName,
  statePath,
} from '../../src/testbed/registry.ts';

/* Each test has a TMPDIR of its own. */

const before = process.env['TMPDIR'];
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-test-'));
  process.env['TMPDIR'] = folder;
});

afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  rmSync(folder, { recursive: true, force: true });
});

test('two labs of a scenario have names of their own, and the last one takes the folder with it', () => {
  const [one, two] = [reserveName('az-2017'), reserveName('az-2017')];
  expect([one.lab, two.lab]).toEqual(['az-2017', 'az-2017-2']);
  expect(readdirSync(statePath())).toEqual(['az-2017-2.json', 'az-2017.json']);
  forget(one.file);
  expect(reserveName('az-2017').lab).toBe('az-2017');
  for (const { file } of [one, two]) forget(file);
  expect(readdirSync(folder)).toEqual([]);
});

test('the folder goes with the next reader, where what removed the last record was ended before it could', () => {
  rmSync(reserveName('az-2017').file);
  expect(readRecords()).toEqual({ up: [], leftOver: [], notes: [] });
  expect(readdirSync(folder)).toEqual([]);
  expect(readRecords()).toEqual({ up: [], leftOver: [], notes: [] });
});

test('a record is found by its name, and contains what its owner looks for before it is removed', () => {
  const { file, says } = reserveName('az-2017');
  expect(readFileSync(file, 'utf8')).toContain(says);
  expect(readRecords()).toEqual({ up: [], leftOver: [], notes: [] });
  record(file, entry());
  expect(readFileSync(file, 'utf8')).toContain(says);
  expect(findLab(undefined)).toEqual(entry());
});

test.each([
  { wrong: 'a holder with a negative pid', change: { holder: { pid: -5, startTime: '1' } } },
  { wrong: 'a holder that is process 1', change: { holder: { pid: 1, startTime: '1' } } },
  { wrong: 'a holder without a start time', change: { holder: { pid: process.pid } } },
  { wrong: 'an init with pid 0', change: { pid: 0 } },
  { wrong: 'a host held by a negative pid', change: { holders: { client: -1 } } },
  { wrong: 'a name with an escape sequence', change: { scenario: '\u001b]0;x\u0007' } },
  { wrong: 'the name of another lab', change: { lab: 'other' } },
])('a record with $wrong is told, and is no lab', ({ change }) => {
  const { file } = reserveName('az-2017');
  writeFileSync(file, JSON.stringify({ ...entry(), ...change }));
  const { up, leftOver, notes } = readRecords();
  expect([up, leftOver]).toEqual([[], []]);
  expect(notes).toEqual([
    expect.stringMatching(/az-2017\.json is no record of a lab: .+; remove it/),
  ]);
  expect(existsSync(file)).toBe(true);
});

test.each([
  { what: 'an empty file', make: (path: string) => writeFileSync(path, '') },
  { what: 'text', make: (path: string) => writeFileSync(path, 'x'.repeat(100)) },
  { what: 'half a record', make: (path: string) => writeFileSync(path, '{"lab":"x"') },
  { what: 'null', make: (path: string) => writeFileSync(path, 'null') },
  { what: 'a folder', make: (path: string) => mkdirSync(path) },
  { what: 'a link', make: (path: string) => symlinkSync('/etc/passwd', path) },
  { what: 'a link to nothing', make: (path: string) => symlinkSync('nothing', path) },
  {
    what: 'a file of 1 GB',
    make: (path: string) => {
      writeFileSync(path, '');
      truncateSync(path, 1e9);
    },
  },
])('$what among the records is told, and hides no lab', ({ make }) => {
  const { file } = reserveName('az-2017');
  record(file, entry());
  make(join(statePath(), 'junk.json'));
  make(join(statePath(), 'other'));
  const { up, notes } = readRecords();
  expect(up).toEqual([entry()]);
  expect(notes).toEqual([
    expect.stringContaining('junk.json is no record of a lab'),
    expect.stringContaining('other is no record of a lab: its name is none of a lab'),
  ]);
});

test('the record of a lab that died is removed', () => {
  const { file } = reserveName('az-2017');
  record(file, { ...entry(), holder: { pid: process.pid, startTime: '1' }, startTime: '1' });
  expect(readRecords()).toEqual({ up: [], leftOver: [], notes: [] });
  expect(existsSync(file)).toBe(false);
});

test('a lab whose owner is gone, and whose init is not, is left over', () => {
  const { file } = reserveName('az-2017');
  const left = { ...entry(), holder: { pid: process.pid, startTime: '1' } };
  record(file, left);
  expect(readRecords()).toMatchObject({ up: [], leftOver: [left] });
  expect(() => findLab('az-2017')).toThrow('no lab is up');
  expect(findLab('az-2017', 'all')).toEqual(left);
});

test.each([
  { whose: 'another pid namespace', change: { pidNamespace: '1' } },
  { whose: 'another machine', change: { machine: 'other', boot: 'other' } },
])('the record of a lab of $whose stays, whatever its owner seems to be', ({ change }) => {
  const { file } = reserveName('az-2017');
  record(file, { ...entry(), ...change, holder: { pid: process.pid, startTime: '1' } });
  expect(readRecords()).toEqual({
    up: [],
    leftOver: [],
    notes: [expect.stringContaining('is a lab of another container or machine')],
  });
  expect(existsSync(file)).toBe(true);
});

test.runIf(ownedByThis().machine !== '')(
  'the record of a lab from before the machine was started again is removed, though its pid is taken',
  () => {
    const { file } = reserveName('az-2017');
    record(file, { ...entry(), boot: 'earlier' });
    expect(readRecords()).toEqual({ up: [], leftOver: [], notes: [] });
    expect(existsSync(file)).toBe(false);
  },
);

test('a draft is removed once the process that wrote it is gone', () => {
  const { pidNamespace, holder } = ownedByThis();
  reserveName('az-2017');
  const [gone, own, foreign] = [
    `.draft-${pidNamespace}-${holder.pid}-1`,
    `.draft-${pidNamespace}-${holder.pid}-${holder.startTime}`,
    `.draft-1-${holder.pid}-1`,
  ];
  for (const name of [gone, own, foreign]) writeFileSync(join(statePath(), name), '');
  readRecords();
  expect(readdirSync(statePath()).sort()).toEqual([foreign, own, 'az-2017.json'].sort());
});

test.each([
  { what: 'a file', make: () => writeFileSync(statePath(), ''), says: 'is not a folder' },
  { what: 'a link', make: () => symlinkSync('/etc', statePath()), says: 'is not a folder' },
  {
    what: 'a folder that others can write to',
    make: () => {
      mkdirSync(statePath());
      chmodSync(statePath(), 0o777);
    },
    says: 'can be written to by others',
  },
])('$what in the place of the records is refused', ({ make, says }) => {
  make();
  expect(() => readRecords()).toThrow(says);
  expect(() => reserveName('az-2017')).toThrow(says);
});

test('whatever the umask, the records can be read', () => {
  const umask = process.umask(0o777);
  try {
    record(reserveName('az-2017').file, entry());
    expect(readRecords().up).toEqual([entry()]);
  } finally {
    process.umask(umask);
  }
});

test('a folder that cannot be made is told, with TMPDIR', () => {
  process.env['TMPDIR'] = join(folder, 'none');
  expect(() => reserveName('az-2017')).toThrow(/cannot be made: ENOENT/);
  expect(readRecords().up).toEqual([]);
});

/** Of this process, which is its own lab. */
function entry(): LabEntry {
  const owned = ownedByThis();
  return {
    ...owned,
    lab: 'az-2017',
    scenario: 'az-2017',
    profile: 'packet',
    startedAt: '2026-11-30T12:00:00.000Z',
    pid: owned.holder.pid,
    startTime: owned.holder.startTime,
    hasUserNamespace: false,
    holders: { client: 17 },
    hosts: { client: { ipv4: '198.18.1.2', ipv6: '2001:db8:1::2', resolver: 'isp' } },
  };
}
