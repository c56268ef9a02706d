import { copyBytes, putU16, u16 } from '../../base/bytes.ts';
import type { Millis } from '../../base/units.ts';
import type { Arena } from './arena.ts';
import {
  bind,
  closeDescriptor,
  flushRing,
  getSocketOption,
  interfaceIndex,
  openSocket,
  setSocketOption,
} from './libc.ts';

/**
 * Every frame that arrives at one interface, and a way to send frames from it: an AF_PACKET socket with TPACKET_V2 rings
 * (Linux Documentation/networking/packet_mmap.rst). Frames are read where the kernel put them; `take` gives their place.
 */
export class PacketRing {
  readonly fd: number;
  readonly bytes: Uint8Array;
  /** Of the frame `take` found; valid until `release`. */
  frameAt = 0;
  frameEnd = 0;
  /** Frames that do not fit an MTU of 1,500 bytes, or a slot. */
  oversized = 0;
  readonly #takesAll: boolean;
  readonly #words: Int32Array;
  readonly #rxAt: number;
  readonly #txAt: number;
  #rxSlot = 0;
  #txSlot = 0;
  #unsent = 0;

  /**
   * Opens the rings in the calling thread's network namespace and begins to receive. `shows` says whether frames that leave are taken,
   * too. `takes` says whether all that fit a slot are, or only those that could be sent on.
   */
  constructor(
    interfaceName: string,
    arena: Arena,
    shows: 'arriving' | 'both ways',
    takes: 'all' | 'sendable' = 'all',
  ) {
    this.#takesAll = takes === 'all';
    this.fd = openSocket(AF_PACKET, SOCK_RAW, 0);
    const outgoing = int32(shows === 'arriving' ? 1 : 0);
    setSocketOption(this.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, outgoing);
    for (const [option, value] of OPTIONS) setSocketOption(this.fd, SOL_PACKET, option, value);
    this.#rxAt = arena.claimRing(this.fd, RING_PAIR_LENGTH);
    this.#txAt = this.#rxAt + RING_LENGTH;
    this.bytes = arena.bytes;
    this.#words = arena.words;
    const index = interfaceIndex(interfaceName);
    // Receiving starts with bind: by then the rings are in place and no frame can be missed.
    bind(this.fd, linkLayerAddress(index));
    setSocketOption(this.fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous(index));
  }

