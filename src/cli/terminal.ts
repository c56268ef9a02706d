import { writeSync } from 'node:fs';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { bounded, harmless, harmlessJson, showable, shown } from '../base/showable.ts';
import { cutText } from '../report/text-width.ts';

/*
 * All that is printed goes through here. What files, packets and programs of others say is made showable before it is laid out, so
 * that it can neither move the cursor nor begin a line of its own, and no renderer has to think of it.
 */

/** Columns of the terminal; 100 where there is none, or it does not tell. */
export function terminalWidth(): number {
  return process.stdout.columns || Number(process.env['COLUMNS']) || 100;
}

/** Prints what `render` makes of these values, every text in them showable and bounded. */
export function print<Values extends readonly [unknown, ...unknown[]]>(
  render: (...values: Values) => string,
  ...values: Values
): void {
  writeOut(`${harmless(render(...shown(values)))}\n`);
}

/** A text for programs, such as CSV, as it is: its maker has to make each text in it showable. */
export function printText(text: string): void {
  writeOut(harmless(text));
}

/** Prints lines, each made showable. */
export function printLines(...lines: readonly string[]): void {
  writeOut(lines.map(oneLine).join(''));
}

function oneLine(text: string): string {
  return `${showable(bounded(text, LONGEST_LINE))}\n`;
}

/** Of one line, in bytes; a text of others in it is mostly shorter. */
const LONGEST_LINE = 4000;

/** With all of every text, on several lines. */
export function printJson(value: unknown): void {
  writeOut(`${harmlessJson(JSON.stringify(value, undefined, 2))}\n`);
}

/** With all of every text, on one line. */
export function printJsonLine(value: unknown): void {
  writeOut(`${jsonLine(value)}\n`);
}

export function jsonLine(value: unknown): string {
  return harmlessJson(JSON.stringify(value));
}

/** Lines on stderr, beside the results; each made showable. */
export function tell(...lines: readonly string[]): void {
  writeErr(lines.map(oneLine).join(''));
}

/** What is meant for people already, such as the message of an error, on stderr: its lines are its own. */
export function tellText(text: string): void {
  writeErr(`${harmless(text)}\n`);
}

/** A line that is written over on a terminal, and a line each elsewhere; on stderr, so that results stay alone. */
export function progress(text: string): void {
  const line = showable(bounded(text, LONGEST_LINE));
  if (!process.stderr.isTTY) {
    writeErr(`${line}\n`);
    return;
  }
  const width = process.stderr.columns || 80;
  writeErr(`\r\u001b[K${cutText(line, width - 1)[0]}`);
}

/** How much is done, to stand before a line of progress; nothing where that is not written over. */
export function progressBar(done: number, of: number): string {
  if (!process.stderr.isTTY) return '';
  const full = Math.round((BAR * done) / of);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} `;
}

const BAR = 20;

/** Takes the progress line off the terminal. */
export function endProgress(): void {
  if (process.stderr.isTTY) writeErr('\r\u001b[K');
}

/** For a command that owes no more than its output: it ends when nobody reads that any more, as in `chokepoint replay … | head`. */
export function endWithReader(): void {
  endsWithReader = true;
}

let endsWithReader = false;
let hasReader = true;

/**
 * Writes to stdout at once, however much it is: nothing gathers in memory while a reader is slow. When nobody reads any more, a
 * command goes on for the sake of its files and its exit status, unless it has neither.
 */
function writeOut(text: string): void {
  if (!hasReader) return;
  try {
    writeAll(1, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') {
      if (endsWithReader) process.exit();
      hasReader = false;
      return;
    }
    throw new ChokepointError(
      'OUTPUT_FAILED',
      `standard output cannot be written: ${messageOf(error)}`,
      { cause: error, hint: 'make room, or send the output elsewhere' },
    );
  }
}

/** What cannot be told to anybody is left out: the exit status says that something was. */
function writeErr(text: string): void {
  try {
    writeAll(2, text);
  } catch {
    // there is nowhere to say so
  }
}

function writeAll(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
