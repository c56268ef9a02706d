/**
 * The receiving end of one direction of a TCP connection, by its definition: the set of positions that have arrived.
 * Positions count from `first`, the first sequence number there is.
 */
export class Receiver {
  readonly #first: number;
  readonly #arrived = new Set<number>();
  #next = 0;

  constructor(first: number) {
    this.#first = first;
  }

  /** RCV.NXT, unsigned as on the wire. */
  get next(): number {
    return (this.#first + this.#next) >>> 0;
  }

  /** Separate ranges that arrived beyond RCV.NXT; so many gaps there are. */
  get gapCount(): number {
    const beyond = [...this.#arrived].filter((position) => position > this.#next);
    return beyond.filter((position) => !this.#arrived.has(position - 1)).length;
  }

  take(seq: number, length: number): void {
    const from = (seq - this.#first) | 0;
    for (let i = 0; i < length; i++) this.#arrived.add(from + i);
    while (this.#arrived.has(this.#next)) this.#next++;
  }
}
