import type { Millis } from '../../base/units.ts';
import { SECTION_HEADER } from './blocks.ts';
import { getU32 } from './byte-order.ts';
import { CaptureSource, type Truncation } from './capture-source.ts';
import { recogniseForeign } from './foreign-format.ts';
import { invalidCapture } from './invalid.ts';
import { PacketRecord } from './packet-record.ts';
import { isPcap, PcapFile } from './pcap-file.ts';
import { type BlockSink, PcapngFile } from './pcapng-file.ts';

/**
 * Reads the packets of a pcap or pcapng file one after the other, in memory of one fixed size whatever the file. A file
 * that is wrong is a `ChokepointError`; one that ends too early is read as far as it goes.
 */
export class CaptureReader {
  /** The packet that `next` found. It lies in the reader's memory, until `next` is called again. */
  readonly packet = new PacketRecord();
  readonly #source: CaptureSource;
  readonly #format: PcapFile | PcapngFile;

  /** `-` is standard input. Reading blocks where a pipe has nothing. */
  constructor(path: string, source = new CaptureSource(path)) {
    this.#source = source;
    try {
      this.#format = formatOf(this.#source);
    } catch (error) {
      this.#source.close();
      throw error;
    }
  }

  /** Waits for the file's header, where it comes through a pipe; then `waitForNext` does for packets. Undefined if aborted. */
  static async open(path: string, signal: AbortSignal): Promise<CaptureReader | undefined> {
    const source = new CaptureSource(path, true);
    while (!source.has(HEADER_LENGTH) && !source.isEnded && !signal.aborted) {
      await source.more(signal);
    }
    if (!signal.aborted) return new CaptureReader(path, source);
    source.close();
    return undefined;
  }

  /** The file comes through a pipe. */
  get isLive(): boolean {
    return this.#source.isLive;
  }

  /** As `next`, as far as no waiting is needed: undefined where `waitForMore` must be awaited first. */
  nextIfThere(): boolean | undefined {
    const source = this.#source;
    for (;;) {
      if (!source.has(this.#format.needed) && !source.isEnded) return undefined;
      const step = this.#format.step(this.packet);
      if (step === 'packet') this.packet.index++;
      if (step !== 'other') return step === 'packet';
    }
  }

  /** Ends when more of a pipe may be there, or nothing more will be, or `signal` is aborted, or after `limit` ms. */
  async waitForMore(signal: AbortSignal, limit: Millis): Promise<void> {
    await this.#source.more(signal, limit);
  }

  /** All packets are of one link type. */
  get hasOneLink(): boolean {
    return this.#format instanceof PcapFile;
  }

  /** For messages: the path, or `standard input`. */
  get file(): string {
    return this.#source.file;
  }

  /** Whether there is a further packet. Allocates nothing. */
  next(): boolean {
    if (!this.#format.next(this.packet)) return false;
    this.packet.index++;
    return true;
  }

  /** Once `next` has said no: where the file ends in the middle of something, if it does. */
  get truncation(): Truncation | undefined {
    return this.#source.truncation;
  }

  /**
   * Hands over whatever belongs into a pcapng copy of this file beside its packets, between them and in order: sections,
   * interfaces, names, secrets. To be called before the first `next`.
   */
  handOthersTo(sink: BlockSink): void {
    if (this.#format instanceof PcapngFile) this.#format.onOther = sink;
    else sink(this.#format.preamble, 0, this.#format.preamble.length);
  }

  close(): void {
    this.#source.close();
  }
}

function formatOf(source: CaptureSource): PcapFile | PcapngFile {
  const isLong = source.has(12);
  const magic = getU32(source.bytes, source.at, 'big');
  if (isPcap(magic)) return new PcapFile(source);
  if (magic === SECTION_HEADER && isLong) return new PcapngFile(source);
  source.has(LONGEST_LOOK);
  throw notCapture(source);
}

function notCapture(source: CaptureSource): Error {
  const head = source.bytes.slice(source.at, Math.min(source.end, source.at + LONGEST_LOOK));
  const foreign = recogniseForeign(head, source.file === 'standard input' ? 'FILE' : source.file);
  const first = Buffer.from(head.subarray(0, 8))
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return invalidCapture(source.place, {
    found: found(foreign?.name, first),
    expected: 'a pcap or pcapng file',
    hint: foreign?.hint ?? 'name a capture, as tcpdump, dumpcap or Wireshark write it',
  });
}

function found(name: string | undefined, first: string): string {
  if (first === '') return 'the end of an empty file';
  return name === undefined ? `bytes ${first}` : `${name} (bytes ${first})`;
}

const LONGEST_LOOK = 64;
/** Of a pcap file; a pcapng file's first block is longer. */
const HEADER_LENGTH = 24;
