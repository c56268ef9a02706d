import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What is done when a test has finished. A test that runs beside others has its own, in its context. */
export type OnFinished = (done: () => void | Promise<void>) => void;

/** A folder that is gone after the test. */
export function temporaryFolder(onFinished: OnFinished = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-test-'));
  onFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a file with these bytes that is gone after the test. */
export function temporaryFile(
  bytes: Uint8Array | string,
  name = 'capture',
  onFinished?: OnFinished,
): string {
  const path = join(temporaryFolder(onFinished), name);
  writeFileSync(path, bytes);
  return path;
}
