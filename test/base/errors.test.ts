import { expect, test } from 'vitest';
import { ChokepointError, type ErrorCode, messageOf } from '../../src/base/errors.ts';

const EXIT_CODES: Record<ErrorCode, 2 | 3> = {
  USAGE: 2,
  SCENARIO_UNKNOWN: 2,
  SCENARIO_INVALID: 2,
  CAPTURE_INVALID: 2,
  STRATEGY_INVALID: 2,
  TOOL_UNKNOWN: 2,
  HOST_UNKNOWN: 2,
  LAB_UNKNOWN: 2,
  OUTPUT_FAILED: 2,
  MACHINE_CANNOT: 3,
  TOOL_FAILED: 3,
  LAB_FAILED: 3,
  LAB_DIED: 3,
};

test.each(Object.entries(EXIT_CODES))('%s ends the program with status %i', (code, want) => {
  expect(new ChokepointError(code as ErrorCode, 'why').exitCode).toBe(want);
});

test('an error keeps its message, hint and cause', () => {
  const cause = new Error('EPERM');
  const error = new ChokepointError('MACHINE_CANNOT', 'no namespaces', { cause, hint: 'sysctl' });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'ChokepointError',
    message: 'no namespaces',
    hint: 'sysctl',
  });
  expect(error.cause).toBe(cause);
});

test('an error without a cause has no cause at all', () => {
  expect(new ChokepointError('USAGE', 'why')).not.toHaveProperty('cause');
});

test('anything thrown has a message', () => {
  expect(messageOf(new TypeError('bad type'))).toBe('bad type');
  expect(messageOf('plain')).toBe('plain');
  expect(messageOf(undefined)).toBe('undefined');
});
