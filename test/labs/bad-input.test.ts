import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  chokepoint,
  editedScenario,
  finished,
  openPlace,
  type Place,
  scenarioThatExpects,
} from '../support/cli.ts';

/* What is wrong is said in one sentence, with the fix, and nothing is left behind. */

test.each([
  { args: ['run', 'nowhere'], says: 'no scenario "nowhere"', fix: 'name one of am-2022-mts' },
  { args: ['show', 'toString'], says: 'no scenario "toString"', fix: 'name one of am-2022-mts' },
  { args: ['run', 'az-2017', '--nope'], says: "unknown option '--nope'", fix: '--help' },
  { args: ['run'], says: 'expected the name of a scenario', fix: 'all of them with --all' },
  { args: ['run', 'az-2017', 'more'], says: 'no scenario "more"', fix: 'name one of am-2022-mts' },
  {
    args: ['run', '--all', 'az-2017'],
    says: '--all runs every scenario; found "az-2017" as well',
    fix: 'leave out --all, or the names',
  },
  { args: ['up', 'az-2017', 'more'], says: "too many arguments for 'up'", fix: '--help' },
  {
    args: ['run', 'az-2017', '--out'],
    says: "option '--out <folder>' argument missing",
    fix: '--help',
  },
  {
    args: ['matrix', 'az-2017'],
    says: "too many arguments for 'matrix'",
    fix: 'chokepoint matrix --scenarios az-2017',
  },
  { args: ['rum', 'az-2017'], says: "unknown command 'rum'", fix: '--help' },
  {
    args: ['run', 'az-2017', '--profile', 'best'],
    says: 'az-2017 has no profile "best"',
    fix: 'name one of packet, in-order with --profile',
  },
  {
    args: ['up', 'az-2017', '--profile', 'constructor'],
    says: 'az-2017 has no profile "constructor"',
    fix: 'name one of packet, in-order with --profile',
  },
  {
    args: ['up', 'am-2022-ucom', '--at', 'noon'],
    says: '--at: expected a date; found "noon"',
    fix: 'write it as 2022-09-16',
  },
  {
    args: ['up', 'am-2022-ucom', '--at', '2023-01-01'],
    says: 'am-2022-ucom is not about 2023-01-01',
    fix: 'name a time from 2022-09-13T12:03:50Z and before 2022-09-21T00:00:00Z',
  },
  {
    args: ['run', 'az-2017', '--loss', '1%'],
    says: '--loss: expected a number of frames in a hundred from 0 to 100; found "1%"',
    fix: 'write it as --loss 0.5',
  },
  {
    args: ['up', 'az-2017', '--loss', '101'],
    says: '--loss: expected a number of frames in a hundred from 0 to 100; found "101"',
    fix: 'write it as --loss 0.5',
  },
  {
    args: ['run', '--all', '--jitter', '-3'],
    says: '--jitter: expected a number of milliseconds from 0 to 10000; found "-3"',
    fix: 'write it as --jitter 20',
  },
  {
    args: ['up', 'az-2017', '--jitter', ''],
    says: '--jitter: expected a number of milliseconds from 0 to 10000; found ""',
    fix: 'write it as --jitter 20',
  },
  {
    args: ['run', 'az-2017', '--out', '/run/chokepoint-test'],
    says: 'a lab has a /run of its own',
    fix: '--out',
  },
  {
    args: ['up', 'az-2017', '--out', '/var/run/chokepoint-test'],
    says: 'a lab has a /run of its own',
    fix: '--out',
  },
  {
    args: ['run', 'az-2017', '--out', '/dev/shm/chokepoint-test'],
    says: 'a lab has a /dev of its own',
    fix: '--out',
  },
  {
    args: ['down', '--lab', 'az-2017', '--all'],
    says: "option '--all' cannot be used with option '--lab <name>'",
    fix: '--help',
  },
  {
    args: ['run', 'az-2017', '--out', '/proc/out'],
    says: '/proc/out cannot be made',
    fix: '--out',
  },
  { args: ['exec', 'client'], says: "missing required argument 'command'", fix: '--help' },
  {
    args: ['exec', 'client', '--'],
    says: 'no command was given',
    fix: 'chokepoint exec client -- COMMAND',
  },
  { args: ['exec', 'client', '--', 'true'], says: 'no lab is up', fix: 'chokepoint up az-2017' },
  { args: ['shell', 'client'], says: 'no lab is up', fix: 'chokepoint up az-2017' },
  { args: ['down'], says: 'no lab is up', fix: 'chokepoint up az-2017' },
  { args: ['down', '--lab', 'other'], says: 'no lab is up', fix: 'chokepoint up az-2017' },
])('chokepoint $args is wrong usage', async ({ args, says, fix }) => {
  const place = openPlace();
  expect(await complaint(place, args)).toEqual({
    exitCode: 2,
    says: expect.stringContaining(says),
    fix: expect.stringContaining(fix),
  });
  await place.expectLeft();
});

