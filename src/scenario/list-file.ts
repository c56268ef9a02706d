import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { quoted, shorten } from '../base/showable.ts';

export interface ListFile {
  /** Absolute, without links. */
  readonly path: string;
  /** As a person would name it who named the scenario's file so. */
  readonly shown: string;
  readonly bytes: Uint8Array;
}

/**
 * The list that a scenario's file names, or what is wrong with it: it must be a regular file in the folder of the scenario or
 * below, and no link may lead out of there.
 */
export function openListFile(file: string, list: string): ListFile | string {
  const folder = resolve(dirname(file));
  const found = shorten(quoted(list));
  if (list.includes('\0')) return `${EXPECTED}; found ${found}`;
  if (isAbsolute(list) || isOutside(folder, resolve(folder, list))) {
    return `${EXPECTED}; found ${found}`;
  }
  try {
    const path = realpathSync(join(folder, list));
    if (isOutside(realpathSync(folder), path)) {
      return `${EXPECTED}; found ${found}, a link to ${path}`;
    }
    const status = statSync(path);
    if (!status.isFile()) return `${EXPECTED}; ${found} is no regular file`;
    if (status.size > MAX_SIZE) {
      return `expected at most ${MAX_SIZE} bytes; ${found} has ${status.size}`;
    }
    return { path, shown: join(dirname(file), list), bytes: readFileSync(path) };
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
    return `${EXPECTED}; ${found}: ${reason}`;
  }
}

function isOutside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || way === '..' || way.startsWith('../');
}

const EXPECTED = 'expected a file beside this one or below, named relative to it';
/** For a million names and more. */
const MAX_SIZE = 64 * 1024 * 1024;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links go in a circle',
};
