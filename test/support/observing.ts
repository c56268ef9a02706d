import { observe } from '../../src/replay/observe.ts';
import type { ObservedFlow } from '../../src/replay/observed-flow.ts';
import { type Captured, pcapFile } from './capture.ts';
import { temporaryFile } from './folder.ts';

/** What is observed in a capture of these frames, a millisecond apart. */
export function observed(...frames: readonly Uint8Array[]): ObservedFlow[] {
  return observedIn(frames.map((bytes, i) => ({ bytes, ticks: BigInt(i) * 1000n })));
}

export function observedIn(packets: readonly Captured[], linkType = 1): ObservedFlow[] {
  return observedInFile(pcapFile({ linkType }, packets));
}

export function observedInFile(file: Uint8Array): ObservedFlow[] {
  const flows: ObservedFlow[] = [];
  observe(temporaryFile(file), (flow) => flows.push(flow));
  return flows;
}

/** Of each flow, what there is of these. */
export function only<K extends keyof ObservedFlow>(
  flows: readonly ObservedFlow[],
  ...keys: readonly K[]
): Pick<ObservedFlow, K>[] {
  return flows.map((flow) => {
    const pairs = keys.map((key) => [key, flow[key]] as const);
    return Object.fromEntries(pairs) as Pick<ObservedFlow, K>;
  });
}
