import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario, rowsOf } from 'chokepoint';
import { expect, test } from 'vitest';
import { chokepoint, finished, openPlace, type Place } from '../support/cli.ts';
import { expectState, machineState } from '../support/machine-state.ts';
import { type ProcessRecord, processOf, until } from '../support/processes.ts';

/* Whatever a lab was used for, and whoever of its processes is killed: the machine is as it was before. */

test('a run leaves its run folder and nothing else', async () => {
  const place = openPlace();
  const before = machineState(place);
  // At one time alone: without the sensor, whose lab is made and ended as the others are. All rows as an ordinary user; as root
  // labs/az-2017 has them.
  const isRoot = process.getuid?.() === 0;
  const profile = isRoot ? ['--profile', 'in-order'] : [];
  const given = ['run', 'az-2017', '--at', '2017-03-27T11:30:00Z', ...profile];
  const { exitCode, stdout } = await place.run(given);
  const all = rowsOf(loadScenario('az-2017'));
  const rows = all.filter((row) => !isRoot || row.profile === 'in-order').length;
  expect(stdout).toContain(`${rows} of ${rows} passed`);
  expect(exitCode).toBe(0);
  expect(readdirSync(place.cwd)).toEqual(['runs']);
  rmSync(join(place.cwd, 'runs'), { recursive: true });
  await expectState(place, before);
});

test('a lab that was up and used leaves nothing, and changes nothing while it is up', async () => {
  const place = openPlace();
  const before = machineState(place);
  await up(place);
  const { links, namedNamespaces, mounts, firewall, files } = before;
  expect(machineState(place)).toMatchObject({ links, namedNamespaces, mounts, firewall, files });
  await place.run(['exec', 'client', '--', 'curl', '-sS', 'http://example.org/']);
  // What a command leaves running goes with the lab.
  await place.run(['exec', 'client', '--', 'sh', '-c', 'sleep 1000 >/dev/null 2>&1 &']);
  expect(place.processes().filter(({ command }) => command === 'sleep 1000')).toHaveLength(1);
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
  await expectState(place, before);
});

test('a run that is killed leaves what it had written of its run folder and nothing else', async () => {
  const place = openPlace();
  const before = machineState(place);
  const run = place.start(chokepoint(['run', 'az-2017', '--out', 'out']));
  await until('the first probe is done', () => existsSync(join(place.cwd, 'out/origin.jsonl')));
  run.kill('SIGKILL');
  await run;
  await until('its processes end', () => place.processes().length === 0);
  rmSync(join(place.cwd, 'out'), { recursive: true });
  await expectState(place, before);
});

test.each([
  ...['the process that `up` leaves', 'unshare', 'the init', 'the agent'].map(one),
  ...['client', 'inside', 'isp', 'middlebox', 'exchange', 'server', 'control'].map((host) =>
    one(`the holder of ${host}`),
  ),
  one('the servers'),
])('when $role is killed, the lab ends by itself and leaves nothing', async ({ role }) => {
  const place = openPlace();
  const before = machineState(place);
  await up(place);
  await kill(place, role);
  // The file by which `ps` would know of the lab is among what must not be left.
  await expectState(place, before);
});

test.each([['unshare'], ['the init'], ['the agent'], ['unshare', 'the init', 'the agent']])(
  'when its owner is killed while %s is stopped, the lab leaves nothing',
  async (...roles) => {
    const place = openPlace();
    const before = machineState(place);
    await up(place);
    const all = await victims(place);
    for (const role of roles) process.kill(all.get(role)?.pid as number, 'SIGSTOP');
    await kill(place, 'the process that `up` leaves');
    await expectState(place, before);
  },
);

test('when its guard is stopped and continued, a lab goes on', async () => {
  const place = openPlace();
  const before = machineState(place);
  await up(place);
  const guard = (await victims(place)).get('unshare')?.pid as number;
  process.kill(guard, 'SIGSTOP');
  process.kill(guard, 'SIGCONT');
  expect(await place.run(['exec', 'client', '--', 'sleep', '1'])).toMatchObject({ exitCode: 0 });
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0, stdout: 'lab az-2017 is down\n' });
  await expectState(place, before);
});

test('`down` says that a lab is down once every process is gone, also of one that was stopped from within', async () => {
  const place = openPlace();
  const before = machineState(place);
  await up(place);
  const agent = (await victims(place)).get('the agent')?.pid;
  // Its own shell is stopped too.
  const stop = place.start(chokepoint(['exec', 'client', '--', 'sh', '-c', 'kill -STOP -1']));
  const isStopped = (): boolean => /\) T /.test(statOf(agent));
  await until('the lab is stopped', isStopped);
  const { stdout, exitCode } = await place.run(['down']);
  const left = place.processes().filter(({ command }) => !command.includes(' exec client '));
  expect({ stdout, exitCode, left }).toEqual({
    stdout: 'lab az-2017 is down\n',
    exitCode: 0,
    left: [],
  });
  await stop;
  await expectState(place, before);
});

test('`ps` and `down --all` inside a lab find no lab, not even its own', async () => {
  const place = openPlace();
  await up(place);
  const inside = ['exec', 'client', '--', 'env', `TMPDIR=${place.tmp}`, 'chokepoint'];
  for (const command of [['ps'], ['down', '--all']]) {
    const found = { exitCode: 0, stdout: 'no lab is up\n', stderr: '' };
    expect(await place.run([...inside, ...command])).toMatchObject(found);
  }
  await expectLabUp(place);
});

