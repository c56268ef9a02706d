#!/usr/bin/env node
import { writeSync } from 'node:fs';

/*
 * Loads the program, which is in many files. Where not all of them can be open at once, none of the code that tells failures is
 * loaded; so this file imports nothing of ours, and tells that failure itself.
 */

try {
  const { runCommandLine } = await import('./program.ts');
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
  const where = code === 'EMFILE' ? 'in this process' : 'on this machine';
  const fix = code === 'EMFILE' ? 'raise the limit: ulimit -n 1024' : 'end other programs';
  writeSync(2, `chokepoint: too many files are open ${where} (${code})\n  fix: ${fix}\n`);
  process.exitCode = 3;
}
