import { type Stats, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { ChokepointError } from '../../base/errors.ts';

/**
 * Keeps a matrix's folder for this process until it is let go, or the process ends in any way. `USAGE` where another process has it:
 * two that go on with one matrix would try, and write down, each cell twice. What is no folder nobody has.
 */
export async function holdFolder(path: string): Promise<{ letGo(): void }> {
  const found = statusOf(path);
  if (!found?.isDirectory()) return { letGo: () => undefined };
  const server = createServer();
  try {
    // A name that is no file's (unix(7), "abstract"): the kernel gives it to one process, and takes it back at its end.
    await listen(server, `\0chokepoint-matrix-${found.dev}-${found.ino}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ChokepointError('USAGE', `${path}: another process is at work on this matrix`, {
      cause: error,
      hint: 'wait for its end, or end it; then go on with --resume',
    });
  }
  server.unref();
  return { letGo: () => void server.close() };
}

/** Of what cannot be looked at, whoever reads it says why. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, resolve);
  });
}
