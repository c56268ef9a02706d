import { expect } from 'vitest';
import type { Finished, Place } from './cli.ts';

/** Text that moves a cursor, rings, turns the writing round, hides itself, and begins a line of its own. */
export const HOSTILE_TEXT =
  'x\u001b[2J\u001b]0;pwned\u0007\u0000\b\u007f\u009b31m\u0085\u202e\u2066\u200b\u2028\ufeff\r\nforged: line\ty';
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** An escape of an escape. */
const TWICE = /\\\\u[0-9a-f]{4}/;

/** Runs a command, which may let nothing through that a terminal obeys or a reader does not see. */
export async function expectHarmless(
  place: Place,
  args: readonly string[],
  options?: Parameters<Place['run']>[1],
): Promise<Finished> {
  const done = await (options ? place.run(args, options) : place.runLoaded(args));
  const { stdout, stderr } = done;
  // Lines of CSV end in CRLF.
  expect([args, OBEYED.exec(stdout.replaceAll('\r\n', '\n'))]).toEqual([args, null]);
  expect([args, OBEYED.exec(stderr)]).toEqual([args, null]);
  expect(`${stdout}\n${stderr}`).not.toMatch(/^forged/m);
  expect(stderr).not.toMatch(/^ {4}at /m);
  // In JSON, a text that has an escape has its backslash escaped.
  if (!args.includes('--json'))
    expect([args, `${stdout}\n${stderr}`]).toEqual([args, expect.not.stringMatching(TWICE)]);
  return done;
}
