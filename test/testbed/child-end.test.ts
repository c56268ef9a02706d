import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { type Answering, nextLine, whyNoLine } from '../../src/testbed/child-end.ts';

test.each([
  { script: 'exit 3', why: 'ended (exit status 3)' },
  { script: 'kill -SEGV $$', why: 'ended (SIGSEGV)' },
  { script: 'exec >&-; sleep 0.2; exit 4', why: 'ended (exit status 4)' },
])('a process that gives no line is told by its end: $script', async ({ script, why }) => {
  const process = answering(script);
  expect(await nextLine(process)).toBe(undefined);
  expect(await whyNoLine(process)).toBe(why);
});

test('a process that is stopped is told as one that does not answer', async () => {
  const process = answering('echo one; kill -STOP $$');
  expect(await nextLine(process)).toBe('one');
  expect(await nextLine(process, 1000)).toBe(undefined);
  expect(await whyNoLine(process)).toBe('did not answer for 1 s');
});

function answering(script: string): Answering {
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}
