import { tell } from './terminal.ts';

/** Tells what is wrong with the measurements of one file, on stderr: the first `MOST` of them, and how many more there are. */
export class FileProblems {
  readonly #file: string;
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(...messages: readonly string[]): void {
    this.#count++;
    if (this.#count <= MOST) tell(...messages);
  }

  /** The file was read to its end. */
  end(): void {
    if (this.#count > MOST) tell(`${this.#file}: and ${this.#count - MOST} more`);
  }
}

const MOST = 20;