test('`ps` and `down --all` in another pid namespace, as of a container, remove no record of a lab that is up', async () => {
  const place = openPlace();
  await up(place);
  const contained = ['unshare', '--user', '--map-current-user', '--pid', '--fork', '--mount-proc'];
  for (const command of [['ps'], ['down', '--all']]) {
    expect(finished(await place.start([...contained, ...chokepoint(command)]))).toMatchObject({
      exitCode: 0,
      stdout: 'no lab is up\n',
      stderr: expect.stringContaining('is a lab of another container or machine'),
    });
  }
  await expectLabUp(place);
});

/** And ends it. */
async function expectLabUp(place: Place): Promise<void> {
  expect((await place.run(['ps'])).stdout).toMatch(/az-2017 +az-2017 +packet/);
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
  await place.expectLeft();
}

test('what a lab left is found by `ps` and `doctor`, and ended by `down --all`', async () => {
  const place = openPlace();
  await up(place);
  const all = await victims(place);
  const of = (role: string): number => all.get(role)?.pid as number;
  const loose = place.start(['sleep', '1000'], {
    env: { CHOKEPOINT_OWNER: markOf(of('the agent')) },
  });
  await kill(place, 'the process that `up` leaves');
  await until('the lab is gone', () => place.processes().length === 1);
  const ps = await place.run(['ps']);
  expect(ps.stderr).toContain(
    `left over of a lab whose owner, process ${of('the process that `up` leaves')}, is gone`,
  );
  expect((await place.run(['doctor'])).stdout).toContain('`chokepoint down --all`');
  const down = await place.run(['down', '--all']);
  expect(down.stdout).toContain('ended 1 process of a lab whose owner');
  expect((await loose).signal).toBe('SIGKILL');
  await place.expectLeft();
});

test('when the middlebox is killed, it comes back, and `down` leaves nothing', async () => {
  const place = openPlace();
  const before = machineState(place);
  await up(place, '--out', 'out');
  await kill(place, 'the middlebox');
  await until('there is another', async () => (await victims(place)).has('the middlebox'));
  const curl = ['exec', 'client', '--', 'curl', '-sS', '-o', '/dev/null', '--max-time', '10'];
  expect(await place.run([...curl, 'http://example.org/'])).toMatchObject({ exitCode: 0 });
  expect(await place.run([...curl, 'http://meydan.tv/'])).toMatchObject({ exitCode: 56 });
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
  rmSync(join(place.cwd, 'out'), { recursive: true });
  await expectState(place, before);
});

test('when `up` is killed while it builds, nothing is left, and the name is free again', async () => {
  const place = openPlace();
  const before = machineState(place);
  const building = place.start(chokepoint(['up', 'az-2017']));
  const isHolder = ({ command }: ProcessRecord): boolean =>
    command.endsWith('/processes/holder.js');
  await until('the lab has taken its name', () => {
    const holder = place.processes().find(isHolder);
    return holder !== undefined && place.processes().some(({ parent }) => parent === holder.pid);
  });
  process.kill(place.processes().find(isHolder)?.pid as number, 'SIGKILL');
  await building;
  await until('its processes end', () => place.processes().length === 0);
  expect((await place.run(['ps'])).stdout).toBe('no lab is up\n');
  await expectState(place, before);
});

async function up(place: Place, ...options: string[]): Promise<void> {
  const { exitCode, stderr } = await place.run(['up', 'az-2017', ...options]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

/** Kills the process of that role, and only that; resolves when it has ended. */
async function kill(place: Place, role: string): Promise<void> {
  const victim = (await victims(place)).get(role);
  if (victim === undefined) throw new Error(`there is no process in the role "${role}"`);
  process.kill(victim.pid, 'SIGKILL');
  await until(`${role} ends`, () => processOf(victim.pid)?.startTime !== victim.startTime);
}

/** Every process of the only lab there is, by its role. */
async function victims(place: Place): Promise<Map<string, ProcessRecord>> {
  const [lab] = JSON.parse((await place.run(['ps', '--json'])).stdout) as [LabEntry];
  const all = place.processes();
  const childrenOf = (parent: ProcessRecord) => all.filter(({ parent: pid }) => pid === parent.pid);
  const only = (found: readonly ProcessRecord[]): ProcessRecord => {
    expect(found).toHaveLength(1);
    return found[0] as ProcessRecord;
  };
  const owner = only(all.filter(({ command }) => command.endsWith('/processes/holder.js')));
  const unshare = only(childrenOf(owner));
  const init = only(childrenOf(unshare));
  const agent = only(childrenOf(init));
  const roles: [string, ProcessRecord][] = [
    ['the process that `up` leaves', owner],
    ['unshare', unshare],
    ['the init', init],
    ['the agent', agent],
  ];
  for (const child of childrenOf(agent)) {
    const host = Object.entries(lab.holders).find(([, pid]) => pid === pidInLab(child))?.[0];
    if (host !== undefined) roles.push([`the holder of ${host}`, child]);
    else if (child.command.endsWith('/middlebox.js')) roles.push(['the middlebox', child]);
    else if (child.command.endsWith('/origin.js')) roles.push(['the servers', child]);
  }
  return new Map(roles);
}

/** Its id in the innermost namespace that it is in. */
function pidInLab({ pid }: ProcessRecord): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]);
}

/** Of what `ps --json` prints: processes that hold hosts, by their ids in the lab. */
interface LabEntry {
  readonly holders: Readonly<Record<string, number>>;
}

function statOf(pid: number | undefined): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8');
}

/** What the sandbox of a process was given to tell its owner by. */
function markOf(pid: number): string {
  const [, mark = ''] =
    /\0CHOKEPOINT_OWNER=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? [];
  expect(mark).toMatch(/^\d+:\d+:\d+$/);
  return mark;
}

function one(role: string): { role: string } {
  return { role };
}
