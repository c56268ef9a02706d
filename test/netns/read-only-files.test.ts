import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTool, startTool } from 'chokepoint';
import { expect, test } from 'vitest';
import { chokepoint, finished, openPlace, type Place } from '../support/cli.ts';
import { withLab } from '../support/lab.ts';
import { until } from '../support/processes.ts';

/* Each command that makes labs passes `--read-only-files` on to them. isolation-attacks shows what such a lab keeps programs from. */

test('`up --read-only-files` keeps `exec` from writing, and `down` leaves nothing', async () => {
  const place = openPlace();
  expect(await place.run(['up', 'az-2017', '--read-only-files'])).toMatchObject({ exitCode: 0 });
  expect(await place.run(['exec', 'client', '--', 'touch', 'here'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Read-only file system'),
  });
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
  await place.expectLeft();
});

test.each([
  ['run', 'small.yaml', '--out', 'folder'],
  ['locate', 'small.yaml', '--tries', '1', '--residual', '0'],
])('`%s --read-only-files` has a lab of that kind', async (...args) => {
  const place = await placeWithScenario();
  const running = place.start(chokepoint([...args, '--read-only-files']));
  await until('the lab’s files are read-only', () => agentsOf(place).some(isReadOnly));
  expect(finished(await running)).toMatchObject({ exitCode: 0 });
});

test('without the option, `run` has a lab that can write', async () => {
  const place = await placeWithScenario();
  const running = place.start(chokepoint(['run', 'small.yaml', '--out', 'folder']));
  await until('the lab has its mounts', () => agentsOf(place).length > 0);
  expect(agentsOf(place).some(isReadOnly)).toBe(false);
  await running;
});

test('a tool of `matrix --read-only-files` does not write beside its file, nor after `--resume`', async () => {
  const place = await placeWithScenario(2);
  const mine = place.write('mine.yaml', writesBesideItsFile);
  await withLab({}, async (lab) => {
    const running = await startTool(loadTool(mine), lab);
    await running.stop();
  });
  expect(readdirSync(place.cwd)).toContain('written');
  rmSync(join(place.cwd, 'written'));

  const file = join(place.cwd, 'bound/cells.jsonl');
  const asked = ['--scenarios', 'small.yaml', '--tools', 'mine.yaml', '--out', 'bound'];
  for (const args of [
    [...asked, '--read-only-files'],
    ['--resume', 'bound'],
  ]) {
    await place.run(['matrix', ...args]);
    // It ran: where nobody censors, what it fetches would come.
    const cell = JSON.parse(readFileSync(file, 'utf8'));
    expect(cell).toMatchObject({ strategy: 'mine', verdict: 'CENSORED' });
    expect(readdirSync(place.cwd)).not.toContain('written');
    writeFileSync(file, '');
  }
});

/** With a scenario of two rows in it; by default its servers are far enough away for a look at the lab. */
async function placeWithScenario(farRttMs = 400): Promise<Place> {
  const place = openPlace();
  expect(await place.run(['new', 'small'])).toMatchObject({ exitCode: 0 });
  const file = join(place.cwd, 'small.yaml');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('far_rtt_ms: 20 ');
  writeFileSync(file, text.replace('far_rtt_ms: 20 ', `far_rtt_ms: ${farRttMs} `));
  return place;
}

/** The lab's agents, once their own mounts are there. */
function agentsOf(place: Place): number[] {
  const agents = place.processes().filter(({ command }) => /processes\/agent\.js$/.test(command));
  return agents
    .map(({ pid }) => pid)
    .filter((pid) => mountsOf(pid).includes(' /run/chokepoint/tmp '));
}

/** By the mount of its root, fields 5 and 6 of a line (proc(5)). */
function isReadOnly(pid: number): boolean {
  return /^\d+ \d+ \S+ \S+ \/ ro,/m.test(mountsOf(pid));
}

function mountsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

const writesBesideItsFile = `id: mine
title: writes
client: { command: [sh, -c, 'touch "{here}/written"; echo up; exec sleep 60'], ready: { says: ^up$ } }
through: { direct: true }
`;
