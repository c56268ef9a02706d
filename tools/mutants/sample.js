import { createHash } from 'node:crypto';

/**
 * Lets Stryker try `SAMPLE` of 100 mutants. Stryker lists the others as errors and leaves them out of the score.
 * A hash of the mutant chooses: the same mutants are tried each time, and a larger sample holds a smaller one.
 */
class Sample {
  async init() {}

  /** Keeps each mutant in a group of its own. */
  group(mutants) {
    return mutants.map(({ id }) => [id]);
  }

  async check(mutants) {
    return Object.fromEntries(
      mutants.map((mutant) => [mutant.id, isDrawn(mutant) ? DRAWN : NOT_DRAWN]),
    );
  }
}

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', injectableClass: Sample }];

function isDrawn({ fileName, location, mutatorName, replacement }) {
  const { start, end } = location;
  const file = fileName.slice(fileName.lastIndexOf('/src/'));
  const text = [
    file,
    start.line,
    start.column,
    end.line,
    end.column,
    mutatorName,
    replacement,
  ].join('\n');
  return createHash('sha256').update(text).digest().readUInt32BE() < (SHARE / 100) * 2 ** 32;
}

const SHARE = Number(process.env.SAMPLE ?? 100);
const DRAWN = { status: 'passed' };
const NOT_DRAWN = { status: 'compileError', reason: 'not in the sample' };
