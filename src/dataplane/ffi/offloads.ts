import { closeDescriptor, interfaceIoctl, openSocket } from './libc.ts';

/**
 * Switches off everything that lets the kernel merge, split or leave unsummed what an interface of the calling
 * thread's network namespace carries, and reads it back. Returns the names of those that stayed on.
 *
 * By ETHTOOL_SFEATURES: the older single-flag commands all answer "done" and still leave, on Linux 6.18,
 * tx-tcp-accecn-segmentation on.
 */
export function switchOffOffloads(interfaceName: string): string[] {
  const fd = openSocket(AF_INET, SOCK_DGRAM, 0);
  try {
    const names = featureNames(fd, interfaceName);
    const unwanted = names.map(isOffload);
    requestOff(fd, interfaceName, unwanted);
    const active = activeFeatures(fd, interfaceName, names.length);
    return names.filter((_, i) => unwanted[i] === true && active[i] === true);
  } finally {
    closeDescriptor(fd);
  }
}

function isOffload(name: string): boolean {
  return /checksum|scatter-gather|segmentation|gso|gro|lro/.test(name);
}

function featureNames(fd: number, interfaceName: string): string[] {
  const info = command(fd, interfaceName, GSSET_INFO, 24, (view) => {
    view.setUint32(8, 1 << SET_FEATURES, true);
  });
  const count = info.getUint32(16, true);
  const strings = command(fd, interfaceName, GSTRINGS, 12 + count * NAME_LENGTH, (view) => {
    view.setUint32(4, SET_FEATURES, true);
    view.setUint32(8, count, true);
  });
  const bytes = Buffer.from(strings.buffer);
  return Array.from({ length: count }, (_, i) => {
    const at = 12 + i * NAME_LENGTH;
    const text = bytes.toString('latin1', at, at + NAME_LENGTH);
    return text.slice(0, text.indexOf('\0'));
  });
}

function requestOff(fd: number, interfaceName: string, unwanted: readonly boolean[]): void {
  const blocks = blockCount(unwanted.length);
  command(fd, interfaceName, SFEATURES, 8 + blocks * 8, (view) => {
    view.setUint32(4, blocks, true);
    unwanted.forEach((off, i) => {
      const at = 8 + (i >>> 5) * 8;
      if (off) view.setUint32(at, view.getUint32(at, true) | (1 << (i & 31)), true);
    });
  });
}

function activeFeatures(fd: number, interfaceName: string, count: number): boolean[] {
  const blocks = blockCount(count);
  const view = command(fd, interfaceName, GFEATURES, 8 + blocks * 16, (request) => {
    request.setUint32(4, blocks, true);
  });
  return Array.from({ length: count }, (_, i) => {
    const active = view.getUint32(8 + (i >>> 5) * 16 + 8, true);
    return (active & (1 << (i & 31))) !== 0;
  });
}

function command(
  fd: number,
  interfaceName: string,
  request: { readonly name: string; readonly number: number },
  length: number,
  fill: (view: DataView) => void,
): DataView {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, request.number, true);
  fill(view);
  interfaceIoctl(fd, { name: request.name, number: SIOCETHTOOL }, interfaceName, bytes);
  return view;
}

function blockCount(features: number): number {
  return Math.ceil(features / 32);
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCETHTOOL = 0x8946;
const SET_FEATURES = 4;
const NAME_LENGTH = 32;
const GSTRINGS = { name: 'ETHTOOL_GSTRINGS', number: 0x1b };
const GSSET_INFO = { name: 'ETHTOOL_GSSET_INFO', number: 0x37 };
const GFEATURES = { name: 'ETHTOOL_GFEATURES', number: 0x3a };
const SFEATURES = { name: 'ETHTOOL_SFEATURES', number: 0x3b };
