import { ChokepointError } from './errors.ts';
import { quoted, shorten } from './showable.ts';

/*
 * Texts of files that become names of hosts, namespaces, files and folders, or words of a line that another program parses.
 * A schema refuses what is no name, with its place; what is here refuses it again where it is used.
 */

/** `text`, if a program that parses a line of words reads it as one word; otherwise `LAB_FAILED`. `where` says in which line. */
export function plainWord(text: string, where: string): string {
  if (PLAIN_WORD.test(text)) return text;
  throw new ChokepointError(
    'LAB_FAILED',
    `${where}: ${quoted(shorten(text))} is no word that can stand there`,
    {
      hint: 'a word has letters, digits and ./:@_%+=,*- alone',
    },
  );
}

/** `text`, if a program reads it as one line; otherwise `LAB_FAILED`. */
export function plainLine(text: string, where: string): string {
  if (!CONTROL.test(text)) return text;
  throw new ChokepointError('LAB_FAILED', `${where}: ${quoted(shorten(text))} is more than a line`);
}

/** The path of `names` below `folder`, each a file or folder in the one before; `USAGE` for a name that could lead elsewhere. */
export function pathBelow(folder: string, ...names: readonly string[]): string {
  for (const name of names) {
    if (FILE_NAME.test(name)) continue;
    throw new ChokepointError('USAGE', `${quoted(shorten(name))} cannot name a file or a folder`, {
      hint: 'use letters, digits, dashes, dots and underscores, 200 at most; begin with a letter or a digit',
    });
  }
  return [folder, ...names].join('/');
}

/** What can name a network, a profile, a table and the like, in whatever program reads it. */
export const NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const PLAIN_WORD = /^[A-Za-z0-9./:@_%+=,*-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;
/** Linux takes 255 bytes; some of them are for what is put behind. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
