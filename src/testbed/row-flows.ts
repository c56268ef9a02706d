import { parseEndpoint } from '../base/address.ts';
import type { IndexedFlow } from '../replay/flow-index.ts';
import { layoutOf } from '../scenario/layout.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { RowFlow, RowResult } from './rows.ts';
import { addressesOf } from './topology.ts';

/**
 * For each row, the flows that it made, as each box numbers them. A flow belongs to the row of its client that was running
 * when it began. Where several were, the row must have told its own end, or its server's; otherwise the flow is nobody's.
 */
export function flowsOfRows(
  scenario: Scenario,
  rows: readonly RowResult[],
  flows: readonly IndexedFlow[],
): RowFlow[][] {
  const layout = layoutOf(scenario);
  const hosts = addressesOf(layout);
  const found = rows.map((): RowFlow[] => []);
  for (const flow of flows) {
    const { address } = parseEndpoint(flow.client);
    const running = rows.flatMap((row, i) => {
      const { ipv4, ipv6 } = hosts[row.from] ?? {};
      const isFrom = address === ipv4 || address === ipv6;
      return isFrom && wasRunning(row, flow) ? [i] : [];
    });
    const owner = ownerOf(flow, running, rows);
    const box = layout.boxes[flow.box]?.id;
    if (owner !== undefined && box !== undefined) found[owner]?.push({ box, flow: flow.flow });
  }
  return found;
}

function wasRunning({ profile, span }: RowResult, flow: IndexedFlow): boolean {
  if (span === undefined || (flow.profile !== undefined && flow.profile !== profile)) return false;
  return Date.parse(span.from) <= flow.startedAt && flow.startedAt <= Date.parse(span.to);
}

function ownerOf(
  { client, server }: IndexedFlow,
  running: readonly number[],
  rows: readonly RowResult[],
): number | undefined {
  if (running.length === 1) return running[0];
  const only = (isIts: (seen: RowResult['observation']) => boolean): number | undefined => {
    const some = running.filter((i) => isIts((rows[i] as RowResult).observation));
    return some.length === 1 ? some[0] : undefined;
  };
  return (
    only(({ local, remote }) => local === client && (remote === undefined || remote === server)) ??
    only(({ local, remote }) => local === undefined && remote === server)
  );
}
