import { readSync, writeSync } from 'node:fs';

/* How a process whose only thread belongs to the data path is told things: lines of stdin, read when there are some. */

export function answer(value: unknown): void {
  writeSync(STDOUT, `${JSON.stringify(value)}\n`);
}

/** The next line of stdin, without reading past it; undefined when stdin has ended. */
export function readLine(): string | undefined {
  const bytes: number[] = [];
  const one = Buffer.alloc(1);
  while (readSync(STDIN, one, 0, 1, null) === 1) {
    if (one[0] === NEWLINE) return Buffer.from(bytes).toString('utf8');
    bytes.push(one[0] as number);
  }
  return undefined;
}

export const STDIN = 0;
const STDOUT = 1;
const NEWLINE = 10;
