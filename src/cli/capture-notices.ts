import { counted } from '../base/counted.ts';
import type { Truncation } from '../dataplane/capture/capture-source.ts';
import type { Model } from '../policy/model.ts';
import type { OddTimes } from '../replay/capture-clock.ts';
import type { PacketFaults } from '../replay/packet-faults.ts';
import type { UnreadCounts } from '../replay/unread.ts';
import { tell } from './terminal.ts';

/* What every reader of a capture must say of it, on stderr. */

export function tellCut(cut: number): void {
  if (cut > 0)
    tell(
      `${counted(cut, 'packet was', 'packets were')} cut by a snapshot length; what is missing was not read`,
    );
}

export function tellOddTimes({ impossible, backwards }: OddTimes): void {
  if (impossible > 0) {
    tell(
      `${counted(impossible, 'packet has a time', 'packets have times')} that no calendar holds: each counts as of the first or the last moment that one can hold`,
    );
  }
  if (backwards > 0) {
    tell(
      `${counted(backwards, 'packet is', 'packets are')} dated before packets that came earlier: each counts as of the latest time so far`,
    );
  }
}

/** By kind, the commonest first. */
export function tellUnread(unread: UnreadCounts, packets: number): void {
  const kinds = Object.entries(unread).sort(([, one], [, other]) => other - one);
  if (kinds.length === 0) return;
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const texts = kinds.map(([kind, count]) => `${count} ${kind}`);
  tell(
    `${total} of ${counted(packets, 'packet')} ${total === 1 ? 'was' : 'were'} not read: ${texts.join(', ')}`,
  );
}

/** Says how many packets an endpoint would doubt, and what was made of them: by a censor's model, or without one. */
export function tellFaults(faults: PacketFaults, model: Model | undefined): void {
  const { ipChecksum, tcpChecksum, udpChecksum, otherVersions } = faults;
  tellChecksums(ipChecksum, 'IPv4 header', knob('ip_checksum', model?.validate.ipChecksum));
  tellChecksums(tcpChecksum, 'TCP', knob('tcp_checksum', model?.validate.tcpChecksum));
  tellChecksums(udpChecksum, 'UDP', 'read all the same');
  if (otherVersions > 0) {
    const which = model === undefined ? 'read as Linux keeps them' : versionRead(model);
    tell(
      `${counted(otherVersions, 'segment has', 'segments have')} other bytes than earlier ones in the same place: ${which}`,
    );
  }
}

/** Says what a capture lacks, although one end said that it has come. */
export function tellGaps(gaps: number): void {
  if (gaps > 0)
    tell(
      `${counted(gaps, 'gap')}: bytes that were acknowledged are not in the capture; reading went on at what begins behind them`,
    );
}

function tellChecksums(count: number, what: string, made: string): void {
  if (count > 0)
    tell(`${counted(count, 'packet has', 'packets have')} a wrong ${what} checksum: ${made}`);
}

function knob(name: string, isChecked: boolean | undefined): string {
  if (isChecked === undefined)
    return 'read all the same: the card of the host that captured may write it later';
  return `${isChecked ? 'not believed' : 'read all the same'} (validate.${name}: ${isChecked})`;
}

function versionRead({ stream: { mode, overlap } }: Model): string {
  if (mode === 'packet' || mode === 'first-payload') {
    return `each segment is read alone (stream.mode: ${mode})`;
  }
  return `${KEPT[overlap]} (stream.overlap: ${overlap})`;
}

const KEPT: Readonly<Record<Model['stream']['overlap'], string>> = {
  first: 'the first is kept',
  last: 'the last is kept',
  linux: 'what Linux keeps is read',
  windows: 'what Windows keeps is read',
  strict: 'the segment is not read',
};

/** What is there was processed; that it is not all is a failure. */
export function tellTruncation(
  file: string,
  { truncation, packets }: { truncation: Truncation | undefined; packets: number },
): void {
  if (truncation === undefined) return;
  const { offset, missing } = truncation;
  tell(
    `${file}: at byte ${offset}: the file ends in mid-packet, at least ${counted(missing, 'byte is', 'bytes are')} missing`,
  );
  tell(`  the ${counted(packets, 'packet before was', 'packets before were')} processed`);
  process.exitCode = 1;
}
