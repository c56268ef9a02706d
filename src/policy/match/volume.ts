import type { Matcher } from './matcher.ts';

/** A flow has carried more than so many bytes of payload, or segments with payload; either way alone or both together. */
export interface VolumePattern {
  readonly bytesOver?: number | undefined;
  readonly packetsOver?: number | undefined;
  readonly of: 'to-server' | 'to-client' | 'both';
}

export function volume({ bytesOver, packetsOver, of }: VolumePattern): Matcher {
  return {
    observes: 'volume',
    matches: (seen) => {
      if (seen.flow === undefined) return false;
      const { toServer, toClient } = seen.flow;
      const sum = (there: number, back: number): number =>
        of === 'both' ? there + back : of === 'to-server' ? there : back;
      const bytes = sum(toServer.payloadBytes, toClient.payloadBytes);
      const packets = sum(toServer.payloads, toClient.payloads);
      const isOver =
        (bytesOver !== undefined && bytes > bytesOver) ||
        (packetsOver !== undefined && packets > packetsOver);
      if (isOver) seen.text = `${bytes} bytes, ${packets} packets`;
      return isOver;
    },
  };
}