test.each(['run', 'up'])('%s leaves alone an --out folder that holds a run', async (command) => {
  const place = openPlace();
  place.write('events.jsonl', 'of another run\n');
  const said = await complaint(place, [command, 'az-2017', '--out', '.']);
  expect(said).toEqual({
    exitCode: 2,
    says: expect.stringContaining('. holds a run already'),
    fix: expect.stringContaining('--out'),
  });
  await place.expectLeft('events.jsonl');
});

test.each(['run', 'up'])('%s names an --out folder that cannot be made', async (command) => {
  const place = openPlace();
  place.write('file', '');
  for (const out of ['file', 'file/below']) {
    const said = await complaint(place, [command, 'az-2017', '--out', out]);
    expect(said).toEqual({
      exitCode: 2,
      says: expect.stringContaining(`${out} cannot be made`),
      fix: 'name a folder you can write to with --out',
    });
  }
  await place.expectLeft('file');
});

test.each([
  { wrong: 'text that is not YAML', content: 'id: [1\ntitle: x\n', says: 'a.yaml:2:1: not YAML: ' },
  {
    wrong: 'an unknown key',
    content: editedScenario(['near_rtt_ms: 1.5', 'near_rtt_ms: 1.5\n  near_rtt: 2']),
    says: 'a.yaml:31:3: topology.near_rtt: unknown key; expected one of client, bypass, inside, middlebox, near_rtt_ms, far_rtt_ms, near_jitter_ms, far_jitter_ms, near_loss, far_loss, near_hops, far_hops, transit',
  },
  {
    wrong: 'a value of another type',
    content: editedScenario(['far_rtt_ms: 40', 'far_rtt_ms: forty']),
    says: 'a.yaml:31:15: topology.far_rtt_ms: expected a number; found "forty"',
  },
  {
    wrong: 'a number out of range',
    content: editedScenario(['[80, 8080', '[0, 8080']),
    says: 'a.yaml:34:16: origin.http_ports[0]: expected at least 1; found 0',
  },
  {
    wrong: 'a word that is not in the list',
    content: editedScenario(['match: tls.sni', 'match: sni']),
    says: 'a.yaml:47:23: rules[1].trigger.match: expected "http.host" or "tls.sni" or "quic.sni" or ',
  },
  {
    wrong: 'a missing value',
    content: editedScenario(['title: Azerbaijan', '# title: Azerbaijan']),
    says: 'a.yaml:2:1: title: expected a text; it is missing',
  },
  {
    wrong: 'a key that is there twice',
    content: editedScenario(['sources:', 'id: other\nsources:']),
    says: 'a.yaml:10:1: id: duplicated key; expected it once',
  },
  {
    wrong: 'a value without evidence',
    content: editedScenario(['[topology.far_rtt_ms]', '[topology.near_rtt_ms]']),
    says: 'a.yaml:31:15: topology.far_rtt_ms: no evidence for this value; name it under `evidence` as documented or surrogate',
  },
  {
    wrong: 'a second document',
    content: editedScenario(['sources:', '---\nsources:']),
    says: 'a.yaml:10:1: found a second document; expected one',
  },
  {
    wrong: 'an alias to itself',
    content: editedScenario(['title: Azerbaijan', 'title: &t [*t] #']),
    says: 'a.yaml:3:12: found *t within what it stands for',
  },
  {
    wrong: 'no value at all',
    content: '',
    says: 'a.yaml:1:1: expected a mapping of keys to values; found nothing',
  },
  {
    wrong: 'UTF-16',
    content: Buffer.from(`\ufeff${editedScenario()}`, 'utf16le'),
    says: 'a.yaml:1:1: expected text in UTF-8; found UTF-16: convert the file with `iconv -f UTF-16 -t UTF-8`',
  },
  {
    wrong: 'UTF-16 and no mark',
    content: Buffer.from(editedScenario(), 'utf16le'),
    says: 'a.yaml:1:1: expected text in UTF-8; found UTF-16: convert the file with `iconv -f UTF-16 -t UTF-8`',
  },
  {
    wrong: 'bytes that are not UTF-8',
    content: Buffer.from('id: x\ntitle: \xe9', 'latin1'),
    says: 'a.yaml:2:8: expected text in UTF-8; found the byte 0xe9',
  },
])('a scenario file with $wrong is told by file, line and column', async ({ content, says }) => {
  const place = openPlace();
  place.write('a.yaml', content);
  const [checked, run] = await Promise.all([
    place.runLoaded(['check', 'a.yaml']),
    place.runLoaded(['run', 'a.yaml']),
  ]);
  expect(checked).toMatchObject({ exitCode: 2, stdout: '' });
  expect(checked.stderr.split('\n')).toEqual([expect.stringContaining(says), '']);
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr.split('\n')).toEqual([
    expect.stringContaining(says),
    expect.stringMatching(/^ {2}fix: /),
    '',
  ]);
  await place.expectLeft('a.yaml');
});

