import { getSystemErrorMap } from 'node:util';
import { CommanderError } from 'commander';
import { ChokepointError } from '../base/errors.ts';
import { asTyped } from './command-name.ts';
import { tell, tellText } from './terminal.ts';

/** Tells people on stderr what went wrong, where, and how to mend it; returns the exit status. */
export function tellFailure(error: unknown): number {
  if (error instanceof CommanderError) return tellUsage(error);
  if (error instanceof ChokepointError) return tellForPeople(error);
  if (isOfSystem(error)) return tellSystem(error);
  return tellFault(error);
}

function tellUsage(error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') return WRONG_USAGE; // it has been printed
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const isName = error.code === 'commander.excessArguments' && message.includes("'matrix'");
  return tellForPeople(
    new ChokepointError('USAGE', message, {
      hint: isName
        ? 'name scenarios after an option: chokepoint matrix --scenarios az-2017'
        : 'see `chokepoint --help`, or `chokepoint COMMAND --help`',
    }),
  );
}

function tellForPeople({ code, message, hint, exitCode }: ChokepointError): number {
  // Lines that begin with file:line:col stay as they are: editors jump there.
  tellText(code === 'SCENARIO_INVALID' ? message : `chokepoint: ${message}`);
  const fix = hint ?? hintFor(message);
  if (fix !== undefined) tellText(`  fix: ${asTyped(fix)}`);
  return exitCode;
}

/** What a part of a lab was refused comes from another process, as a text. */
function hintFor(message: string): string | undefined {
  const code = /\bE(?:MFILE|NFILE|NOSPC|DQUOT|NOMEM|ROFS|IO)\b/.exec(message)?.[0] ?? '';
  return REFUSALS[code]?.[1];
}

type SystemError = NodeJS.ErrnoException & { readonly dest?: string };

/** The machine refuses something: no fault of ours, wherever it comes to light. */
function isOfSystem(error: unknown): error is SystemError {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' && (code in REFUSALS || NUMBERS.has(code));
}

function tellSystem(error: SystemError): number {
  const { code = '', path, dest, syscall } = error;
  const refusal = REFUSALS[code];
  const what = refusal?.[0] ?? NUMBERS.get(code) ?? error.message;
  const place = [path, dest].filter((name) => name !== undefined && name !== '').join(' → ');
  const where = place === '' ? (syscall ?? '') : place;
  const said = `${where === '' ? '' : `${where}: `}${what} (${code})`;
  const [, hint, status] = refusal ?? [what, UNKNOWN, WRONG_USAGE];
  tell(`chokepoint: ${said}`, `  fix: ${hint}`);
  return status;
}

/** A fault of ours: all that helps to find it is shown. */
function tellFault(error: unknown): number {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tellText(stack);
  tell(
    'chokepoint: this is a fault in Chokepoint itself',
    asTyped(
      '  fix: report it with the lines above, the command, and what `chokepoint --version` and `chokepoint doctor` say',
    ),
  );
  return MACHINE_CANNOT;
}

const WRONG_USAGE = 2;
const MACHINE_CANNOT = 3;
const NUMBERS: ReadonlyMap<string, string> = new Map(getSystemErrorMap().values());
const UNKNOWN = 'see whether what is named is there and can be used, and try again';
const MAKE_ROOM = 'make room there, or name a folder elsewhere with --out or TMPDIR';
const GIVE_RIGHT = 'let your user read and write it (chmod, umask), or name another';
const OTHER_NAME = 'name another file or folder';
const MORE_FILES = 'raise the limit: ulimit -n 1024';
const LESS_WORK = 'end other programs, or raise the limits of this one (ulimit -a)';

/** What each means, how to mend it, and the exit status: 2 where another name would do, 3 where the machine has to be mended. */
const REFUSALS: Readonly<Record<string, readonly [means: string, hint: string, status: number]>> = {
  ENOSPC: ['no space is left', MAKE_ROOM, MACHINE_CANNOT],
  EDQUOT: ['no space is left in your quota', MAKE_ROOM, MACHINE_CANNOT],
  EFBIG: ['the file would be too large', MAKE_ROOM, MACHINE_CANNOT],
  EROFS: ['the file system can only be read', MAKE_ROOM, MACHINE_CANNOT],
  EIO: ['the device failed', MAKE_ROOM, MACHINE_CANNOT],
  EMFILE: ['too many files are open in this process', MORE_FILES, MACHINE_CANNOT],
  ENFILE: ['too many files are open on this machine', LESS_WORK, MACHINE_CANNOT],
  ENOMEM: ['no memory is left', LESS_WORK, MACHINE_CANNOT],
  EAGAIN: ['no process or thread more can be started', LESS_WORK, MACHINE_CANNOT],
  EACCES: ['you may not do that', GIVE_RIGHT, WRONG_USAGE],
  EPERM: ['you may not do that', GIVE_RIGHT, WRONG_USAGE],
  ENOENT: ['there is no such file or folder', OTHER_NAME, WRONG_USAGE],
  ENOTDIR: ['a part of the path is no folder', OTHER_NAME, WRONG_USAGE],
  EISDIR: ['this is a folder; expected a file', OTHER_NAME, WRONG_USAGE],
  EEXIST: ['this is there already', OTHER_NAME, WRONG_USAGE],
  ENOTEMPTY: ['the folder is not empty', OTHER_NAME, WRONG_USAGE],
  ENAMETOOLONG: ['the name is too long', OTHER_NAME, WRONG_USAGE],
  ELOOP: ['symbolic links lead in a circle', OTHER_NAME, WRONG_USAGE],
  E2BIG: ['the command line is too long', 'give fewer arguments', WRONG_USAGE],
  ERR_FS_FILE_TOO_LARGE: ['the file is too large to be read at once', OTHER_NAME, WRONG_USAGE],
  ERR_STRING_TOO_LONG: ['a text is too long to be held in memory', OTHER_NAME, WRONG_USAGE],
};
