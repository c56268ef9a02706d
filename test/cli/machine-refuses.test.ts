import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chokepoint, finished, openPlace } from '../support/cli.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { pcap } from '../support/pcap.ts';

/* What the machine refuses is a sentence and status 2 or 3, and never a stack trace. */

const PROGRAM = chokepoint([]).join(' ');
const LONG = 'a'.repeat(300);
const ENDS = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.53', dstPort: 53 };

test.each<{ claim: string; script: string; says: RegExp }>(
  [
    ['a full disk behind stdout', 'list >/dev/full', /standard output cannot be written: ENOSPC/],
    ['a full disk behind stdout of JSON', 'list --json >/dev/full', /ENOSPC/],
    ['a full disk behind the help', '--help >/dev/full', /ENOSPC/],
    ['a full disk behind the version', '--version >/dev/full', /ENOSPC/],
    ['a full disk behind a drawing', 'show az-2017 >/dev/full', /ENOSPC/],
    ['an id of 300 letters', `show ${LONG}`, /no scenario "a+\.{3}"/],
    ['a file name of 300 letters', `show ${LONG}.yaml`, /ENAMETOOLONG|too long/],
    ['a folder of 300 letters', `run az-2017 --out ${LONG}`, /too long/],
    ['a capture of 300 letters', `replay ${LONG} --observe`, /too long/],
    ['measurements of 300 letters', `analyze ${LONG}`, /too long/],
    ['a lab of 300 letters', `down --lab ${LONG}`, /no lab/],
    ['a folder for a scenario', 'show ./folder.yaml', /a directory/],
    ['a folder for a capture', 'replay folder.yaml --observe', /a directory/],
    ['a folder for measurements', 'table folder.yaml --rows a --columns b', /a folder/],
    ['a folder for a censor', 'replay x.pcap --censor folder.yaml', /a directory|no such file/],
    ['a capture that is not there', 'replay nothing.pcap --observe', /no such file/],
    [
      'a TMPDIR that is not there',
      'ps; TMPDIR=/nonexistent/x up az-2017',
      /TMPDIR|cannot be made|no lab/,
    ],
    ['a working directory that is gone', 'GONE list', /the working directory is gone/],
    ['too few open files to load the program', 'FEWER list', /too many files are open/],
    ['too few open files for the program', 'FEW show az-2017', /too many files are open/],
  ].map(([claim, script, says]) => ({ claim, script, says }) as never),
)('$claim is told in a sentence', async ({ script, says }) => {
  const place = openPlace();
  mkdirSync(join(place.cwd, 'folder.yaml'));
  const command = script
    .replace(/^GONE /, `mkdir gone && cd gone && rmdir ../gone && ${PROGRAM} `)
    .replace(/^FEWER /, `ulimit -n 20 && ${PROGRAM} `)
    .replace(/^FEW /, `ulimit -n 28 && ${PROGRAM} `)
    .replace(/; TMPDIR=\S+ /, (text) => `;${text.slice(1)}${PROGRAM} `);
  const whole = /^(mkdir|ulimit)/.test(command) ? command : `${PROGRAM} ${command}`;
  const { exitCode, stderr } = finished(await place.start(['bash', '-c', whole]));
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(exitCode).toBeOneOf([2, 3]);
});

test.each(['run az-2017', 'up az-2017', 'locate az-2017', 'matrix --scenarios az-2017'])(
  '`%s` with too few open files says how many it needs and how to have them, and leaves nothing',
  async (command) => {
    const place = openPlace();
    const script = `ulimit -n 64 && ${PROGRAM} ${command}`;
    const { exitCode, stderr } = finished(await place.start(['bash', '-c', script]));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr:
        'chokepoint: a lab needs 512 open files in a process; found a limit of 64\n' +
        '  fix: raise the limit, as root: prlimit --pid $$ --nofile=1024 (nofile in /etc/security/limits.conf makes it last)\n',
    });
    await place.expectLeft();
  },
);

