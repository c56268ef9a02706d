import { randomInt } from 'node:crypto';
import { ipChecksumHolds, tcpChecksumHolds, udpChecksumHolds } from '../wire/checksum.ts';
import type { PacketView } from '../wire/packet.ts';
import { SegmentVersions } from './segment-versions.ts';

/** How many packets of a capture have each fault that an endpoint, or a box, may not believe. */
export interface PacketFaults {
  readonly ipChecksum: number;
  readonly tcpChecksum: number;
  readonly udpChecksum: number;
  /** Segments that bring other bytes for sequence numbers whose bytes had come. */
  readonly otherVersions: number;
}

/** Counts faults in the innermost packets of frames. A cut packet has no checksum that can be known. */
export class PacketFaultCounter {
  readonly #versions = new SegmentVersions(randomInt(2 ** 32));
  #ipChecksum = 0;
  #tcpChecksum = 0;
  #udpChecksum = 0;
  #otherVersions = 0;

  get counts(): PacketFaults {
    return {
      ipChecksum: this.#ipChecksum,
      tcpChecksum: this.#tcpChecksum,
      udpChecksum: this.#udpChecksum,
      otherVersions: this.#otherVersions,
    };
  }

  /** Takes in a packet; whether it is another version of a segment. `sums`: whether its checksums must, and can, be computed. */
  take(packet: PacketView, sums: 'compute' | 'leave'): boolean {
    if (packet.ipVersion === 0 || packet.malformed !== undefined) return false;
    if (sums === 'compute') this.#checkSums(packet);
    const isOther = packet.isTcp && this.#versions.isOther(packet);
    if (isOther) this.#otherVersions++;
    return isOther;
  }

  /** The parts of a fragmented datagram do not hold all that its checksum is over. */
  #checkSums(packet: PacketView): void {
    const { isFragment, isTcp, isUdp, transportAt } = packet;
    if (!ipChecksumHolds(packet)) this.#ipChecksum++;
    if (isFragment) return;
    if (isTcp && !tcpChecksumHolds(packet, transportAt)) this.#tcpChecksum++;
    if (isUdp && !udpChecksumHolds(packet, transportAt)) this.#udpChecksum++;
  }
}
