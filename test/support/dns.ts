import { encode, type OptAnswer, type Packet } from 'dns-packet';
import { ascii, concat } from './packets.ts';

/** A message as another program makes it; a query with RD and id 0x1234, unless said otherwise. */
export function dnsMessage(message: Packet): Uint8Array {
  const encoded = encode({ type: 'query', id: 0x1234, flags: 0x0100, ...message });
  return Uint8Array.from(encoded);
}

/** A query for an A record. */
export function dnsQuery(name: string): Uint8Array {
  return dnsMessage({ questions: [{ type: 'A', name }] });
}

/** What announces EDNS (RFC 6891 §6.1), to be put among the additional records. */
export const OPT: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

/** Labels with their lengths, and the root behind them: what a name is in a message. */
export function labels(...texts: readonly string[]): Uint8Array {
  const parts = texts.map((text) => concat(Uint8Array.of(text.length), ascii(text)));
  return concat(...parts, Uint8Array.of(0));
}
