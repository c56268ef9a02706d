import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ChokepointError } from '../../src/base/errors.ts';
import { unwritten, unwrittenIn, writing } from '../../src/base/writing.ts';

test('what cannot be written is told with its path, why, and what to do', () => {
  expect(writing('/dev/full', () => 1)).toBe(1);
  const fill = (hint?: string): unknown => {
    try {
      return writing('/dev/full', () => writeFileSync('/dev/full', 'x'), hint);
    } catch (error) {
      const { code, message, hint: fix } = error as ChokepointError;
      return [error instanceof ChokepointError, code, message, fix];
    }
  };
  const message = expect.stringMatching(/^\/dev\/full cannot be written: ENOSPC: /);
  const usual = 'make room, or name a folder elsewhere with --out';
  expect(fill()).toEqual([true, 'OUTPUT_FAILED', message, usual]);
  expect(fill('go home')).toEqual([true, 'OUTPUT_FAILED', message, 'go home']);
});

test.each([
  new ChokepointError('USAGE', 'x.yaml is there already'),
  new TypeError('a fault of ours'),
  undefined,
])('what the system has not refused is thrown on as it is: %s', (error) => {
  const thrown = (): unknown => {
    try {
      return writing('x.yaml', () => {
        throw error;
      });
    } catch (caught) {
      return { caught };
    }
  };
  expect(thrown()).toEqual({ caught: error });
});

test('what could not be written is found among other things that were said', () => {
  const said = `(node:1) Warning: x\n${unwritten('/a b', 'ENOSPC')}${unwritten('/c', 'EIO')}${unwritten('/c', 'EIO')}`;
  expect(unwrittenIn(said)).toEqual([
    '/a b cannot be written: ENOSPC',
    '/c cannot be written: EIO',
  ]);
  expect(unwrittenIn('host x was ended\n')).toEqual([]);
});
