// biome-ignore-all lint/correctness/noUndeclaredDependencies: `@vitest/expect` comes with vitest
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';

/** The part of vitest that tests of the core use. Tests register here, and `runner.js` runs them as often as it likes. */
export const registered = [];

const suites = [];
const ends = [];

export function test(name, ...rest) {
  const run = rest.find((each) => typeof each === 'function');
  registered.push({ name: [...suites, name].join(' '), run });
}

export function describe(name, run) {
  suites.push(name);
  run();
  suites.pop();
}

test.each = rowsOf(test);
describe.each = rowsOf(describe);

export function beforeAll(run) {
  run();
}

export function onTestFinished(run) {
  ends.push(run);
}

/** Does what the test wanted done at its end. */
export function finish() {
  for (const end of ends.splice(0)) end();
}

/** Says nothing: types are checked elsewhere. */
export const expectTypeOf = () => new Proxy({}, { get: () => () => undefined });

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const expect = Object.assign(
  (value, message) => chai.expect(value, message),
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
);
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect });
setState({ assertionCalls: 0 }, expect);

function rowsOf(register) {
  return (rows) =>
    (name, run, ...rest) => {
      for (const [i, row] of rows.entries()) {
        const values = Array.isArray(row) ? row : [row];
        register(`${name} [${i}]`, () => run(...values), ...rest);
      }
    };
}
