import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../base/shell-word.ts';
import { isProgram } from '../files/program.ts';

/**
 * What this user types in this folder to run Chokepoint: `chokepoint` where it is on the PATH, `npx chokepoint` in a
 * checkout of one's own, and otherwise the path of the program. npx puts a link to the checkout into its cache and
 * makes the program executable each time, which only the checkout's owner may.
 */
export function commandName(): string {
  if (isOnPath()) return 'chokepoint';
  if (resolve(PACKAGE) === process.cwd() && isOwn(MAIN)) return 'npx chokepoint';
  const program = existsSync(PROGRAM) ? PROGRAM : MAIN;
  const near = relative(process.cwd(), program);
  return shellWord(near.startsWith('..') ? program : `./${near}`);
}

/** A text that tells people to type `chokepoint …`, with what works here in its place. In a lab it is `chokepoint` everywhere. */
export function asTyped(text: string): string {
  return text.replace(COMMAND, (_, before: string) => before + commandName());
}

/** npx and npm put the folders of local programs in front of the PATH; the user's own shell has none of them. */
function isOnPath(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => {
    return !/node_modules\/\.bin\/?$/.test(folder) && isProgram(join(folder, 'chokepoint'));
  });
}

/** Whether this user may do what npx does to it. */
function isOwn(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a command begins: a text, a quotation, or what follows a colon or a pipe. */
const COMMAND = /(^|`|[:|] )chokepoint(?= )/g;
/** The folder with package.json: above `src` and above `dist`. */
const PACKAGE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../..' : '../../..', import.meta.url),
);
const PROGRAM = join(PACKAGE, 'node_modules/.bin/chokepoint');
const MAIN = join(PACKAGE, 'dist/src/cli/main.js');
