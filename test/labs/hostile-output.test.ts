import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlDocument } from 'libxml2-wasm';
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { chokepoint, finished, openPlace, type Place } from '../support/cli.ts';
import { expectHarmless, HOSTILE_TEXT } from '../support/harmless.ts';

/* Files, folders, the environment and programs of a lab say hostile things; each command tells of them in lines of its own. */

/** A file's name may hold all but NUL and the slash. */
const NAME = `d${HOSTILE_TEXT.replaceAll(/[\0/]/g, '')}`;
/** A formula, a tag, the end of a CDATA section, a column of a table, and what a terminal obeys. */
const SAYS = `=1+1|<script>alert(1)</script>]]>&amp;"${HOSTILE_TEXT.replace('\0', '')}`;

test('each command, in a folder with a hostile name and with hostile HOME and PATH', async () => {
  const place = openPlace();
  const { run, cwd } = hostilePlace(place);
  await run('list');
  await run('doctor');
  expect(await run('new', 'xx-2026')).toMatchObject({ exitCode: 0 });
  expect(await run('check', 'xx-2026.yaml')).toMatchObject({ exitCode: 0 });
  expect(await run('check', `${NAME}.yaml`)).toMatchObject({ exitCode: 2 });
  expect(await run('run', 'xx-2026.yaml', '--out', NAME)).toMatchObject({ exitCode: 0 });
  for (const args of [['explain'], ['explain', '--json'], ['analyze'], ['analyze', '--json']]) {
    await run(args[0] as string, join(cwd, NAME), ...args.slice(1));
  }
  await run('replay', `${NAME}/wire.pcapng`, '--scenario', 'xx-2026.yaml');
  await run('replay', `${NAME}/wire.pcapng`, '--observe');
  const axes = ['--rows', 'domain', '--columns', 'network'];
  await run('table', NAME, ...axes);
  await run('run', 'xx-2026.yaml', '--out', NAME);
});

test('a lab whose folders have hostile names is listed, entered and ended', async () => {
  const place = openPlace();
  const { run, tmp } = hostilePlace(place);
  expect(await run('up', 'az-2017', '--out', NAME)).toMatchObject({ exitCode: 0 });
  const ps = await run('ps');
  expect(ps).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ps.stdout).toContain('az-2017');
  const listed = await run('ps', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([{ out: expect.stringContaining(NAME) }]);
  expect(await run('exec', 'client', '--', 'true')).toMatchObject({ exitCode: 0 });
  expect(await run('down')).toMatchObject({ exitCode: 0 });
  expect(readdirSync(tmp)).toEqual([]);
});

test('a lab is neither made nor lost in a folder whose name is not UTF-8', async () => {
  const place = openPlace();
  const program = chokepoint(['new', 'xx-2026']).join(' ');
  const script = `mkdir "$(printf 'b\\377')" && cd b* && ${program}`;
  const { exitCode, stderr } = finished(await place.start(['sh', '-c', script]));
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining('working directory is not UTF-8'),
  ]);
  expect(readdirSync(place.cwd)).toHaveLength(1);
});

test('what a tool says reaches no reader of the matrix as a command, in whatever form', async () => {
  const place = openPlace();
  const script = 'cat said >&2; exit 1';
  const tool = {
    id: 'mine',
    title: 'mine',
    files: { said: SAYS },
    client: { command: ['sh', '-c', script], ready: { says: '^up$' }, limit_s: 5 },
    through: { direct: true },
  };
  place.write('mine.yaml', JSON.stringify(tool));
  const asked = ['--scenarios', 'az-2017', '--tools', 'mine.yaml', '--out', 'm'];
  const matrix = (...args: string[]) => expectHarmless(place, ['matrix', ...args], {});
  const first = await matrix(...asked, '--junit', 'report.xml');
  expect(first.stdout).toContain('INFRA');
  expect(first.stdout).toContain('\\u001b[2J');

  const junit = XmlDocument.fromBuffer(readFileSync(join(place.cwd, 'report.xml')));
  expect(junit.find('//script')).toEqual([]);
  expect(junit.find('//error').length).toBeGreaterThan(0);
  junit.dispose();

  const { stdout: markdown } = await matrix('--resume', 'm', '--markdown');
  const html = new MarkdownIt({ html: true }).render(markdown);
  expect(html).toContain('INFRA');
  expect(html).not.toContain('<script');

  const { stdout: csv } = await matrix('--resume', 'm', '--csv');
  expect(csv).toContain('INFRA');
  expect(csv).not.toMatch(/(^|[,;"\n])[=+@|%-]/);

  const { stdout: json } = await matrix('--resume', 'm', '--json');
  expect(JSON.parse(json)[0].why).toContain('x\\u001b[2J');
  await expectHarmless(place, ['explain', 'm', 'mine'], {});
});

/** A place whose working folder, HOME, TMPDIR and PATH have hostile names. */
function hostilePlace(place: Place) {
  const [cwd, tmp, home] = [place.cwd, place.tmp, place.home].map((folder) => join(folder, NAME));
  for (const folder of [cwd, tmp, home]) mkdirSync(folder as string);
  writeFileSync(join(cwd as string, 'x'), '');
  const env = { TMPDIR: tmp, HOME: home, PATH: `${home}:${process.env['PATH']}` };
  const run = (...args: string[]) => expectHarmless(place, args, { cwd: cwd as string, env });
  return { run, cwd: cwd as string, tmp: tmp as string };
}
