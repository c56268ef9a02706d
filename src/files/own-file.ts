import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { ChokepointError } from '../base/errors.ts';

/*
 * Files of runs may lie in a folder that others can write to. A link that they put there must not lead a run of root's to another
 * file, nor a pipe stop it. Each function throws Node's error, or `Error`, as the file system or the file has it.
 */

/** Writes a file that must not be there yet; what cannot be written whole is taken back. */
export function writeNew(path: string, text: string): void {
  using(openSync(path, 'wx'), (fd) => {
    try {
      writeFileSync(fd, text);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  });
}

/** Writes a file that the user names, over what is there; half of it is taken back. */
export function writeWhole(path: string, text: string): void {
  using(openSync(path, 'w'), (fd) => {
    try {
      writeFileSync(fd, text);
    } catch (error) {
      // Not a device: it is nobody's to remove.
      if (fstatSync(fd).isFile()) rmSync(path, { force: true });
      throw error;
    }
  });
}

/** Puts text in place of what a file holds; the file is made where there is none. */
export function writeOwn(path: string, text: string): void {
  using(openOwn(path, constants.O_WRONLY), (fd) => {
    ftruncateSync(fd);
    writeFileSync(fd, text);
  });
}

/** Puts text behind what a file holds; the file is made where there is none. */
export function appendOwn(path: string, text: string): void {
  using(openOwn(path, constants.O_WRONLY | constants.O_APPEND), (fd) => writeFileSync(fd, text));
}

/** All of a file, which may be behind a link; a pipe or a device is refused, not waited for. */
export function readOwn(path: string): Buffer {
  return using(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), (fd) => {
    if (fstatSync(fd).isFile()) return readFileSync(fd);
    throw refused(NO_FILE);
  });
}

/** `USAGE` for what is there and is no file: somebody may have put a pipe in its place, which nobody would ever write to. */
export function requireFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return;
  throw new ChokepointError('USAGE', `${path}: ${NO_FILE}`);
}

/** Cuts a file off after so many bytes. */
export function truncateOwn(path: string, length: number): void {
  using(openOwn(path, constants.O_WRONLY), (fd) => ftruncateSync(fd, length));
}

/** A descriptor of a file, which is made where there is none; a link, a pipe, or a second name of a file is refused. */
export function openOwn(path: string, how: number): number {
  const { O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, how | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
  const status = fstatSync(fd);
  if (status.isFile() && status.nlink === 1) return fd;
  closeSync(fd);
  throw refused(
    'there is something else of that name: a pipe, a device, or a file that has another name too',
  );
}

/** With the code that the system has for a file of the wrong type (errno(3)). */
function refused(message: string): Error {
  return Object.assign(new Error(message), { code: 'EFTYPE' });
}

function using<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

const NO_FILE = 'expected a file; found a pipe, a folder or a device';
