import type { Observation } from './observation.ts';

/** How execa tells that a program did not end by itself. */
interface Ended {
  readonly code?: string | undefined;
  readonly shortMessage?: string | undefined;
}

/** The observation of a probe whose program did not run; `fix` is the command that installs it. */
export function notRun(
  { code, shortMessage }: Ended,
  program: string,
  fix: string | undefined,
): Observation {
  // EACCES: there is a file of that name, but nobody may run it.
  const isMissing = code === 'ENOENT' || code === 'EACCES';
  const missing = `${program} is not installed${fix === undefined ? '' : ` (${fix})`}`;
  const skipped = isMissing ? missing : (shortMessage ?? `${program} did not run`);
  return { failure: null, says: '', skipped };
}
