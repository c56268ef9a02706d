import type { Reading } from '../flow/flow.ts';
import type { RequestKind } from './message-reader.ts';

/** Which requests of a connection have no answer yet, so that it is known which answers have a body. */
export class Exchange implements Reading {
  #requests = 0;
  #answers = 0;
  /** Where in its stream the last of them began: a message that is read again counts once. */
  #requestAt = -1;
  #answerAt = -1;
  /** Of requests other than most: their number, and whether it is CONNECT. */
  readonly #odd: number[] = [];

  noteRequest(kind: RequestKind, at: number): void {
    if (at <= this.#requestAt) return;
    this.#requestAt = at;
    if (kind !== 'other' && this.#odd.length < MOST_ODD) {
      this.#odd.push(2 * this.#requests + (kind === 'connect' ? 1 : 0));
    }
    this.#requests++;
  }

  /** The request that the next answer is to. */
  get answered(): RequestKind | 'unknown' {
    if (this.#answers >= this.#requests) return 'unknown';
    const odd = this.#odd[0];
    if (odd === undefined || odd >> 1 !== this.#answers) return 'other';
    return (odd & 1) === 1 ? 'connect' : 'head';
  }

  noteAnswer(at: number): void {
    if (at <= this.#answerAt || this.#answers >= this.#requests) return;
    this.#answerAt = at;
    const odd = this.#odd[0];
    if (odd !== undefined && odd >> 1 === this.#answers) this.#odd.shift();
    this.#answers++;
  }

  close(): void {
    this.#odd.length = 0;
  }
}

/** A surrogate: a client that has so many unanswered HEADs is not read right. */
const MOST_ODD = 64;
