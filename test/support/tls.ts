import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, TLSSocket, type TlsOptions } from 'node:tls';
import { ascii, concat, hex } from './packets.ts';

/** A number of `size` bytes that says how many bytes follow, and these (RFC 8446 §3.4). */
export function vector(size: 1 | 2 | 3, contents: Uint8Array): Uint8Array {
  const { length } = contents;
  return concat(Uint8Array.of(length >>> 16, length >>> 8, length).slice(3 - size), contents);
}

export function u16s(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}

/** The values that lie in a range, two bytes each. */
export function readU16s(bytes: Uint8Array, at: number, end: number): number[] {
  const part = Buffer.from(bytes.slice(at, end));
  return Array.from({ length: part.length / 2 }, (_, i) => part.readUInt16BE(2 * i));
}

export function handshake(type: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type), vector(3, body));
}

/** A record of any type; `contents` is not looked at. */
export function record(type: number, contents: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type, 3, 3), vector(2, contents));
}

export type Extension = readonly [type: number, contents: Uint8Array];

export interface HelloFields {
  readonly version?: number;
  readonly sessionId?: Uint8Array;
  readonly ciphers?: readonly number[];
  readonly compressionMethods?: Uint8Array;
  /** None at all: the message ends behind the compression methods. */
  readonly extensions?: readonly Extension[] | undefined;
}

/** A ClientHello as a handshake message; its random is all 0x72. */
export function helloMessage(fields: HelloFields = {}): Uint8Array {
  const { version = 0x0303, sessionId = hex``, ciphers = [0x1301], extensions } = fields;
  const body = concat(
    u16s(version),
    new Uint8Array(32).fill(0x72),
    vector(1, sessionId),
    vector(2, u16s(...ciphers)),
    vector(1, fields.compressionMethods ?? hex`00`),
    extensions === undefined ? hex`` : extensionBlock(extensions),
  );
  return handshake(1, body);
}

export interface ServerFields {
  readonly version?: number;
  readonly random?: Uint8Array;
  readonly sessionId?: Uint8Array;
  readonly cipher?: number;
  readonly extensions?: readonly Extension[] | undefined;
}

/** A ServerHello as a handshake message; its random is all 0x72 unless given. */
export function serverHelloMessage(fields: ServerFields = {}): Uint8Array {
  const { version = 0x0303, sessionId = hex``, cipher = 0x1301, extensions } = fields;
  const body = concat(
    u16s(version),
    fields.random ?? new Uint8Array(32).fill(0x72),
    vector(1, sessionId),
    u16s(cipher),
    hex`00`,
    extensions === undefined ? hex`` : extensionBlock(extensions),
  );
  return handshake(2, body);
}

function extensionBlock(extensions: readonly Extension[]): Uint8Array {
  return vector(
    2,
    concat(...extensions.map(([type, contents]) => concat(u16s(type), vector(2, contents)))),
  );
}

export const extension = {
  serverName: (name: string): Extension => [0, vector(2, concat(hex`00`, vector(2, ascii(name))))],
  supportedGroups: (...groups: number[]): Extension => [10, vector(2, u16s(...groups))],
  ecPointFormats: (...formats: number[]): Extension => [11, vector(1, Uint8Array.from(formats))],
  signatureAlgorithms: (...schemes: number[]): Extension => [13, vector(2, u16s(...schemes))],
  alpn: (...protocols: Uint8Array[]): Extension => [
    16,
    vector(2, concat(...protocols.map((name) => vector(1, name)))),
  ],
  supportedVersions: (...versions: number[]): Extension => [43, vector(1, u16s(...versions))],
  keyShare: (group: number, key: Uint8Array): Extension => [
    51,
    vector(2, concat(u16s(group), vector(2, key))),
  ],
  empty: (type: number): Extension => [type, hex``],
} as const;

/** What the two ends of a TLS session of node:tls write; no socket is involved. */
export async function tlsSession(
  client: ConnectionOptions,
  server: TlsOptions,
): Promise<{ toServer: Uint8Array; toClient: Uint8Array }> {
  const [near, far] = [new Wire(), new Wire()];
  near.other = far;
  far.other = near;
  const serverEnd = new TLSSocket(far, { ...server, isServer: true });
  const clientEnd = connect({ ...client, socket: near, rejectUnauthorized: false });
  await new Promise<void>((resolve) => {
    clientEnd.on('secureConnect', resolve).on('error', () => resolve());
    serverEnd.on('error', () => resolve());
  });
  clientEnd.destroy();
  serverEnd.destroy();
  return { toServer: concat(...near.written), toClient: concat(...far.written) };
}

/** What node:tls writes first, as a record. */
export function firstFlight(options: ConnectionOptions): Uint8Array {
  const wire = new Wire();
  const socket = connect({ ...options, socket: wire });
  socket.on('error', () => undefined).destroy();
  return concat(...wire.written);
}

class Wire extends Duplex {
  readonly written: Uint8Array[] = [];
  other: Wire | undefined = undefined;

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    this.other?.push(chunk);
    done();
  }

  override _read(): void {
    // What the other end writes is pushed as it comes.
  }
}
