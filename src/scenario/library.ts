import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { parseScenario } from './parse.ts';
import type { Scenario } from './schema.ts';

/** Ids of the scenarios that come with Chokepoint. */
export function scenarioIds(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** A scenario by its id, or by the path of a YAML file. */
export function loadScenario(idOrFile: string): Scenario {
  if (!/[/.]/.test(idOrFile) && scenarioIds().includes(idOrFile)) {
    return loadScenarioFile(join(DIRECTORY, `${idOrFile}.yaml`));
  }
  if (/\.ya?ml$/.test(idOrFile) || (idOrFile.includes('/') && existsSync(idOrFile))) {
    return loadScenarioFile(idOrFile);
  }
  throw new ChokepointError('SCENARIO_UNKNOWN', `no scenario "${idOrFile}"`, {
    hint: `name one of ${scenarioIds().join(', ')}, or the path of a YAML file`,
  });
}

export function loadScenarioFile(file: string): Scenario {
  return parseScenario(readText(file), file);
}

function readText(file: string): string {
  const bytes = readBytes(file);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  // What is not UTF-8 decodes to U+FFFD, which encodes to other bytes.
  const again = Buffer.from(bytes.toString('utf8'));
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  const before = bytes.subarray(0, at).toString('utf8').split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const byte = `0x${bytes[at]?.toString(16).padStart(2, '0')}`;
  throw unreadable(
    `${file}:${before.length}:${column}: expected text in UTF-8; found the byte ${byte}`,
  );
}

function readBytes(file: string): Buffer {
  try {
    const status = statSync(file);
    if (!status.isFile()) {
      const found = status.isDirectory() ? 'a directory' : 'a device';
      throw unreadable(`${file}: expected a YAML file; found ${found}`);
    }
    if (status.size > MAX_SIZE) {
      throw unreadable(`${file}: found ${status.size} bytes; expected at most ${MAX_SIZE}`);
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof ChokepointError) throw error;
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
    throw unreadable(`${file}: ${reason}; expected a YAML file`, error);
  }
}

function unreadable(message: string, cause?: unknown): ChokepointError {
  return new ChokepointError('SCENARIO_INVALID', message, {
    cause,
    hint: `name one of ${scenarioIds().join(', ')}, or the path of a YAML file`,
  });
}

const MAX_SIZE = 4 * 1024 * 1024;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
};
/** Beside `src`, and beside `dist`. */
const DIRECTORY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../scenarios' : '../../../scenarios',
    import.meta.url,
  ),
);
