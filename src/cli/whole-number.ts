import { ChokepointError } from '../base/errors.ts';

/** Of a flag, within bounds; nothing if the flag was not given. */
export function wholeNumber(
  flag: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new ChokepointError(
    'USAGE',
    `${flag}: expected a whole number from ${least} to ${most}; found "${text}"`,
    { hint: `write it as ${flag} ${least}` },
  );
}
