import { counted } from '../../base/counted.ts';
import type { Matcher } from './matcher.ts';

/** A flow has carried more than so many bytes of payload, or segments with payload; either way alone or both together. */
export interface VolumePattern {
  readonly bytesOver?: number | undefined;
  readonly packetsOver?: number | undefined;
  /** As the box sees the roles. */
  readonly of: 'to-server' | 'to-client' | 'both';
}

export function volume({ bytesOver, packetsOver, of }: VolumePattern): Matcher {
  return {
    observes: 'volume',
    matches: (seen) => {
      if (seen.flow === undefined) return false;
      const { isSwapped } = seen.flow;
      const toServer = isSwapped ? seen.flow.toClient : seen.flow.toServer;
      const toClient = isSwapped ? seen.flow.toServer : seen.flow.toClient;
      const sum = (there: number, back: number): number =>
        of === 'both' ? there + back : of === 'to-server' ? there : back;
      const bytes = sum(toServer.payloadBytes, toClient.payloadBytes);
      const packets = sum(toServer.payloads, toClient.payloads);
      const isOver =
        (bytesOver !== undefined && bytes > bytesOver) ||
        (packetsOver !== undefined && packets > packetsOver);
      if (isOver) seen.text = `${counted(bytes, 'byte')}, ${counted(packets, 'packet')}`;
      return isOver;
    },
  };
}
