import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { build } from 'esbuild';
import { finish, registered } from './vitest.js';

/**
 * Runs the tests of a room in one process, once for each mutant. To start vitest for each would take a hundred times longer than the tests.
 * The sources that Stryker has marked and the tests are one bundle, which is loaded once. A test that fails is run again without the
 * mutant. If it fails then too, the mutant has spoiled what the modules remember, and they are loaded anew.
 */
class InProcess {
  #tests = new Map();
  #loads = 0;
  #known;

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    globalThis.__stryker__ ??= {};
    await bundle();
    await this.#load();
  }

  async dryRun() {
    const tests = [];
    for (const [id, test] of this.#tests) {
      globalThis.__stryker__.currentTestId = id;
      const start = performance.now();
      const failure = await run(test, MOST_TIME);
      globalThis.__stryker__.currentTestId = undefined;
      const timeSpentMs = performance.now() - start;
      const { name, fileName } = test;
      const status = failure === undefined ? PASSED : FAILED;
      tests.push({ id, name, fileName, timeSpentMs, status, failureMessage: failure });
    }
    writeFileSync(
      TIMES,
      JSON.stringify(Object.fromEntries(tests.map((each) => [each.id, each.timeSpentMs]))),
    );
    return { status: 'complete', tests, mutantCoverage: globalThis.__stryker__.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const ids = this.#quickestFirst(testFilter ?? [...this.#tests.keys()]);
    let nrOfTests = 0;
    let work = 0;
    for (const id of ids) {
      work += this.#times()[id] ?? 0;
      if (work > MOST_WORK && nrOfTests > 0) break;
      nrOfTests += 1;
      let outcome = await this.#runMutated(id, activeMutant.id, hitLimit);
      if (outcome === undefined) continue;
      if ((await run(this.#tests.get(id), MOST_TIME)) !== undefined) {
        await this.#load();
        outcome = await this.#runMutated(id, activeMutant.id, hitLimit);
        if (outcome === undefined) continue;
      }
      return { ...outcome, killedBy: [id], nrOfTests };
    }
    return { status: 'survived', nrOfTests };
  }

  async dispose() {}

  async #runMutated(id, mutant, hitLimit) {
    const marks = globalThis.__stryker__;
    Object.assign(marks, { activeMutant: mutant, hitCount: 0, hitLimit: hitLimit / 10 });
    const limit = LEAST_TIME + Math.round(4 * (this.#times()[id] ?? 0));
    const failureMessage = await run(this.#tests.get(id), limit);
    const isEndless = marks.hitCount > hitLimit / 10 || failureMessage === ENDLESS;
    Object.assign(marks, { activeMutant: undefined, hitCount: undefined });
    if (isEndless) return { status: 'timeout', reason: 'went round too often' };
    return failureMessage === undefined ? undefined : { status: 'killed', failureMessage };
  }

  async #load() {
    this.#tests.clear();
    this.#loads += 1;
    globalThis.__registeredIn = (fileName) => {
      for (const [i, test] of registered.splice(0).entries()) {
        if (LEFT_OUT_TESTS.test(test.name)) continue;
        this.#tests.set(`${fileName}#${i} ${test.name}`, {
          ...test,
          fileName: path.resolve(fileName),
        });
      }
    };
    await import(`${pathToFileURL(BUNDLE).href}?${process.pid}.${this.#loads}`);
  }

  #quickestFirst(ids) {
    const times = this.#times();
    return ids.toSorted((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  }

  /** Milliseconds of each test in the dry run, which may have been in another process. */
  #times() {
    this.#known ??= existsSync(TIMES) ? JSON.parse(readFileSync(TIMES, 'utf8')) : {};
    return this.#known;
  }
}

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'in-process', injectableClass: InProcess },
];

/** The message of the failure, or nothing if the test passes. */
async function run({ run: body }, timeout) {
  try {
    globalThis.__body = body;
    await BODY.runInThisContext({ timeout });
    return undefined;
  } catch (error) {
    if (error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return ENDLESS;
    return String(error?.message ?? error) || 'failed';
  } finally {
    finish();
  }
}

/** All tests of the room and what they import, as one file in the folder where Stryker has put the marked sources. */
async function bundle() {
  const files = testFiles();
  await build({
    stdin: {
      contents: files
        .map((file) => `await import('./${file}'); globalThis.__registeredIn('${file}');`)
        .join('\n'),
      resolveDir: process.cwd(),
    },
    absWorkingDir: process.cwd(),
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    plugins: [{ name: 'stand-ins', setup: useStandIns }],
  });
}

function useStandIns({ onResolve }) {
  onResolve({ filter: /^vitest$/ }, () => ({ path: here('./vitest.js'), external: true }));
  onResolve({ filter: /^fast-check$/ }, () => ({ path: here('./fast-check.js'), external: true }));
}

function testFiles() {
  const { TESTS, ROOM = 'wire,flow,policy,engine' } = process.env;
  const rooms = (TESTS || ROOM).split(',');
  return rooms
    .flatMap((room) =>
      readdirSync(`test/${room}`, { recursive: true }).map((file) => `test/${room}/${file}`),
    )
    .filter(
      (file) =>
        file.endsWith('.test.ts') && !LEFT_OUT.some((name) => file.endsWith(`/${name}.test.ts`)),
    )
    .sort();
}

function here(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** Only a script with a time limit can be left while it is in a loop without end. Limits are in milliseconds. */
const BODY = new vm.Script('globalThis.__body()');
const MOST_TIME = 120_000;
const LEAST_TIME = 4000;
/** A mutant that the quickest tests of so many milliseconds do not notice has survived. */
const MOST_WORK = 10_000;
const ENDLESS = 'does not end';
const PASSED = 0;
const FAILED = 1;
const BUNDLE = `mutants-${process.pid}.mjs`;
const TIMES = 'mutants-times.json';

const LEFT_OUT = [
  // They measure memory or time, where the marks of the mutants count too.
  'allocation',
  'memory',
  'idle-flows',
  // They take seconds over what quicker tests claim of a single case.
  'chance',
];

/** For the same reasons. */
const LEFT_OUT_TESTS =
  /allocates nothing|^of 200,000 names|^100,000 networks|sixty thousand sets|is found in any text, without throwing/;
