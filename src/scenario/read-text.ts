import { readFileSync, type Stats, statSync } from 'node:fs';
import { counted } from '../base/counted.ts';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { foreignByteAt } from '../base/utf8.ts';
import { FOUND_UTF16, isUtf16 } from '../base/utf16.ts';

/** A YAML file's text; `hint` says what to name instead, where it cannot be read. */
export function readText(file: string, hint: string): string {
  const unreadable = (message: string, cause?: unknown): ChokepointError =>
    new ChokepointError('SCENARIO_INVALID', message, { cause, hint });
  const bytes = readBytes(file, unreadable);
  if (isUtf16(bytes)) throw unreadable(`${file}:1:1: ${FOUND_UTF16}`);
  const at = foreignByteAt(bytes);
  if (at === undefined) return bytes.toString('utf8');
  const before = bytes.subarray(0, at).toString('utf8').split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const byte = `0x${bytes[at]?.toString(16)}`;
  throw unreadable(
    `${file}:${before.length}:${column}: expected text in UTF-8; found the byte ${byte}`,
  );
}

function readBytes(
  file: string,
  unreadable: (message: string, cause?: unknown) => ChokepointError,
): Buffer {
  try {
    const status = statSync(file);
    if (!status.isFile()) {
      throw unreadable(`${file}: expected a YAML file; found ${kindOf(status)}`);
    }
    if (status.size > MAX_SIZE) {
      throw unreadable(
        `${file}: found ${counted(status.size, 'byte')}; expected at most ${MAX_SIZE}`,
      );
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof ChokepointError) throw error;
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
    throw unreadable(`${file}: ${reason}; expected a YAML file`, error);
  }
}

function kindOf(status: Stats): string {
  if (status.isDirectory()) return 'a directory';
  if (status.isFIFO()) return 'a pipe';
  return status.isSocket() ? 'a socket' : 'a device';
}

const MAX_SIZE = 4 * 1024 * 1024;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
};
