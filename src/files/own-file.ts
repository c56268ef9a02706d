import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';

/*
 * Files of runs may lie in a folder that others can write to. A link that they put there must not lead a run of root's to another
 * file, nor a pipe stop it. Each function throws Node's error, or `Error`, as the file system or the file has it.
 */

/** Writes a file that must not be there yet. */
export function writeNew(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx' });
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
  throw new Error(
    'there is something else of that name: a pipe, a device, or a file that has another name too',
  );
}

function using(fd: number, use: (fd: number) => void): void {
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}
