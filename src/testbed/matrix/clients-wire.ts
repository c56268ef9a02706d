import { u8, u16 } from '../../base/bytes.ts';
import type { Millis } from '../../base/units.ts';
import { CaptureReader } from '../../dataplane/capture/capture-reader.ts';

/** A packet on a client's own wire, as it left the client's host or came to it. */
export interface ClientFrame {
  readonly way: 'out' | 'in';
  /** Of the lab's calendar, Unix time. */
  readonly time: Millis;
  readonly frame: Uint8Array;
}

/** In the order of the file: of fragments a later one may come first. */
type Placed = ClientFrame & { readonly order: number };

/** The clients' own wires, beyond what rewrites their packets, by a capture that goes on being written; only of some ports. */
export class ClientsWire {
  readonly #file: string;
  readonly #isOfInterest: (port: number) => boolean;
  #reader: CaptureReader | undefined;
  readonly #byPort = new Map<number, Placed[]>();
  /** Of fragments, whose ports are in another: by version, way and identification. */
  readonly #portOf = new Map<string, number>();
  readonly #portless = new Map<string, Placed[]>();
  #count = 0;

  constructor(file: string, isOfInterest: (port: number) => boolean) {
    this.#file = file;
    this.#isOfInterest = isOfInterest;
  }

  /** What there has been from or to a client's port, in order; it is then forgotten. */
  take(port: number): readonly ClientFrame[] {
    this.#readOn();
    const frames = this.#byPort.get(port) ?? [];
    this.#byPort.delete(port);
    return frames.sort((a, b) => a.order - b.order);
  }

  close(): void {
    this.#reader?.close();
  }

  #readOn(): void {
    this.#reader ??= new CaptureReader(this.#file);
    const { packet } = this.#reader;
    // The reader goes on where the file had ended.
    while (this.#reader.next()) {
      const isOuter = packet.interfaceIndex % 2 === 1;
      if (!isOuter) continue;
      const frame = packet.bytes.slice(packet.at, packet.end);
      const way = packet.isCopy ? 'out' : 'in';
      this.#add({ way, time: packet.timeMs, frame, order: this.#count++ });
    }
  }

  #add(one: Placed): void {
    const place = transportOf(one.frame);
    if (place === undefined) return;
    const { at, fragment } = place;
    const key = fragment === undefined ? undefined : `${one.way} ${fragment.id}`;
    const port = fragment?.isLater
      ? this.#portOf.get(key as string)
      : u16(one.frame, at + (one.way === 'out' ? 0 : 2));
    if (port === undefined) {
      const waiting = this.#portless.get(key as string) ?? [];
      this.#portless.set(key as string, [...waiting, one]);
      return;
    }
    if (!this.#isOfInterest(port)) return;
    const frames = this.#byPort.get(port) ?? [];
    frames.push(one);
    this.#byPort.set(port, frames);
    if (key === undefined || fragment?.isLater) return;
    this.#portOf.set(key, port);
    frames.push(...(this.#portless.get(key) ?? []));
    this.#portless.delete(key);
  }
}

interface Transport {
  readonly at: number;
  readonly fragment: { readonly id: number; readonly isLater: boolean } | undefined;
}

/** Where the ports are, by the IP header alone: what lies about its length is looked at too. */
function transportOf(frame: Uint8Array): Transport | undefined {
  const etherType = u16(frame, 12);
  if (etherType === IPV4) {
    const bits = u16(frame, ETHERNET + 6);
    const protocol = u8(frame, ETHERNET + 9);
    if (!TRANSPORTS.includes(protocol)) return undefined;
    const isFragment = (bits & 0x3fff) !== 0;
    const at = ETHERNET + (u8(frame, ETHERNET) & 0x0f) * 4;
    const fragment = { id: u16(frame, ETHERNET + 4), isLater: (bits & 0x1fff) !== 0 };
    return isWithin(frame, at, isFragment ? fragment : undefined);
  }
  if (etherType !== IPV6) return undefined;
  let next = u8(frame, ETHERNET + 6);
  let at = ETHERNET + 40;
  let fragment: Transport['fragment'];
  while (EXTENSIONS.includes(next) && at + 8 <= frame.length) {
    const isFragment = next === FRAGMENT;
    if (isFragment) {
      fragment = { id: u16(frame, at + 6), isLater: (u16(frame, at + 2) & 0xfff8) !== 0 };
    }
    next = u8(frame, at);
    at += isFragment ? 8 : (u8(frame, at + 1) + 1) * 8;
  }
  return TRANSPORTS.includes(next) ? isWithin(frame, at, fragment) : undefined;
}

function isWithin(
  frame: Uint8Array,
  at: number,
  fragment: Transport['fragment'],
): Transport | undefined {
  return at + 4 <= frame.length ? { at, fragment } : undefined;
}

const ETHERNET = 14;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const TRANSPORTS: readonly number[] = [6, 17];
/** Hop-by-hop options, routing, fragment, destination options (RFC 8200 §4). */
const EXTENSIONS: readonly number[] = [0, 43, 44, 60];
const FRAGMENT = 44;
