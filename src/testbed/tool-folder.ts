import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { LAB_TMP } from '../../netns/init-script.ts';
import { pathBelow } from '../base/name.ts';
import type { Lab } from './lab.ts';

/*
 * What tools write lies on the lab's own tmpfs, which goes with the lab whatever becomes of this process. It is reached
 * through the root of the lab's init.
 */

/** A folder for one tool, as the lab sees it, with these files. */
export function makeToolFolder(lab: Lab, id: string): string {
  const made = mkdtempSync(outside(lab, pathBelow(LAB_TMP, `${id}-`)));
  return made.slice(outside(lab, '').length);
}

export function writeInto(lab: Lab, folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    // Keys may be among them, which programs refuse when others may read them.
    writeFileSync(outside(lab, pathBelow(folder, name)), text, { mode: 0o600 });
  }
}

export function removeToolFolder(lab: Lab, folder: string): void {
  rmSync(outside(lab, folder), { recursive: true, force: true });
}

/** Whether the lab has this file. */
export function isInLab(lab: Lab, path: string): boolean {
  return existsSync(outside(lab, path));
}

/** A line for the log of a tool, in case it does not say itself why it could not write; empty while there is room. */
export function fullnessOf(lab: Lab): string {
  const { bavail, ffree, blocks, bsize, files } = statfsSync(outside(lab, LAB_TMP));
  if (bavail > 0 && ffree > 0) return '';
  const room = `${Math.round((blocks * bsize) / 1_048_576)} MiB, ${files} files`;
  return `chokepoint: ${LAB_TMP} is full (${room}): programs of this lab get ENOSPC\n`;
}

function outside({ pid }: Lab, path: string): string {
  return `/proc/${pid}/root${path}`;
}