test('every mistake of a scenario file is a line of its own', async () => {
  const place = openPlace();
  place.write(
    'a.yaml',
    editedScenario(['title:', 'titel:'], ['near_rtt_ms: 1.5', 'near_rtt_ms: x']),
  );
  const { stderr } = await place.runLoaded(['check', 'a.yaml']);
  expect(stderr.split('\n')).toEqual([
    'a.yaml:2:1: title: expected a text; it is missing',
    'a.yaml:30:16: topology.near_rtt_ms: expected a number; found "x"',
    expect.stringContaining('a.yaml:3:1: titel: unknown key; expected one of id, title, summary,'),
    '',
  ]);
});

test.each([
  { wrong: 'a directory', name: 'd.yaml', says: 'd.yaml: expected a YAML file; found a directory' },
  {
    wrong: 'missing',
    name: 'none.yaml',
    says: 'none.yaml: there is no such file; expected a YAML file',
  },
])('a scenario file that is $wrong is named', async ({ name, says }) => {
  const place = openPlace();
  mkdirSync(join(place.cwd, 'd.yaml'));
  expect(await place.runLoaded(['check', name])).toMatchObject({
    exitCode: 2,
    stderr: `${says}\n`,
  });
  expect(await complaint(place, ['up', name])).toEqual({
    exitCode: 2,
    says,
    fix: expect.stringContaining('the path of a YAML file'),
  });
  await place.expectLeft('d.yaml');
});

