import type { Millis } from '../base/units.ts';
import type { Carrier } from './carrier.ts';
import { type Packet, parseAsSent } from './packet.ts';

/**
 * Whether what a client's wire shows of a connection is what a strategy says that it does: `undefined` if it is, otherwise what is
 * missing. It is an account of its own, which knows nothing of how the strategy makes its packets, and it goes by what the client sent
 * up to the end of its request: an attempt that a box cut short has its shape all the same.
 */
export type Shape = (wire: readonly WirePacket[], facts: ShapeFacts) => string | undefined;

/** A packet on the client's own wire, beyond what rewrites its packets; `packet` has its lies (`parseAsSent`). */
export interface WirePacket {
  readonly way: 'out' | 'in';
  readonly time: Millis;
  readonly packet: Packet;
}

export interface ShapeFacts {
  /** The name that is asked for, as it is spelt; what the strategy was told to look for. */
  readonly name: string;
  /** What the strategy was given. */
  readonly dyingTtl: number;
  readonly carrier: Carrier;
  /** Of the resolver that the provider names; without it, a shape takes any resolver for another. */
  readonly ownResolver?: string | undefined;
}

/** All packets of one connection that can be read, the client's and what came to it, in order. */
export function wireOf(
  frames: readonly {
    readonly way: 'out' | 'in';
    readonly time: Millis;
    readonly frame: Uint8Array;
  }[],
): WirePacket[] {
  return frames.flatMap(({ way, time, frame }) => {
    const packet = parseAsSent(frame);
    return packet === undefined ? [] : [{ way, time, packet }];
  });
}

/** What the first of them misses that is not there. */
export function allOf(...shapes: readonly Shape[]): Shape {
  return (wire, facts) => {
    for (const shape of shapes) {
      const missing = shape(wire, facts);
      if (missing !== undefined) return missing;
    }
    return undefined;
  };
}

/** One of them is enough; what the last misses. */
export function anyOf(...shapes: readonly Shape[]): Shape {
  return (wire, facts) => {
    let missing: string | undefined;
    for (const shape of shapes) {
      missing = shape(wire, facts);
      if (missing === undefined) return undefined;
    }
    return missing;
  };
}

/** What is over a carrier of which nothing is said has not the shape. */
export function over(shapes: Partial<Readonly<Record<Carrier, Shape>>>): Shape {
  return (wire, facts) => {
    const shape = shapes[facts.carrier];
    return shape === undefined
      ? `a request over ${Object.keys(shapes).join(' or ')}`
      : shape(wire, facts);
  };
}
