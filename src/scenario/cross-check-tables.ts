import { type Problem, refer, within } from './problem.ts';
import type { Scenario } from './schema.ts';
import { labelsIn, tells } from './table-labels.ts';
import type { TableSpec } from './table-schema.ts';

/** Tables of things that are not there, and tables that would always be empty. */
export function impossibleTables(scenario: Scenario): Problem[] {
  return Object.entries(scenario.tables ?? {}).flatMap(([id, table]) => {
    const problems = [...unknownInCount(table, scenario), ...untoldKeys(table)];
    return within(['tables', id], problems.length > 0 ? problems : emptyTable(table, scenario));
  });
}

function unknownInCount({ count = {} }: TableSpec, { networks, expect }: Scenario): Problem[] {
  const claims = expect.map(({ claim }) => claim);
  return [
    ...(count.networks ?? []).flatMap((name, i) =>
      refer(['count', 'networks', i], name, Object.keys(networks), 'a network'),
    ),
    ...(count.claims ?? []).flatMap((claim, i) =>
      claims.includes(claim)
        ? []
        : [
            {
              path: ['count', 'claims', i],
              message: `expected a claim of \`expect\`, word for word; found "${claim}"`,
            },
          ],
    ),
  ];
}

function untoldKeys({ rows, columns, count = {} }: TableSpec): Problem[] {
  if (rows === columns) {
    const message = `expected something else than the rows are; found "${columns}" again`;
    return [{ path: ['columns'], message }];
  }
  return (count.probes ?? []).flatMap((probe, i) =>
    [rows, columns]
      .filter((key) => !tells(probe, key))
      .map((key) => ({
        path: ['count', 'probes', i],
        message: `a probe ${probe} does not tell the ${key} that the table is made of; leave it out`,
      })),
  );
}

function emptyTable(table: TableSpec, scenario: Scenario): Problem[] {
  const isFilled = scenario.expect.some((row) =>
    row.from.some((from) =>
      row.urls.some((url) => labelsIn(table, { ...row, from, url }, scenario) !== undefined),
    ),
  );
  if (isFilled) return [];
  const message = `no measurement of \`expect\` has a ${table.rows} and a ${table.columns} and is counted; expected one at least`;
  return [{ path: table.count === undefined ? ['rows'] : ['count'], message }];
}
