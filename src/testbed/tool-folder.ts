import { existsSync, mkdtempSync, openSync, statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { LAB_TMP } from '../../netns/init-script.ts';
import { pathBelow } from '../base/name.ts';

/*
 * Folders of tools, as the lab's agent makes and removes them. A tool may put a link in place of any path that it can write
 * to. So nobody outside the lab follows such a path: the agent does, and it may do no more than the tool. The folders lie on
 * the lab's own tmpfs, and go with the lab. The agent holds that tmpfs open, so a link in its place misleads nobody.
 */

/** Texts of a tool's files by their names, all in one folder. */
export type ToolFiles = Readonly<Record<string, string>>;

/** Where the agent makes folders for tools. */
export class ToolFolders {
  readonly #home = `/proc/self/fd/${openSync(LAB_TMP, 'r')}`;

  /** Makes a folder; returns its path as tools see it. */
  make(id: string): string {
    return pathBelow(LAB_TMP, basename(mkdtempSync(pathBelow(this.#home, `${id}-`))));
  }

  write(folder: string, files: ToolFiles): void {
    for (const [name, text] of Object.entries(files)) {
      // Keys may be among them, which programs refuse when others may read them.
      writeFileSync(pathBelow(this.#placeOf(folder), name), text, { mode: 0o600 });
    }
  }

  async remove(folder: string): Promise<void> {
    await rm(this.#placeOf(folder), { recursive: true, force: true });
  }

  #placeOf(folder: string): string {
    return pathBelow(this.#home, basename(folder));
  }
}

/** A line for the log of a tool, in case it does not say itself why it could not write; empty while there is room. */
export function fullness(): string {
  return [LAB_TMP, '/dev/shm', '/run'].flatMap((folder) => fullnessOf(folder)).join('');
}

function fullnessOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const { bavail, ffree, blocks, bsize, files } = statfsSync(folder);
  if (bavail > 0 && ffree > 0) return [];
  const name = folder === LAB_TMP ? `$TMPDIR (${LAB_TMP})` : folder;
  const room = `${Math.round((blocks * bsize) / 1_048_576)} MiB, ${files} files`;
  return [`chokepoint: ${name} was full (${room}): programs of this lab got ENOSPC\n`];
}
