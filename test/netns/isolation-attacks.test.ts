import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Lab, ToolFailure } from 'chokepoint';
import { loadTool, openLab, startTool } from 'chokepoint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';
import { scenario, withFolder, withLab } from '../support/lab.ts';
import { until } from '../support/processes.ts';

/* What a program does in a lab, as root or as an ordinary user: the machine is as it was. */

describe('from within a lab', () => {
  let lab: Lab;
  let before: ReturnType<typeof machine>;
  beforeAll(async () => {
    before = machine();
    lab = await openLab({ scenario });
  });
  afterAll(async () => {
    await lab.close();
    const { bootedAt, ...after } = machine();
    expect({ bootedAt, ...after }).toEqual({ ...before, bootedAt });
    expect(Math.abs(bootedAt - before.bootedAt)).toBeLessThan(CLOCKS_DRIFT);
  });

  test('the host name that a program sets is the lab’s', async () => {
    expect(await tried(lab, 'hostname elsewhere; hostname')).toMatchObject({
      status: 0,
      said: 'elsewhere\n',
    });
    expect(hostname()).toBe(before.hostName);
  });

  test('what a program mounts over /etc is not there outside', async () => {
    const script = 'mount -t tmpfs x /etc && ls -A /etc';
    expect(await tried(lab, `unshare --mount sh -c '${script}'`)).toEqual({ status: 0, said: '' });
    expect(machine().mounts).toBe(before.mounts);
  });

  const number = process.arch === 'arm64' ? { module: 105, keys: 219 } : { module: 175, keys: 250 };
  test.each([
    [
      'a module is not loaded',
      `perl -e 'exit(syscall(${number.module}, "x", 1, "") == 0 ? 0 : $!)'`,
    ],
    ['the clock is not set', 'date -s "@$(date +%s)"'],
    ['a device is not made', 'mknod /run/chokepoint/tmp/disk b 7 0'],
    ['a disk is not mounted', 'mount -t ext4 "$(findmnt -no SOURCE /)" /mnt'],
    ['a socket to the hypervisor is not opened', 'perl -e "socket(S, 40, 1, 0) or exit 1"'],
    ['key rings are not read', `perl -e 'exit(syscall(${number.keys}, 0, -3, 0) >= 0 ? 0 : 1)'`],
    [
      'nothing is typed into the terminal',
      'perl -e \'exit(ioctl(STDIN, 0x5412, "x") || $! != 1 ? 0 : 1)\'',
    ],
    ['groups of processes are not taken', 'unshare --cgroup true'],
    ['the kernel is not commanded', ': > /proc/sysrq-trigger'],
    ['the kernel’s log is not there', '[ -c /dev/kmsg ]'],
    ['memory is not read', ': < /dev/mem'],
    ['the machine’s /proc is not uncovered', 'umount -l /proc'],
    ['the machine’s /run is not uncovered', 'unshare --mount umount -l /run'],
    ['the machine’s /dev is not uncovered', 'unshare --mount umount -l /dev'],
    ['the mounts of the first process are not entered', 'nsenter --target 1 --mount true'],
    ['the first process of the lab is not ended', 'kill -KILL 1; kill -0 1 && exit 1'],
    [
      'the network of the machine is not entered by /proc',
      `unshare -m sh -c 'umount -l /proc; nsenter --net=/proc/${process.pid}/ns/net ip address'`,
    ],
  ])('%s', async (_claim, script) => {
    expect((await tried(lab, script)).status).not.toBe(0);
  });

  test('no setting can be written that is not of the lab’s own namespaces', async () => {
    const find = 'find /proc/sys /sys -type f -writable 2>/dev/null; true';
    const { said } = await tried(lab, find);
    const writable = said.split('\n').filter((path) => path !== '' && !OF_NAMESPACES.test(path));
    expect(writable).toEqual([]);
    expect(said).toContain('/proc/sys/net/ipv4/ip_forward\n');
  });

  test.each(['/dev/shm', '/run/chokepoint/tmp'])('%s is full before memory is', async (folder) => {
    const fill = `head -c 1G /dev/zero >${folder}/fill; wc -c <${folder}/fill; rm ${folder}/fill`;
    const { said } = await tried(lab, fill);
    expect(said).toMatch(/No space left on device/);
    expect(Number(said.trim().split('\n').at(-1))).toBeLessThanOrEqual(512 * 1024 * 1024);
    const request = { probe: 'curl', url: 'http://example.org/', ip: 4 } as const;
    expect(await lab.probe('client', request)).toMatchObject({ failure: null });
  });
});

