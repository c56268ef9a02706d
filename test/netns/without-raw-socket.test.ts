import { expect, test } from 'vitest';
import { openPlace, scenarioThatExpects } from '../support/cli.ts';

/* The package is compiled at install, and so may be missing. Here it cannot be resolved, whether it is there or not. */

const HOOK = `export async function resolve(specifier, context, next) {
  if (specifier !== 'raw-socket') return next(specifier, context);
  throw Object.assign(new Error('it is not there'), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
const PRELOAD = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(HOOK))});`;
const WITHOUT = { env: { NODE_OPTIONS: `--import=${asUrl(PRELOAD)}` } };

test('locate says what to install, and builds no lab', async () => {
  const place = openPlace();
  expect(await place.run(['locate', 'az-2017'], WITHOUT)).toMatchObject({
    exitCode: 3,
    stdout: '',
    stderr:
      'chokepoint: the package raw-socket is not built\n  fix: as root: apt-get install g++ make python3; then: npm rebuild raw-socket\n',
  });
  await place.expectLeft();
});

test('everything else works without it, and doctor says that it is missing', async () => {
  const place = openPlace();
  const row =
    '  - { claim: up, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }\n';
  place.write('a.yaml', scenarioThatExpects(row));
  const ran = await place.run(['run', 'a.yaml', '--profile', 'packet'], WITHOUT);
  expect(ran).toMatchObject({ exitCode: 0 });
  const doctor = await place.run(['doctor'], WITHOUT);
  expect(doctor.stdout).toMatch(/raw-socket +not built/);
});

function asUrl(module: string): string {
  return `data:text/javascript,${encodeURIComponent(module)}`;
}
