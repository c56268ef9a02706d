import { accessSync, constants, statSync } from 'node:fs';

/** Whether this user may run a file. A folder may be entered, which is the same permission. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