test('check takes ids, as run does, beside files', async () => {
  const place = openPlace();
  place.write('a.yaml', editedScenario(['title:', 'titel:']));
  const checked = await place.runLoaded(['check', 'az-2017', 'a.yaml', 'az-2071']);
  expect(checked).toMatchObject({ exitCode: 2, stdout: 'az-2017: scenario az-2017 is valid\n' });
  expect(checked.stderr.split('\n')).toEqual([
    'a.yaml:2:1: title: expected a text; it is missing',
    expect.stringContaining('a.yaml:3:1: titel: unknown key'),
    expect.stringMatching(/^no scenario "az-2071"; name one of am-2022-mts, .*YAML file$/),
    '',
  ]);
  await place.expectLeft('a.yaml');
});

test('check reads a censor alone, with its mistakes and notices; run says how it is named', async () => {
  const place = openPlace();
  const rule = (name: string, kind: string, verb: string): string =>
    `  - { name: ${name}, trigger: { match: ${kind}, domains: [a.test] }, action: { do: ${verb} } }\n`;
  const rules = `rules:\n${rule('p', 'tls.sni', 'pass')}${rule('r', 'http.host', 'drop')}`;
  place.write('good.yaml', `model: { preset: strict }\n${rules}`);
  place.write('bad.yaml', `modle: { preset: strict }\n${rules.replace('drop', 'dorp')}`);
  const notice = expect.stringContaining('good.yaml:3:34: notice: rule "p" may be too late');
  const mistakes = [
    expect.stringContaining('bad.yaml:1:1: modle: unknown key'),
    expect.stringContaining('bad.yaml:4:80: rules[1].action.do: expected'),
  ];
  const checked = await place.runLoaded(['check', 'good.yaml', 'bad.yaml']);
  expect(checked).toMatchObject({ exitCode: 2, stdout: 'censor good.yaml is valid\n' });
  expect(checked.stderr.split('\n').sort()).toEqual(['', ...mistakes, notice]);
  const { stdout } = await place.runLoaded(['check', '--json', 'good.yaml', 'bad.yaml']);
  expect(JSON.parse(stdout)).toEqual([
    { file: 'good.yaml', kind: 'censor', problems: [], notices: [notice] },
    { file: 'bad.yaml', problems: expect.arrayContaining(mistakes), notices: [] },
  ]);
  expect((await place.runLoaded(['run', 'good.yaml'])).stderr).toContain(
    'good.yaml:1:1: found a censor alone (`model` and `rules`); expected a scenario: `run`, `up` and `replay` take a censor as --censor FILE',
  );
  await place.expectLeft('bad.yaml', 'good.yaml');
});

test('check reads a tool as a tool, and a file of no kind with the kinds that there are', async () => {
  const place = openPlace();
  const through = 'through: { direct: true }';
  place.write('good.yaml', `id: mine\ntitle: Mine\n${through}\n`);
  place.write('bad.yaml', `id: mine\nprograms: {}\n${through}\nclinet: {}\n`);
  place.write('none.yaml', 'name: mine\n');
  const checked = await place.run(['check', 'good.yaml', 'bad.yaml', 'none.yaml']);
  expect(checked).toMatchObject({ exitCode: 2, stdout: 'good.yaml: tool mine is valid\n' });
  expect(checked.stderr.split('\n')).toEqual([
    'bad.yaml:1:1: title: expected a text; it is missing',
    expect.stringContaining('bad.yaml:4:1: clinet: unknown key; expected one of id, title, needs,'),
    'none.yaml:1:1: expected a scenario (`id`, `rules`, …), a censor alone (`model` and `rules`) or a circumvention tool (`id`, `through`, …); found none of their keys',
    '',
  ]);
  await place.expectLeft('bad.yaml', 'good.yaml', 'none.yaml');
});

const SCENARIO_IS_TAKEN =
  '`run FILE` and `up FILE` take a scenario, as do `replay` with --scenario FILE and `matrix` with --scenarios FILE';
