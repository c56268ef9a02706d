/**
 * What a Linux socket makes of segments: `tcp_data_queue` and `tcp_data_queue_ofo` of net/ipv4/tcp_input.c. The next segment is
 * cut on its left and goes first; of those that came early and overlap, the one that begins earlier counts, and of two that
 * begin together the longer one.
 */
export class LinuxReceiveQueue {
  /** RCV.NXT, signed. */
  next: number;
  readonly #early: Early[] = [];

  constructor(next: number) {
    this.next = next;
  }

  /** The bytes that are now in order. */
  take(seq: number, bytes: Buffer): Buffer {
    const ahead = (seq - this.next) | 0;
    if (ahead > 0) {
      this.#keep(seq, bytes);
      return Buffer.alloc(0);
    }
    const ready = [this.#advance(seq, bytes)];
    for (let first = this.#early[0]; first !== undefined; first = this.#early[0]) {
      if (((first.seq - this.next) | 0) > 0) break;
      this.#early.shift();
      ready.push(this.#advance(first.seq, first.bytes));
    }
    return Buffer.concat(ready);
  }

  #advance(seq: number, bytes: Buffer): Buffer {
    const fresh = bytes.subarray(Math.min(bytes.length, (this.next - seq) | 0));
    this.next = (this.next + fresh.length) | 0;
    return fresh;
  }

  #keep(seq: number, bytes: Buffer): void {
    const from = (seq - this.next) | 0;
    const end = from + bytes.length;
    const at = (early: Early): number => (early.seq - this.next) | 0;
    const endOf = (early: Early): number => at(early) + early.bytes.length;
    if (this.#early.some((early) => at(early) <= from && endOf(early) >= end)) return;
    const others = this.#early.filter((early) => at(early) < from || endOf(early) > end);
    const index = others.findIndex((early) => at(early) > from);
    others.splice(index < 0 ? others.length : index, 0, { seq, bytes });
    this.#early.splice(0, this.#early.length, ...others);
  }
}

interface Early {
  readonly seq: number;
  readonly bytes: Buffer;
}
