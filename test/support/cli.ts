import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type Options } from 'execa';
import { expect, onTestFinished } from 'vitest';
import { runLoaded } from './command-lines.ts';
import type { OnFinished } from './folder.ts';
import { endProcesses, type ProcessRecord, processesWith, until } from './processes.ts';

/** The built program. */
export const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
/** The part of it that runs command lines. */
const LOADED = fileURLToPath(new URL('../../dist/src/cli/program.js', import.meta.url));
const SCENARIO = fileURLToPath(new URL('../../scenarios/az-2017.yaml', import.meta.url));

/**
 * A user's place on the machine: a folder to work in, a TMPDIR and a HOME, and a mark in the environment by which every
 * process that comes of it is known. When the test has finished, all of it is ended and removed.
 */
export interface Place {
  readonly cwd: string;
  readonly tmp: string;
  readonly home: string;
  /** Runs `chokepoint` with these arguments. */
  run(args: readonly string[], options?: Options): Promise<Finished>;
  /** Runs `chokepoint` as `run` does, in a process that has loaded it already: see `runLoaded`. */
  runLoaded(args: readonly string[]): Promise<Finished>;
  /** Starts a program as the user would; `env` is set beside the place's own. */
  start(command: readonly string[], options?: Options): ReturnType<typeof launch>;
  write(name: string, content: string | Uint8Array): string;
  processes(): ProcessRecord[];
  /** Names of what there is in the three folders, and of processes. */
  leftovers(): string[];
  /** Fails when anything else than these names is left, once what is ending has ended. */
  expectLeft(...names: string[]): Promise<void>;
}

export interface Finished {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export function openPlace(onFinished: OnFinished = onTestFinished): Place {
  const root = mkdtempSync(join(tmpdir(), 'chokepoint-test-'));
  const mark = `CHOKEPOINT_TEST=${root}`;
  const [cwd, tmp, home] = ['cwd', 'tmp', 'home'].map((name) => join(root, name)) as Folders;
  for (const folder of [cwd, tmp, home]) mkdirSync(folder);
  const environment = {
    CHOKEPOINT_TEST: root,
    TMPDIR: tmp,
    HOME: home,
    // Node warns of it on stderr when it is not there.
    NODE_EXTRA_CA_CERTS: undefined,
  };
  const start: Place['start'] = (command, options) =>
    launch(command, { cwd, ...options, env: { ...environment, ...options?.env } });
  onFinished(async () => {
    await endProcesses(() => processesWith(mark));
    rmSync(root, { recursive: true, force: true });
  });
  const leftovers = (): string[] => [
    ...[cwd, tmp, home].flatMap((folder) => readdirSync(folder)),
    ...processesWith(mark).map(({ command }) => command),
  ];
  return {
    cwd,
    tmp,
    home,
    start,
    run: async (args, options) => finished(await start(chokepoint(args), options)),
    runLoaded: async (args) => {
      const env = { ...process.env, ...environment };
      return { ...(await runLoaded(LOADED, { args, cwd, env })), signal: undefined };
    },
    write: (name, content) => {
      writeFileSync(join(cwd, name), content);
      return join(cwd, name);
    },
    processes: () => processesWith(mark),
    leftovers,
    expectLeft: async (...names) => {
      const isSo = (): boolean => leftovers().join('\n') === names.join('\n');
      await until('nothing else is left', isSo).catch(() => undefined);
      expect(leftovers()).toEqual(names);
    },
  };
}

function launch([program, ...args]: readonly string[], options: Options) {
  return execa(program as string, args, {
    input: '',
    timeout: COMMAND_TIMEOUT,
    ...options,
    reject: false,
    stripFinalNewline: false,
  });
}

/** The command that runs the built program. */
export function chokepoint(args: readonly string[]): string[] {
  return [process.execPath, PROGRAM, ...args];
}

/** The shipped scenario, changed: every replacement must find its text. */
export function editedScenario(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`the scenario does not say "${from}"`);
      return text.replace(from, to);
    },
    readFileSync(SCENARIO, 'utf8'),
  );
}

/** The shipped scenario with these expectations in place of its own, and no sensor. */
export function scenarioThatExpects(rows: string): string {
  const [head = ''] = readFileSync(SCENARIO, 'utf8').split('\nexpect:\n');
  return `${withoutSensor(head)}\nexpect:\n${rows}`;
}

/** A file of the shipped scenario, changed, in which little is expected but of its sensor. */
export function sensorAlone(
  folder: string,
  ...edits: readonly (readonly [string, string])[]
): string {
  const file = join(folder, 'sensor.yaml');
  const row =
    '  - { claim: up, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }';
  const text = editedScenario(...edits);
  writeFileSync(file, text.replace(/(\nexpect:\n)[\s\S]*(\nsensor:\n)/, `$1${row}\n$2`));
  return file;
}

/** What is before the expectations, without the evidence for a sensor. */
function withoutSensor(head: string): string {
  return head
    .split(/(?=\n {2}- fields: )/)
    .filter((entry) => !/^\n {2}- fields: \[(networks\.other, )?sensor\./.test(entry))
    .join('')
    .replace('[networks.delta,', '[networks.other, networks.delta,');
}

export function finished(result: Awaited<ReturnType<typeof launch>>): Finished {
  const { exitCode, signal, stdout, stderr } = result;
  return { exitCode, signal, stdout: String(stdout), stderr: String(stderr) };
}

type Folders = [string, string, string];
/** In ms. None takes a tenth of it on two cores that do nothing else; a hang is told all the same. */
const COMMAND_TIMEOUT = 300_000;
