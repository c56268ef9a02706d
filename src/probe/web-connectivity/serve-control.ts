import { isBogon } from '../../ooni/bogon.ts';
import { parseNetwork } from '../../ooni/network.ts';
import type { ControlRequest, ControlResponse } from '../../ooni/test-keys.ts';
import { asnOf, requireLab } from '../lab-facts.ts';
import { measureControl } from './control.ts';

/** Answers a probe's question, from where this process runs. */
export function serveControl(request: ControlRequest): Promise<ControlResponse> {
  const networks = requireLab().publicNetworks.flatMap((text) => parseNetwork(text) ?? []);
  return measureControl(request, asnOf, (address) => isBogon(address, networks));
}
