import { writeSync } from 'node:fs';

/** Columns of the terminal; 100 where there is none, or it does not tell. */
export function terminalWidth(): number {
  return process.stdout.columns || Number(process.env['COLUMNS']) || 100;
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}

/** A line on stderr, beside the results. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A line that is written over on a terminal, and a line each elsewhere; on stderr, so that results stay alone. */
export function progress(text: string): void {
  if (!process.stderr.isTTY) {
    process.stderr.write(`${text}\n`);
    return;
  }
  const width = process.stderr.columns || 80;
  process.stderr.write(`\r\u001b[K${text.slice(0, width - 1)}`);
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
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

/** Writes to stdout at once, however much it is: nothing gathers in memory while a reader is slow. */
export function writeOut(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(0); // `chokepoint replay … | head`
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