test('what a program left behind, in a session of its own, ends with the lab', async () => {
  const place = openPlace();
  expect(await place.run(['up', 'az-2017'])).toMatchObject({ exitCode: 0 });
  const leave = '(setsid sh -c "sleep 300 & sleep 301 &" >/dev/null 2>&1 &)';
  await place.run(['exec', 'client', '--', 'sh', '-c', leave]);
  const left = () => place.processes().filter(({ command }) => /^sleep 30[01]$/.test(command));
  await until('both processes run', () => left().length === 2);
  expect(await place.run(['down'])).toMatchObject({ exitCode: 0 });
  await place.expectLeft();
});

test.each([
  { kind: 'a lab', options: [] },
  { kind: 'a lab with read-only files', options: ['--read-only-files'] },
])(
  'a program in $kind that is up finds no record of a lab, and no socket to end one',
  async ({ options }) => {
    const place = openPlace();
    for (const args of [['az-2017'], ['az-2017', ...options]]) {
      expect(await place.run(['up', ...args])).toMatchObject({ exitCode: 0 });
    }
    const folder = join(place.tmp, `chokepoint-${process.getuid?.()}`);
    expect(readdirSync(folder).sort()).toEqual(
      ['az-2017-2', 'az-2017'].flatMap((lab) => [`${lab}.json`, `${lab}.sock`]),
    );
    const within = (script: string) =>
      place.run(['exec', '--lab', 'az-2017-2', 'client', '--', 'sh', '-c', script]);
    expect(await within(`ls -A ${folder}`)).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await within(`unshare -m umount -l ${folder}`)).not.toMatchObject({ exitCode: 0 });
    expect(await within(`touch ${folder}/az-2017.json`)).not.toMatchObject({ exitCode: 0 });
    const peer = `socket(S, 1, 1, 0); connect(S, pack "Sa*", 1, "az-2017.sock") or exit 7; syswrite S, "end\\n"; <S>`;
    expect(await within(`cd ${folder} && perl -e '${peer}'`)).toMatchObject({ exitCode: 7 });
    const { stdout } = await place.run(['ps', '--json']);
    expect(JSON.parse(stdout)).toHaveLength(2);
    // By name: `--all` also ends what labs of other tests have left, which one of them counts.
    for (const name of ['az-2017', 'az-2017-2']) {
      expect(await place.run(['down', '--lab', name])).toMatchObject({ exitCode: 0 });
    }
    await place.expectLeft();
  },
);

describe('with read-only files', () => {
  test('a program writes into the folder of the run and the lab’s own folders, and nowhere else', async () => {
    await withFolder(async (out) => {
      await withLab({ out, readOnlyFiles: true }, async (lab) => {
        for (const folder of ['/tmp', '/etc', '/var/tmp', process.cwd(), `${out}/..`]) {
          const { status, said } = await tried(lab, `touch '${folder}/chokepoint-written'`);
          expect(status).toBe(1);
          expect(said).toContain('Read-only file system');
        }
        for (const way of ['remount,rw', 'remount,bind,rw']) {
          expect((await tried(lab, `unshare -m mount -o ${way} /`)).status).not.toBe(0);
        }
        expect(await tried(lab, `touch '${out}/mine' "$TMPDIR/mine" /dev/shm/mine`)).toMatchObject({
          status: 0,
        });
        const request = { probe: 'curl', url: 'http://meydan.tv/', ip: 4 } as const;
        expect(await lab.probe('client', request)).toMatchObject({ failure: 'connection_reset' });
      });
      expect(readdirSync(out)).toEqual(
        expect.arrayContaining(['events.jsonl', 'mine', 'wire.pcapng']),
      );
    });
  });

  test('a tool that puts a link in the place of its folder has nothing removed behind the link', async () => {
    await withFolder(async (victim) => {
      await withLab({ readOnlyFiles: true }, async (lab) => {
        const running = await startTool(loadTool(tool(victim, swapsFolders(victim))), lab);
        const folder = /^client: (\S+)$/m.exec(running.log)?.[1] as string;
        const name = folder.slice(folder.lastIndexOf('/') + 1);
        mkdirSync(join(victim, name));
        writeFileSync(join(victim, name, 'kept'), '');
        await until('the link is there', () => running.log.includes('swapped'));
        const list = 'ls -A /run/moved/tmp';
        expect((await tried(lab, list)).said).toContain(name);
        await running.stop();
        expect(readdirSync(join(victim, name))).toEqual(['kept']);
        expect((await tried(lab, list)).said).not.toContain(name);
      });
    });
  });
});

