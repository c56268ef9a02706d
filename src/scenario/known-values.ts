import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What YAML makes of a text that the build has read already: of a scenario or a tool that comes with Chokepoint. Undefined for any
 * other text, of a file that changed too. To read YAML takes most of a short command's time.
 */
export function knownValue(text: string): unknown {
  const file = join(VALUES, knownAs(text));
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** The name under which the build leaves the value of a text. */
export function knownAs(text: string): string {
  return `${createHash('sha256').update(text).digest('hex')}.json`;
}

/** Beside `dist/src`; what runs from source has none. */
const VALUES = fileURLToPath(new URL('../../values', import.meta.url));
