import type { Command } from 'commander';
import { ChokepointError } from '../base/errors.ts';

/** Refuses an empty name of a file or a folder, as of a shell's variable that is not set, before any work begins. */
export function requirePaths(command: Command): void {
  for (const option of command.options) {
    const kind = /<(file|folder)>/.exec(option.flags)?.[1];
    if (kind === undefined || command.getOptionValue(option.attributeName()) !== '') continue;
    throw new ChokepointError('USAGE', `${option.long}: expected the name of a ${kind}; found ""`, {
      hint: 'if it comes from a variable of the shell, see that it is set',
    });
  }
}
