import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { Rpc } from '../../src/testbed/rpc.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

test('a silent peer that works is waited for longer than one that is stopped, and not for ever', async () => {
  const ended: string[] = [];
  const call = async (name: string): Promise<void> => {
    const child = busyPeer();
    if (name === 'stopped') child.kill('SIGSTOP');
    const rpc = new Rpc(child, name, 500);
    await expect(rpc.call('anything', {})).rejects.toThrow(/did not answer for \d+ s/);
    ended.push(name);
    expect(rpc).toMatchObject({ isClosed: true, isSilent: true });
  };
  await Promise.all([call('working'), call('stopped')]);
  expect(ended).toEqual(['stopped', 'working']);
});

/** Its event loop does not turn. */
function busyPeer(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  children.push(child);
  return child;
}
