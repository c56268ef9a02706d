/** Numbers of chance that follow from a seed; the same for the same seed and stream. A draw allocates nothing. */
export class Draws {
  #state: number;

  /** Streams of one seed have nothing to do with each other. */
  constructor(seed: number, stream: number) {
    this.#state = mix((seed + Math.imul(stream + 1, GOLDEN)) | 0);
  }

  /** Any 32-bit integer, negative ones too, all alike. */
  next(): number {
    this.#state = (this.#state + GOLDEN) | 0;
    return mix(this.#state);
  }
}

/** As MurmurHash3 mixes its last: each bit of the number changes half of the result's. */
function mix(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** 2^32 over the golden ratio, odd: steps of it reach every state. */
const GOLDEN = 0x9e3779b9;