test.each([
  ['wire.pcapng', 'explain out --scenario az-2017'],
  ['scenario.json', 'explain out'],
  ['summary.json', 'explain out'],
  ['measurements.jsonl', 'analyze out'],
  ['matrix.json', 'explain out x'],
  ['matrix.json', 'matrix --resume out'],
])('a pipe in the place of %s is not waited for: %s', async (name, args) => {
  const place = openPlace();
  const capture = new URL('../golden/az-2017-resets-a-client-hello/input.pcap', import.meta.url)
    .pathname;
  const script = `mkdir out && cp ${capture} out/wire.pcapng; rm -f out/${name}; mkfifo out/${name}`;
  await place.start(['sh', '-c', script]);
  const { exitCode, stderr } = await place.run(args.split(' '));
  expect(stderr).toMatch(
    /expected a file; found a pipe|expected the (names|summary)|without measur/,
  );
  expect(exitCode).toBe(2);
});

test('`new` leaves no half of a file where a file may not be so long', async () => {
  const place = openPlace();
  const script = `ulimit -f 0; ${PROGRAM} new xx-2026`;
  const { exitCode, stderr } = finished(await place.start(['bash', '-c', script]));
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining('xx-2026.yaml cannot be written'),
  ]);
  expect(place.leftovers()).toEqual([]);
  expect(await place.run(['new', 'xx-2026'])).toMatchObject({ exitCode: 0 });
  expect(await place.run(['new', 'xx-2026'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(
      /^chokepoint: xx-2026\.yaml is there already, .*\n {2}fix: choose/,
    ),
  });
});

test('a reader that has seen enough is no failure', async () => {
  const place = openPlace();
  const script = `${PROGRAM} show az-2017 | head -1; echo "$\{PIPESTATUS[0]}"`;
  const { stdout, stderr } = finished(await place.start(['bash', '-c', script]));
  expect(stdout.split('\n').slice(1)).toEqual(['0', '']);
  expect(stderr).toBe('');
});

test('a reader that has gone takes neither the exit status nor a file with it', async () => {
  const place = openPlace();
  place.write('bad.yaml', 'id: [');
  const run = (command: string) =>
    place.start(['bash', '-c', `${PROGRAM} ${command} | true; echo "$\{PIPESTATUS[0]}"`]);
  expect(finished(await run('check az-2017 bad.yaml 2>/dev/null')).stdout).toBe('2\n');
  place.write('a.pcap', Buffer.from(pcap([udpFrame({ ...ENDS, payload: dnsQuery('a.test') })])));
  const replay = 'replay a.pcap --scenario az-2017 --profile packet --annotate a.pcapng';
  const whole = await place.run([...replay.split(' '), '--json']);
  expect(whole.exitCode).toBe(0);
  const annotated = readFileSync(join(place.cwd, 'a.pcapng'));
  rmSync(join(place.cwd, 'a.pcapng'));
  expect(finished(await run(`${replay} --json`)).stdout).toBe('0\n');
  expect(readFileSync(join(place.cwd, 'a.pcapng')).equals(annotated)).toBe(true);
});

test('a full disk behind stderr does not keep results back', async () => {
  const place = openPlace();
  place.write('bad.jsonl', 'x\n');
  const { stdout, exitCode } = finished(
    await place.start(['bash', '-c', `${PROGRAM} analyze bad.jsonl 2>/dev/full`]),
  );
  expect(stdout).toContain('1 line not readable');
  expect(exitCode).toBe(2);
});

test('files that may not be read, and homes and languages that are not there, are no fault', async () => {
  const place = openPlace();
  chmodSync(place.write('secret.yaml', 'id: x'), 0);
  const { exitCode, stderr } = await place.run(['check', 'secret.yaml']);
  expect(exitCode).toBe(2);
  expect(stderr).not.toMatch(/^ {4}at /m);
  const odd = await place.run(['list'], {
    env: { HOME: undefined, LANG: 'xx_YY.\u00ff', LC_ALL: 'C' },
  });
  expect(odd.exitCode).toBe(0);
});

test('an argument that is not UTF-8 is told as what it is taken for', async () => {
  const place = openPlace();
  const { exitCode, stderr } = finished(
    await place.start(['bash', '-c', `${PROGRAM} show $'a\\xff\\xfe'`]),
  );
  expect(exitCode).toBe(2);
  expect(stderr).toContain('no scenario "a');
});
