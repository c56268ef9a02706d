import { ChokepointError } from '../base/errors.ts';

/** The part of the untyped `raw-socket` package that is used here; it is compiled at install, so it may be absent. */
interface RawSocketModule {
  readonly SocketLevel: { readonly IPPROTO_IP: number };
  readonly SocketOption: { readonly IP_HDRINCL: number };
  createSocket(options: { readonly protocol: number }): RawSocket;
}

interface RawSocket {
  setOption(level: number, option: number, value: number): void;
  send(
    buffer: Buffer,
    offset: number,
    length: number,
    address: string,
    done: (error: Error | null) => void,
  ): void;
  on(event: 'error', listener: (error: Error) => void): void;
  close(): void;
}

/** Sends IPv4 packets as they are given, headers included; the kernel fills in a zero checksum of IP alone. */
export interface PacketSender {
  send(packet: Buffer, destination: string): Promise<void>;
  close(): void;
}

export async function loadRawSocket(): Promise<RawSocketModule | undefined> {
  try {
    const module: { default: RawSocketModule } = await import('raw-socket' as string);
    return module.default;
  } catch {
    return undefined; // not built on this machine; `doctor` says so
  }
}

export async function requireRawSocket(): Promise<RawSocketModule> {
  const raw = await loadRawSocket();
  if (raw !== undefined) return raw;
  throw new ChokepointError('MACHINE_CANNOT', 'the package raw-socket is not built', {
    hint: 'as root: apt-get install g++ make python3; then: npm rebuild raw-socket',
  });
}

/** Opens a raw socket in this process's network namespace; needs CAP_NET_RAW there, as every process of a lab has. */
export async function openPacketSender(): Promise<PacketSender> {
  const raw = await requireRawSocket();
  const socket = raw.createSocket({ protocol: IPPROTO_RAW });
  socket.setOption(raw.SocketLevel.IPPROTO_IP, raw.SocketOption.IP_HDRINCL, 1);
  return {
    send: (packet, destination) =>
      new Promise((resolve, reject) => {
        socket.send(packet, 0, packet.length, destination, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    close: () => socket.close(),
  };
}

const IPPROTO_RAW = 255;