test.each([
  [
    ['matrix', '--scenarios', 'az-2017', '--tools', 'scenario.yaml'],
    `scenario.yaml:1:1: found a scenario; expected a circumvention tool: ${SCENARIO_IS_TAKEN}`,
  ],
  [
    ['run', '--censor', 'scenario.yaml'],
    `scenario.yaml:1:1: found a scenario; expected a censor alone (\`model\` and \`rules\`): ${SCENARIO_IS_TAKEN}`,
  ],
  [
    ['run', '--censor', 'tool.yaml'],
    'tool.yaml:1:1: found a circumvention tool; expected a censor alone (`model` and `rules`): `matrix` takes a tool as --tools FILE',
  ],
  [
    ['run', 'tool.yaml'],
    'tool.yaml:1:1: found a circumvention tool; expected a scenario: `matrix` takes a tool as --tools FILE',
  ],
])(
  'a file of another kind is told as what it is, with the option that takes it: %j',
  async (args, says) => {
    const place = openPlace();
    place.write('scenario.yaml', 'id: mine\ntopology: {}\n');
    place.write('tool.yaml', 'id: mine\ntitle: Mine\nthrough: { direct: true }\n');
    const { exitCode, stderr } = await place.run(args);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(says)]);
    await place.expectLeft('scenario.yaml', 'tool.yaml');
  },
);

test('the name of a file without its end is told with it', async () => {
  const place = openPlace();
  place.write('foo.yaml', 'id: foo\n');
  expect(await place.runLoaded(['check', 'foo'])).toMatchObject({
    exitCode: 2,
    stderr: 'no scenario "foo"; write foo.yaml, which is a file here\n',
  });
  await place.expectLeft('foo.yaml');
});

test('a profile of which nothing is expected does not count as a run that went well', async () => {
  const place = openPlace();
  place.write(
    'a.yaml',
    scenarioThatExpects(
      '  - { claim: up, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }\n',
    ),
  );
  expect(await complaint(place, ['run', 'a.yaml', '--profile', 'in-order'])).toEqual({
    exitCode: 2,
    says: 'chokepoint: az-2017 expects nothing of its profile "in-order"',
    fix: 'name one of packet with --profile',
  });
  await place.expectLeft('a.yaml');
});

test('a list with mistakes is told by its own lines, each with what to write instead', async () => {
  const place = openPlace();
  place.write('a.yaml', LISTED);
  place.write('names.txt', 'meydan.tv\nhttps://azadliq.info/\nazadliq.*\n');
  const { exitCode, stderr } = await place.runLoaded(['check', 'a.yaml']);
  expect(exitCode).toBe(2);
  expect(stderr.split('\n')).toEqual([
    'names.txt:2:1: expected a domain name such as "meydan.tv" or "*.meydan.tv"; found "https://azadliq.info/", a URL: write "azadliq.info"',
    expect.stringMatching(/^names\.txt:3:1: .*; found "azadliq\.\*", a star that is not in front/),
    '',
  ]);
  place.write('names.txt', Buffer.from('\ufeffmeydan.tv\n', 'utf16le'));
  expect((await place.runLoaded(['check', 'a.yaml'])).stderr).toBe(
    'names.txt:1:1: expected text in UTF-8; found UTF-16: convert the file with `iconv -f UTF-16 -t UTF-8`\n',
  );
  await place.expectLeft('a.yaml', 'names.txt');
});

test('a name that a list has twice is told, and is no mistake', async () => {
  const place = openPlace();
  place.write('a.yaml', LISTED);
  place.write('names.txt', 'meydan.tv\nbücher.example\nxn--bcher-kva.example\n');
  const notice = 'names.txt:3:1: notice: "xn--bcher-kva.example" is on line 2 already';
  expect(await place.runLoaded(['check', 'a.yaml'])).toMatchObject({
    exitCode: 0,
    stdout: 'a.yaml: scenario az-2017 is valid\n',
    stderr: `${notice}\n`,
  });
  const { stdout } = await place.runLoaded(['check', 'a.yaml', '--json']);
  const read = { file: 'a.yaml', kind: 'scenario', id: 'az-2017', problems: [], notices: [notice] };
  expect(JSON.parse(stdout)).toEqual([read]);
  const run = await place.run(['run', 'a.yaml', '--out', 'out']);
  expect(run.stderr).toContain(`${notice}\n`);
  expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('3 of 3 passed') });
  await place.expectLeft('a.yaml', 'names.txt', 'out');
});

