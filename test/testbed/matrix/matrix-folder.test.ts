import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadScenario } from '../../../src/scenario/library.ts';
import { loadTool } from '../../../src/scenario/tool-library.ts';
import type { Cell } from '../../../src/testbed/matrix/cell.ts';
import {
  digestOf,
  MatrixFolder,
  type MatrixPlan,
  scenariosOfPlan,
  toolsOfPlan,
} from '../../../src/testbed/matrix/matrix-folder.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { scenarioOf } from '../../support/scenarios.ts';

/* A matrix on disk: what is there stays, whatever ends it. */

const PLAN: MatrixPlan = {
  startedAt: '2026-01-01T00:00:00.000Z',
  scenarios: [{ name: 'az-2017', digest: digestOf(loadScenario('az-2017')) }],
  strategies: ['none'],
  tools: [{ name: 'ssh', digest: digestOf(loadTool('ssh')) }],
  profiles: null,
  repeat: 1,
  seed: 0,
  readOnlyFiles: false,
};
const ATTEMPT = { hasSucceeded: true, hasLeaked: false, failure: null };
const CELL: Cell = {
  scenario: 'az-2017',
  profile: 'packet',
  strategy: 'none',
  kind: 'strategy',
  carrier: 'https',
  by: null,
  verdict: 'CENSORED',
  verdicts: ['CENSORED'],
  plainAllowed: { ...ATTEMPT, local: '198.18.1.2:10000' },
  plainBlocked: { ...ATTEMPT, missing: 'a packet that was changed' },
  allowed: ATTEMPT,
  blocked: null,
  why: null,
  tookMs: 1,
  folder: 'az-2017-packet-1',
  span: { from: 1, to: 2, clients: ['198.18.1.2', '2001:db8:1::2'] },
};

test('it is read as it was written, without half a line at its end', () => {
  const path = join(temporaryFolder(), 'm');
  const begun = MatrixFolder.begin(path, PLAN);
  begun.note(CELL);
  const half = '{"scenario":"az-20';
  appendFileSync(join(path, 'cells.jsonl'), half);
  const textNow = (): string => readFileSync(join(path, 'cells.jsonl'), 'utf8');
  const { plan, cells, count } = MatrixFolder.open(path);
  expect([plan, cells, count]).toEqual([PLAN, [CELL], 1]);
  expect(textNow()).toBe(`${JSON.stringify(CELL)}\n${half}`); // somebody may be writing it
  expect(MatrixFolder.goOn(path).cells).toEqual([CELL]);
  expect(textNow()).toBe(`${JSON.stringify(CELL)}\n`);
  expect(scenariosOfPlan(plan, () => undefined).map(({ id }) => id)).toEqual(['az-2017']);
  expect(toolsOfPlan(plan).map(({ id }) => id)).toEqual(['ssh']);
});

test('a folder is of one matrix, and what was in it before stays when that is taken back', () => {
  const path = temporaryFolder();
  writeFileSync(join(path, 'mine'), '');
  const begun = MatrixFolder.begin(path, PLAN);
  expect(() => MatrixFolder.begin(path, PLAN)).toThrow('holds a run already');
  mkdirSync(join(path, 'az-2017-packet-1'));
  begun.noteFolder('az-2017-packet-1');
  mkdirSync(join(path, 'others')); // made while it went on
  begun.remove();
  expect(readdirSync(path).sort()).toEqual(['mine', 'others']);
  const other = join(path, 'a', 'b');
  MatrixFolder.begin(other, PLAN).remove();
  expect(existsSync(join(path, 'a'))).toBe(false);
  const shared = MatrixFolder.begin(other, PLAN);
  writeFileSync(join(other, 'notes.txt'), '');
  shared.remove();
  expect(readdirSync(other)).toEqual(['notes.txt']);
});

test('what cannot be written is told, and once it could not, nothing is put behind a line cut short', () => {
  const path = temporaryFolder();
  const begun = MatrixFolder.begin(path, PLAN);
  rmSync(join(path, 'cells.jsonl'));
  symlinkSync('/dev/full', join(path, 'cells.jsonl'));
  const says = `${path}/cells.jsonl cannot be written: ELOOP`;
  expect(() => begun.note(CELL)).toThrow(says);
  rmSync(join(path, 'cells.jsonl'));
  expect(() => begun.note(CELL)).toThrow(says);
  expect(begun.count).toBe(0);
  expect(existsSync(join(path, 'cells.jsonl'))).toBe(false);
});

test('one that cannot be begun leaves nothing', () => {
  const path = temporaryFolder();
  writeFileSync(join(path, 'cells.jsonl'), 'precious');
  expect(() => MatrixFolder.begin(path, PLAN)).toThrow(`${path} cannot be written: EEXIST`);
  expect(readdirSync(path)).toEqual(['cells.jsonl']);
  expect(readFileSync(join(path, 'cells.jsonl'), 'utf8')).toBe('precious');
});

test.each([
  ['{"startedAt": 1}', 'matrix.json is not one'],
  ['not JSON', 'matrix.json is not one'],
  [undefined, 'no matrix.json in it'],
])('%s is none', (text, says) => {
  const path = temporaryFolder();
  if (text !== undefined) writeFileSync(join(path, 'matrix.json'), text);
  expect(() => MatrixFolder.open(path)).toThrow(
    `${path}: expected the folder of a matrix; ${says}`,
  );
});

test.each(['oops', 'null', '{}', JSON.stringify({ ...CELL, verdict: 'GOOD' })])(
  'a line that is no cell is told with its place: %s',
  (line) => {
    const path = join(temporaryFolder(), 'm');
    MatrixFolder.begin(path, PLAN).note(CELL);
    appendFileSync(join(path, 'cells.jsonl'), `${line}\n`);
    expect(() => MatrixFolder.open(path)).toThrow(/cells\.jsonl:2:1: expected a cell, as JSON/);
  },
);

test('a scenario or a tool that has changed since is not gone on with', () => {
  const changed = {
    ...PLAN,
    scenarios: [{ name: 'az-2017', digest: '0' }],
    tools: [{ name: 'ssh', digest: '0' }],
  };
  expect(() => scenariosOfPlan(changed, () => undefined)).toThrow('az-2017 has changed since');
  expect(() => toolsOfPlan(changed)).toThrow('ssh has changed since');
});

test('a list of names that has changed is told, though the scenario says what it said', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'names.txt'), 'a.test\n');
  const rule = scenarioOf({
    trigger:
      '{ match: all, of: [{ match: tls.sni, list: names.txt }, { match: tls.client-hello, ech: true }] }',
  });
  const file = join(folder, 'x.yaml');
  writeFileSync(file, rule);
  const before = digestOf(loadScenario(file));
  expect(digestOf(loadScenario(file))).toBe(before);
  writeFileSync(join(folder, 'names.txt'), 'b.test\n');
  expect(digestOf(loadScenario(file))).not.toBe(before);
});
