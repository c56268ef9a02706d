import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ChokepointError,
  type Lab,
  loadScenario,
  openLab,
  startTool,
  type Tool,
} from 'chokepoint';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseTool } from '../../src/scenario/tool-file.ts';
import { hostileTexts } from '../support/hostile.ts';
import { chosen, type Place, placesOf, withText } from '../support/hostile-places.ts';
import { contentsOf, expectContents } from '../support/tools.ts';

/*
 * Hostile text in the place of every text and every key of a tool's file. A tool's commands are programs, and may do as they
 * like. But their words stay words: no shell reads them, and no name leads out of the tool's folder.
 */

const TOOL = {
  id: 'mine',
  title: 'Mine',
  programs: { sh: 'dash', sleep: 'coreutils' },
  files: { config: 'listen\n', key: 'k' },
  server: {
    host: 'server',
    prepare: [['echo', 'made', 'key']],
    command: ['sh', '-c', 'echo up; exec sleep 60', 'name', 'word'],
    ready: { says: 'up' },
    limit_s: 5,
  },
  client: {
    prepare: [['test', 'a', '!=', 'b']],
    command: ['sh', '-c', 'echo up; exec sleep 60', 'name', 'word'],
    ready: { says: 'up' },
    limit_s: 5,
  },
};
/** Each way to go through a tool. `env` runs curl with a variable more. */
const THROUGH = [
  { proxy: 'socks5h://127.0.0.1:1080' },
  { connect: '127.0.0.1:8443' },
  { command: ['env', 'NAME=word'] },
  { front: 'www.example.org' },
];
const TOOLS = THROUGH.map((through) => ({ ...TOOL, through }));

let lab: Lab;
let before: string[];
const CANARY = join('/tmp', `chokepoint-hostile-tool-${process.pid}-canary`);

beforeAll(async () => {
  lab = await openLab({ scenario: loadScenario('az-2017') });
  const running = await startTool(take(TOOLS[1] as object) as Tool, lab);
  await running.fetch({ url: 'http://example.org/', timeoutMs: 3000 });
  await running.stop();
  before = await contentsOf(lab);
});
afterAll(() => lab.close());
afterEach(async () => {
  await expectContents(lab, before);
});

test.each(chosen(hostileTexts(CANARY)))(
  'no text of a tool is run by a shell, and none chooses a path: %s',
  async (_shown, text) => {
    const around = readdirSync('/tmp').filter((name) => name.includes('canary'));
    let tried = 0;
    for (const made of versionsWith(text)) {
      const tool = take(made);
      if (tool === undefined) continue;
      expect(tool.id).toBe('mine');
      await use(tool);
      expect(existsSync(CANARY)).toBe(false);
      tried++;
    }
    expect(tried).toBeGreaterThan(1);
    expect(readdirSync('/tmp').filter((name) => name.includes('canary'))).toEqual(around);
  },
);

test.each(chosen(hostileTexts(CANARY)))(
  'a message that names a package to install names no command: %s',
  (_shown, text) => {
    const base = { ...TOOL, through: { direct: true } };
    const told = [
      { ...base, programs: { [text]: 'dash' } },
      { ...base, programs: { 'no-such-program': text } },
    ].filter((made) => take(made) !== undefined);
    expect(told).toEqual([]);
  },
);

/** All texts that are accepted together, in the suite; with `HOSTILE=all`, each by itself. */
function versionsWith(text: string): object[] {
  return TOOLS.flatMap((tool, i) => {
    // The four differ in `through` alone.
    const places = placesOf(tool).filter(
      ({ path }) => isOpen(path) && (i === 0 || isThrough(path)),
    );
    const each = places.map((place) => withText(tool, place, text));
    if (process.env['HOSTILE'] === 'all') return each;
    const words = places.filter((place) => !isProgram(place));
    return [
      together(tool, words, text),
      ...places.filter(isProgram).map((place) => withText(tool, place, text)),
    ];
  });
}

function together(tool: object, places: readonly Place[], text: string): object {
  return places.reduce<object>((all, place) => {
    const next = withText(all, place, text);
    return take(next) === undefined ? all : next;
  }, tool);
}

/** But for the script of a shell, and for what has to come for the tool to be ready. */
function isOpen(path: Place['path']): boolean {
  return !(path.at(-2) === 'command' && path.at(-1) === 2) && path.at(-1) !== 'says';
}

function isThrough(path: Place['path']): boolean {
  return path[0] === 'through';
}

/** The first words of a command: with another program, the rest does not come to be tried. */
function isProgram({ path }: Place): boolean {
  return path.at(-1) === 0 || (path.at(-2) === 'command' && path.at(-1) === 1);
}

function take(value: object): Tool | undefined {
  try {
    return parseTool(stringify(value), '/tmp/x.yaml');
  } catch (error) {
    if ((error as ChokepointError).exitCode === undefined) throw error;
    return undefined;
  }
}

/** From its start to its end; it may fail as tools fail. */
async function use(tool: Tool): Promise<void> {
  try {
    const running = await startTool(tool, lab);
    await running.fetch({ url: 'http://example.org/', timeoutMs: 1000 }).catch(told);
    await running.stop();
  } catch (error) {
    told(error);
  }
}

function told(error: unknown): void {
  if ((error as ChokepointError).exitCode === undefined) throw error;
}
