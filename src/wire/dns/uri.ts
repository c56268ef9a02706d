import { withoutBrackets } from '../../base/address.ts';

/** A question to a name server (RFC 4501), such as `dns:meydan.tv` or `dns://192.0.2.1/meydan.tv?type=AXFR`. */
export interface DnsUri {
  /** Whom to ask, by name or address; whoever is asked by default, if nobody. */
  readonly server: string | undefined;
  readonly name: string;
  readonly type: string;
}

/** Undefined for whatever else it is, a server's port among it. */
export function parseDnsUri(text: string): DnsUri | undefined {
  const [, server, name, type = 'A'] = SYNTAX.exec(text) ?? [];
  if (name === undefined || !TYPES.includes(type.toUpperCase())) return undefined;
  return { server: server && withoutBrackets(server), name, type: type.toUpperCase() };
}

const SYNTAX =
  /^dns:(?:\/\/([a-z0-9_.-]+|\[[0-9a-f:.]+\])?\/)?((?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?)(?:\?type=([a-z]+))?$/i;
const TYPES: readonly string[] = ['A', 'AAAA', 'NS', 'SOA', 'AXFR'];
