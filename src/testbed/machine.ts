import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { searchPath } from '../../netns/sandbox.ts';
import { ChokepointError } from '../base/errors.ts';

/** Programs without which there is no lab, and the Debian package of each. */
export const REQUIRED_TOOLS: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
  openssl: 'openssl',
};

/** Throws one sentence that names every missing one of these programs, and the command that installs them all. */
export function requireTools(packageOf: Readonly<Record<string, string>>): void {
  const missing = Object.keys(packageOf).filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => packageOf[tool]))].join(' ');
  const names = missing.map((tool) => `\`${tool}\``).join(', ');
  throw new ChokepointError('MACHINE_CANNOT', `not installed: ${names}`, {
    hint: `as root: apt-get install ${packages}`,
  });
}

/** Where a program is, on the PATH that labs use. */
export function findTool(name: string): string | undefined {
  return searchPath()
    .split(':')
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
