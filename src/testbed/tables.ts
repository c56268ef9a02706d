import { parseEndpoint } from '../base/address.ts';
import type { Observation, ProbeRequest } from '../probe/observation.ts';
import type { Scenario } from '../scenario/schema.ts';
import { labelsIn } from '../scenario/table-labels.ts';
import type { TableKey } from '../scenario/table-schema.ts';
import { type CrossTable, crossTable, type Outcomes, type Point } from './cross-table.ts';

/** A measurement that was made. */
export interface Measured {
  readonly claim: string;
  readonly from: string;
  readonly request: ProbeRequest;
  readonly observation: Observation;
}

/** A table that a scenario asks for, of what was measured. */
export interface ScenarioTable extends CrossTable {
  readonly id: string;
  readonly title: string;
  readonly rowKey: TableKey;
  readonly columnKey: TableKey;
}

/** All tables of a scenario. A row that was skipped, or did not come to its end, was not measured. */
export function tablesOf(scenario: Scenario, measured: readonly Measured[]): ScenarioTable[] {
  const made = measured.filter(
    ({ observation: { skipped, broken } }) => skipped === undefined && broken === undefined,
  );
  return Object.entries(scenario.tables ?? {}).map(([id, spec]) => {
    const points = made.flatMap((one): Point[] => {
      const { claim, from, request, observation } = one;
      const labels = labelsIn(spec, { claim, from, ...request }, scenario);
      const { remote } = observation;
      const all = labels && {
        ...labels,
        address: remote === undefined ? undefined : parseEndpoint(remote).address,
      };
      const [row, column] = [all?.[spec.rows], all?.[spec.columns]];
      if (row === undefined || column === undefined) return [];
      return [{ row, column, outcomes: outcomesOf(observation) }];
    });
    const { title, rows: rowKey, columns: columnKey } = spec;
    return { id, title, rowKey, columnKey, ...crossTable(points) };
  });
}

function outcomesOf({ failure, failures }: Observation): Outcomes {
  if (failures === undefined) return { [failure ?? 'ok']: 1 };
  const { none, ...failed } = failures;
  return none === undefined ? failed : { ok: none, ...failed };
}
