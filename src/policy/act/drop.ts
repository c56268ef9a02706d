import { Silence } from './silence.ts';
import type { Plan, Trigger } from './trigger.ts';

/**
 * Drop the trigger, and what follows it in its direction with payload, so that sending it again does not help. A trigger
 * without payload, such as a SYN, is dropped each time. Datagrams that are messages of their own are dropped alone.
 */
export interface DropAction {
  readonly do: 'drop';
}

export function drop({ found, packet, direction }: Trigger): Plan {
  const isAlone = packet.isUdp && found.kind === 'dns.qname';
  const what = packet.isTcp && packet.payloadLength === 0 ? 'all' : 'payload';
  const sentence = isAlone ? undefined : new Silence(direction, what);
  return { original: 'drop', packets: [], sentence };
}
