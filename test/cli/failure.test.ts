import { expect, onTestFinished, test, vi } from 'vitest';
import { ChokepointError } from '../../src/base/errors.ts';
import { tellFailure } from '../../src/cli/failure.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    writeSync: (descriptor: number, bytes: Uint8Array, at = 0) => {
      if (descriptor !== 2) return fs.writeSync(descriptor, bytes, at);
      told += Buffer.from(bytes).toString();
      return bytes.length - at;
    },
  };
});
let told = '';

function tell(error: unknown): { readonly status: number; readonly text: string } {
  told = '';
  onTestFinished(() => {
    told = '';
  });
  return { status: tellFailure(error), text: told };
}

test.each<[code: string, status: number, text: RegExp]>([
  ['ENOSPC', 3, /^chokepoint: \/a\/b: no space is left \(ENOSPC\)\n {2}fix: make room/],
  ['EMFILE', 3, /too many files are open in this process \(EMFILE\)\n {2}fix: raise the limit/],
  ['EACCES', 2, /you may not do that/],
  ['EISDIR', 2, /this is a folder; expected a file/],
  ['EXDEV', 2, /cross-device link not permitted \(EXDEV\)/],
])('%s is told in a sentence, with status %i', (code, status, text) => {
  const error = Object.assign(new Error(`${code}: x`), { code, path: '/a/b', syscall: 'open' });
  const found = tell(error);
  expect(found.status).toBe(status);
  expect(found.text).toMatch(text);
  expect(found.text).not.toContain('    at ');
});

test('a path of others in such an error is showable', () => {
  const error = Object.assign(new Error('x'), { code: 'ENOENT', path: 'a\u001b[2J\nb' });
  expect(tell(error).text).toContain('chokepoint: a\\u001b[2J\\nb: there is no such file');
});

test('an error for people is its message and its fix', () => {
  const error = new ChokepointError('MACHINE_CANNOT', 'no tun', { hint: 'load it' });
  expect(tell(error)).toEqual({ status: 3, text: 'chokepoint: no tun\n  fix: load it\n' });
});

test('what a process of a lab was refused has a fix, too', () => {
  const error = new ChokepointError('LAB_FAILED', 'ip -batch: spawn ip EMFILE');
  expect(tell(error).text).toBe(
    'chokepoint: ip -batch: spawn ip EMFILE\n  fix: raise the limit: ulimit -n 1024\n',
  );
});

test('a fault of our own shows its stack, and asks to be reported', () => {
  const { status, text } = tell(new TypeError('x is not a function'));
  expect(status).toBe(3);
  expect(text).toMatch(/^TypeError: x is not a function\n {4}at /);
  expect(text).toMatch(/a fault in Chokepoint itself\n {2}fix: report it/);
});