test('with labs up, an unknown host or lab, or no --lab, is told with the names there are', async () => {
  const place = openPlace();
  await Promise.all([place.run(['up', 'az-2017']), place.run(['up', 'az-2017'])]);
  const several = {
    exitCode: 2,
    says: expect.stringContaining('several labs are up: az-2017'),
    fix: 'say which with --lab NAME',
  };
  expect(await complaint(place, ['exec', 'client', '--', 'true'])).toEqual(several);
  expect(await complaint(place, ['down'])).toEqual(several);
  expect(await complaint(place, ['exec', '--lab', 'other', 'client', '--', 'true'])).toEqual({
    exitCode: 2,
    says: 'chokepoint: no lab "other" is up',
    fix: expect.stringMatching(/^name one of az-2017(-2)?, az-2017(-2)? with --lab$/),
  });
  for (const host of ['nobody', 'toString']) {
    expect(await complaint(place, ['exec', '--lab', 'az-2017', host, '--', 'true'])).toEqual({
      exitCode: 2,
      says: `chokepoint: lab az-2017 has no host "${host}"`,
      fix: expect.stringContaining('name one of client, inside'),
    });
  }
  // By name: `--all` also ends what labs of other tests have left, which one of them counts.
  for (const name of ['az-2017', 'az-2017-2']) {
    expect(await place.run(['down', '--lab', name])).toMatchObject({ exitCode: 0 });
  }
  await place.expectLeft();
});

test.each([
  {
    args: ['run', 'az-2017', '--profile', 'packet', '--at', '2017-03-27T11:30:00Z'],
    says: /out\/\S+ cannot be written: ENOSPC/,
  },
  {
    args: ['matrix', '--scenarios', 'az-2017', '--strategies', 'none'],
    says: /out\/az-2017-packet-1\/(wire|clients)\.pcapng cannot be written: ENOSPC/,
  },
])(
  'on a disk that is full, $args.0 says what it could not write, and frees the little there was',
  async ({ args, says }) => {
    const place = openPlace();
    const full = 'mount -t tmpfs -o size=16k none . && cd . && "$@"; status=$?; ls; exit $status';
    const outer = ['unshare', '--user', '--map-root-user', '--mount', '--', 'sh', '-c', full, 'sh'];
    const command = [...outer, ...chokepoint([...args, '--out', 'out'])];
    const { exitCode, stdout, stderr } = finished(await place.start(command));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/\n {2}fix: make room, or name a folder elsewhere with --out\n$/);
    expect(stderr).not.toContain('    at '); // a stack
    await place.expectLeft();
  },
);

/** The names come from a list, and one of them is asked for as it is on the wire. */
const LISTED = scenarioThatExpects(`
  - { claim: listed, probe: http, urls: ["http://meydan.tv/"], see: { failure: connection_reset } }
  - { claim: listed in UTF-8, probe: http, urls: ["http://example.org/"], host: xn--bcher-kva.example, see: { failure: connection_reset } }
  - { claim: c, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }
`)
  .replace('domains: &blocked [azadliq.info, azadliq.org, meydan.tv]', 'list: &blocked names.txt')
  .replace('domains: *blocked', 'list: *blocked');

/** Runs the command, which must say what is wrong on one line and the fix on another, and nothing else. */
async function complaint(place: Place, args: readonly string[]): Promise<object> {
  const { exitCode, stdout, stderr } = await place.runLoaded(args);
  const [says, fix, ...more] = stderr.split('\n');
  expect(stdout + more.join('\n')).toBe('');
  expect(fix).toMatch(/^ {2}fix: /);
  return { exitCode, says, fix: fix?.slice('  fix: '.length) };
}
