import { parseEndpoint } from '../../base/address.ts';
import { asnOf } from '../lab-facts.ts';
import type { ProbeRequest } from '../observation.ts';
import { type Dialled, dial } from './dial.ts';
import { lookUp } from './lookup.ts';
import type { Surface } from './surface.ts';
import type { Leg, Trace } from './trace.ts';

/** Resolves with the machine's own resolver, then connects to the first address. */
export async function connectTo(
  trace: Trace,
  leg: Leg,
  { connect, host, ip, timeoutMs, split, localPort }: ProbeRequest,
  url: string,
  surface: Partial<Pick<Surface, 'first' | 'port'>> = {},
): Promise<Omit<Dialled, 'remote'> & { readonly remote?: string | undefined }> {
  const { hostname, port, protocol } = new URL(url);
  const found = await lookUp(trace, leg, connect ?? hostname, ip, asnOf, timeoutMs);
  const [address] = found.addresses;
  if (address === undefined) return { failure: found.failure, says: found.says };
  const endpoint = { address, port: surface.port ?? Number(port || DEFAULT_PORTS[protocol]) };
  const name = split === 'name' ? parseEndpoint(host ?? hostname).address : undefined;
  return dial(trace, leg, endpoint, { timeoutMs, split: name, localPort, first: surface.first });
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