test('the log of a tool that ended says that $TMPDIR was full, and its room comes back', async () => {
  await withFolder(async (folder) => {
    await withLab({}, async (lab) => {
      const fills = 'head -c 1G /dev/zero >fill 2>/dev/null; exit 1';
      const failure = await startTool(loadTool(tool(folder, fills)), lab).catch((error) => error);
      expect((failure as ToolFailure).log).toMatch(
        /^chokepoint: \$TMPDIR \(\/run\/chokepoint\/tmp\) was full \(512 MiB, 65536 files\)/,
      );
      expect((failure as ToolFailure).message).toContain('$TMPDIR');
      const again = await startTool(loadTool(tool(folder, 'exit 1')), lab).catch((error) => error);
      expect((again as ToolFailure).log).toBe('');
    });
  });
});

/** A file of a tool whose client is this script. */
function tool(folder: string, script: string): string {
  const file = join(folder, 'mine.yaml');
  const client = { command: ['sh', '-c', script], ready: { says: '^up$' }, limit_s: 20 };
  const parts = { id: 'mine', title: 'mine', client, through: { direct: true } };
  writeFileSync(file, JSON.stringify(parts));
  return file;
}

/** Says where it runs; once there is a folder of that name behind the link to be, puts the link there. */
function swapsFolders(victim: string): string {
  return [
    'pwd; echo up',
    `while [ ! -e "${victim}/\${PWD##*/}/kept" ]; do sleep 0.05; done`,
    'mv /run/chokepoint /run/moved && mkdir /run/chokepoint',
    `ln -s "${victim}" /run/chokepoint/tmp && echo swapped; exec sleep 60`,
  ].join('\n');
}

/** What a shell on the client says on both its outputs, and its status. */
async function tried(lab: Lab, script: string): Promise<{ status: number | null; said: string }> {
  const child = lab.spawn('client', ['sh', '-c', `exec 2>&1; ${script}`]);
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  child.stdin?.end();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, said }));
  });
}

/** What such programs are after. */
function machine() {
  const read = (path: string): string => readFileSync(path, 'utf8');
  return {
    hostName: hostname(),
    mounts: read('/proc/self/mountinfo'),
    modules: existsSync('/proc/modules') && read('/proc/modules'),
    settings: ['kernel/printk', 'kernel/core_pattern', 'vm/swappiness', 'fs/suid_dumpable'].map(
      (name) => read(`/proc/sys/${name}`),
    ),
    devices: readdirSync('/dev').sort(),
    /** In seconds since 1970: when the machine was started, as its two clocks have it. */
    bootedAt: Date.now() / 1000 - Number(read('/proc/uptime').split(' ')[0]),
  };
}

/** In seconds: the time between the looks at both clocks, and what keeps the machine's clock right. */
const CLOCKS_DRIFT = 3;

/** Settings of network, user, IPC, UTS and pid namespaces; `pid_max` is one since Linux 6.14. */
const OF_NAMESPACES =
  /^\/proc\/sys\/(net|user|fs\/mqueue)\/|^\/proc\/sys\/kernel\/(hostname|domainname|ns_last_pid|pid_max|(auto_)?msg\w+|sem(_next_id)?|shm\w+)$/;
