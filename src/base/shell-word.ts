/** A text as one word of a command that people copy into a shell (POSIX.1-2017, 2.2.2). */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Not `~`, which stands for a home, nor `=`, before which zsh looks for a command. */
const PLAIN = /^[A-Za-z0-9./:@_%+,-]+$/;