  /** How many frames are there to be taken, up to `most`. */
  waiting(most: number): number {
    let count = 0;
    while (count < most) {
      const slot = (this.#rxSlot + count) % SLOT_COUNT;
      const word = (this.#rxAt + slot * SLOT_LENGTH) >>> 2;
      if ((Atomics.load(this.#words, word) & TP_STATUS_USER) === 0) break;
      count++;
    }
    return count;
  }

  /** True when a frame is waiting; `frameAt` and `frameEnd` then say where in `bytes`. */
  take(): boolean {
    for (;;) {
      const slotAt = this.#rxAt + this.#rxSlot * SLOT_LENGTH;
      const word = slotAt >>> 2;
      // A sequentially consistent load: on weakly ordered machines the frame must not be read before its status.
      const status = Atomics.load(this.#words, word);
      if ((status & TP_STATUS_USER) === 0) return false;
      const length = this.#words[word + 1] as number;
      const captured = this.#words[word + 2] as number;
      this.frameAt = slotAt + ((this.#words[word + 3] as number) & 0xffff);
      this.frameEnd = this.frameAt + captured;
      const isTagged = (status & TP_STATUS_VLAN_VALID) !== 0;
      if (isTagged) this.#putTagBack(status, this.#words[word + 6] as number);
      const isWanted = this.#takesAll || isSendable(this.bytes, this.frameAt, this.frameEnd);
      if (length === captured && isWanted) return true;
      this.oversized++;
      this.release();
    }
  }

  /** The kernel takes the outermost VLAN tag out of every frame. There is room before it: headers in a slot are aligned to 16. */
  #putTagBack(status: number, tag: number): void {
    const { bytes, frameAt } = this;
    this.frameAt -= VLAN_TAG_LENGTH;
    bytes.copyWithin(this.frameAt, frameAt, frameAt + MACS_LENGTH);
    const hasType = (status & TP_STATUS_VLAN_TPID_VALID) !== 0;
    putU16(bytes, this.frameAt + MACS_LENGTH, hasType ? tag >>> 16 : ETH_P_8021Q);
    putU16(bytes, this.frameAt + MACS_LENGTH + 2, tag & 0xffff);
  }

  /** When the kernel had the frame that `take` found, as Unix time in ms: no wait of this process is in it. */
  get takenAt(): Millis {
    const word = (this.#rxAt + this.#rxSlot * SLOT_LENGTH) >>> 2;
    const seconds = (this.#words[word + 4] as number) >>> 0;
    return seconds * 1000 + (this.#words[word + 5] as number) / 1e6;
  }

  /** Gives the slot of the frame that `take` found back to the kernel. */
  release(): void {
    const word = (this.#rxAt + this.#rxSlot * SLOT_LENGTH) >>> 2;
    Atomics.store(this.#words, word, TP_STATUS_KERNEL);
    this.#rxSlot = (this.#rxSlot + 1) % SLOT_COUNT;
  }

  /** True if the kernel sends such a frame from an interface with an MTU of 1,500 bytes; one that it does not send is counted. */
  fits(bytes: Uint8Array, at: number, end: number): boolean {
    if (isSendable(bytes, at, end)) return true;
    this.oversized++;
    return false;
  }

  /** Copies a frame that fits into the TX ring; false when the ring is full. It leaves with the next `flush`. */
  send(bytes: Uint8Array, at: number, end: number): boolean {
    const slotAt = this.#txAt + this.#txSlot * SLOT_LENGTH;
    const word = slotAt >>> 2;
    if (Atomics.load(this.#words, word) !== TP_STATUS_AVAILABLE) return false;
    copyBytes(this.bytes, slotAt + TX_DATA_AT, bytes, at, end);
    this.#words[word + 1] = end - at;
    Atomics.store(this.#words, word, TP_STATUS_SEND_REQUEST);
    this.#txSlot = (this.#txSlot + 1) % SLOT_COUNT;
    this.#unsent++;
    return true;
  }

  flush(): void {
    if (this.#unsent === 0) return;
    flushRing(this.fd);
    this.#unsent = 0;
  }

  /** Frames the kernel had no slot for since the last call. */
  missed(): number {
    const statistics = new Uint32Array(2);
    getSocketOption(this.fd, SOL_PACKET, PACKET_STATISTICS, new Uint8Array(statistics.buffer));
    return statistics[1] as number;
  }

  close(): void {
    closeDescriptor(this.fd);
  }
}

/**
 * An MTU of 1,500 bytes and an Ethernet header are as much as the kernel sends from a ring. It grants four bytes more to one kind of
 * VLAN tag alone (`packet_extra_vlan_len_allowed` of af_packet.c).
 */
function isSendable(bytes: Uint8Array, at: number, end: number): boolean {
  const isTagged = u16(bytes, at + MACS_LENGTH) === ETH_P_8021Q;
  return end - at <= (isTagged ? LONGEST_TAGGED : LONGEST_UNTAGGED);
}

function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

/** struct tpacket_req. */
function ringRequest(): Uint8Array {
  const blocks = RING_LENGTH / BLOCK_LENGTH;
  return new Uint8Array(new Uint32Array([BLOCK_LENGTH, blocks, SLOT_LENGTH, SLOT_COUNT]).buffer);
}

/** struct sockaddr_ll: family, protocol (network order), interface index, then zeros. */
function linkLayerAddress(index: number): Uint8Array {
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(index, 4);
  return address;
}

/** struct packet_mreq: interface index, type, address length, address. */
function promiscuous(index: number): Uint8Array {
  const request = Buffer.alloc(16);
  request.writeInt32LE(index, 0);
  request.writeUInt16LE(PACKET_MR_PROMISC, 4);
  return request;
}

const LONGEST_TAGGED = 1518;
const LONGEST_UNTAGGED = 1514;
const ETH_P_8021Q = 0x8100;
const VLAN_TAG_LENGTH = 4;
/** Both addresses of an Ethernet header. */
const MACS_LENGTH = 12;
/** A slot holds one such frame and its header. */
const SLOT_LENGTH = 2048;
const SLOT_COUNT = 4096;
/** Of either ring; a socket's RX ring is followed by its TX ring. */
const RING_LENGTH = SLOT_LENGTH * SLOT_COUNT;
export const RING_PAIR_LENGTH = RING_LENGTH * 2;
const BLOCK_LENGTH = 65_536;
/** TPACKET2_HDRLEN less struct sockaddr_ll, aligned to 16. */
const TX_DATA_AT = 32;

const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_ALL = 3;
const SOL_PACKET = 263;
const PACKET_MR_PROMISC = 1;
const TPACKET_V2 = 1;
const TP_STATUS_KERNEL = 0;
const TP_STATUS_USER = 1;
const TP_STATUS_VLAN_VALID = 0x10;
const TP_STATUS_VLAN_TPID_VALID = 0x40;
const TP_STATUS_AVAILABLE = 0;
const TP_STATUS_SEND_REQUEST = 1;
const PACKET_ADD_MEMBERSHIP = { name: 'PACKET_ADD_MEMBERSHIP', number: 1 };
/** A box's own frames are not shown to it. */
const PACKET_IGNORE_OUTGOING = { name: 'PACKET_IGNORE_OUTGOING', number: 23 };
const PACKET_STATISTICS = { name: 'PACKET_STATISTICS', number: 6 };

/**
 * In this order: the version before the rings. V2, not V3, whose blocks retire on a timer of at least 1 ms.
 * QDISC_BYPASS sends without a queue; LOSS skips a frame the driver refuses instead of stopping at it.
 */
const OPTIONS: readonly [{ readonly name: string; readonly number: number }, Uint8Array][] = [
  [{ name: 'PACKET_VERSION', number: 10 }, int32(TPACKET_V2)],
  [{ name: 'PACKET_QDISC_BYPASS', number: 20 }, int32(1)],
  [{ name: 'PACKET_LOSS', number: 14 }, int32(1)],
  [{ name: 'PACKET_RX_RING', number: 5 }, ringRequest()],
  [{ name: 'PACKET_TX_RING', number: 13 }, ringRequest()],
];
