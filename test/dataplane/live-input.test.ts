import { execFileSync } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LiveInput } from '../../src/dataplane/capture/live-input.ts';
import { temporaryFolder } from '../support/folder.ts';

/* Memory is collected while it waits: a signal that only the wait knows may be collected, too. */

describe('waiting for a silent pipe', () => {
  let fd: number;
  let input: LiveInput;
  beforeEach(() => {
    const fifo = join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    fd = openSync(fifo, 'r+');
    input = new LiveInput(fd);
  });
  afterEach(() => input.close());

  test('ends after its limit', async () => {
    const waited = input.more(new AbortController().signal, 1000);
    await expectWaiting(waited);
    await whileMemoryIsCollected(waited);
  });

  test('ends when it is interrupted', async () => {
    const interrupt = new AbortController();
    const waited = input.more(interrupt.signal, 600_000);
    await expectWaiting(waited);
    interrupt.abort();
    await whileMemoryIsCollected(waited);
  });

  test('ends when something comes', async () => {
    const waited = input.more(new AbortController().signal, 600_000);
    await expectWaiting(waited);
    writeSync(fd, 'ab');
    await whileMemoryIsCollected(waited);
    expect(input.take(new Uint8Array(4), 0)).toBe(2);
  });

  test('does not begin where it is interrupted already', async () => {
    await input.more(AbortSignal.abort(), 600_000);
  });
});

async function expectWaiting(waited: Promise<void>): Promise<void> {
  const over = waited.then(() => 'over');
  expect(await Promise.race([over, pause(20, 'waiting')])).toBe('waiting');
}

async function whileMemoryIsCollected(waited: Promise<void>): Promise<void> {
  let isOver = false;
  const done = waited.then(() => {
    isOver = true;
  });
  while (!isOver) {
    globalThis.gc?.();
    await pause(10);
  }
  await done;
}
