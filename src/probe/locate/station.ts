import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseAddress } from '../../base/address.ts';
import { ChokepointError } from '../../base/errors.ts';
import { openPacketSender, type PacketSender } from '../../dataplane/raw-socket.ts';
import type { Envelope } from '../../wire/build.ts';
import { interfaceTowards } from './route.ts';
import { Tap } from './tap.ts';

/** Where a measurement is made from: crafted packets leave here, and all that comes back is seen. */
export interface Station {
  readonly own: string;
  readonly tap: Tap;
  readonly sender: PacketSender;
  /** One that nothing was sent from yet. */
  nextPort(): number;
}

/** On the interface by which `target` is reached; for the length of `use`. */
export async function withStation<T>(
  target: string,
  use: (station: Station) => Promise<T>,
): Promise<T> {
  const sender = await openPacketSender();
  try {
    const interfaceName = interfaceTowards(target);
    if (interfaceName === undefined) {
      throw new ChokepointError('MACHINE_CANNOT', `there is no route to ${target}`);
    }
    const own = await ownAddressTowards(target);
    return await use({ own, tap: Tap.on(interfaceName, own), sender, nextPort });
  } finally {
    sender.close();
  }
}

/** The headers from which a packet of this host is built; only addresses and ports count. */
export function envelopeOf(
  own: string,
  srcPort: number,
  to: { readonly address: string; readonly port: number },
): Envelope {
  const bytes = new Uint8Array(ETHERNET_LENGTH + 20);
  const [ipAt, srcAt] = [ETHERNET_LENGTH, ETHERNET_LENGTH + 12];
  bytes.set(parseAddress(own) as Uint8Array, srcAt);
  bytes.set(parseAddress(to.address) as Uint8Array, srcAt + 4);
  const dstAt = srcAt + 4;
  return { bytes, frameAt: 0, ipAt, ipVersion: 4, srcAt, dstAt, srcPort, dstPort: to.port };
}

/** The packet in a frame that was built from such headers. */
export function packetIn(frame: Uint8Array): Buffer {
  return Buffer.from(frame.subarray(ETHERNET_LENGTH));
}

/** Asks the kernel's routes; nothing is sent. */
async function ownAddressTowards(target: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.connect(9, target);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/** Below those that Linux hands out by itself. */
function nextPort(): number {
  port = port >= LAST_PORT ? FIRST_PORT : port + 1;
  return port;
}

const ETHERNET_LENGTH = 14;
const FIRST_PORT = 10_000;
const LAST_PORT = 29_999;
/** Begins anywhere: what another process did before may still be remembered. */
let port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
