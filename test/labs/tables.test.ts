import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPlace, scenarioThatExpects } from '../support/cli.ts';

const ROWS = `
  - { claim: a, probe: curl, urls: ["http://meydan.tv/", "http://example.org/"], see: { failure: null } }
  - { claim: b, negative_control: true, probe: curl, urls: ["http://example.org/"], connect: control, see: { failure: null } }
  - { claim: c, profiles: [in-order], probe: curl, urls: ["http://left.example/"], see: { failure: null } }
`;
const TABLES = `
tables:
  by-address:
    title: By address
    rows: domain
    columns: address
`;

test('run draws the tables of a scenario and writes them, of what was measured alone', async () => {
  const place = openPlace();
  place.write('a.yaml', `${scenarioThatExpects(ROWS)}${TABLES}`);
  const args = ['run', 'a.yaml', '--profile', 'packet', '--out', 'out'];
  // One is blocked, and `control` has no web server.
  const { exitCode, stdout } = await place.run(args, { env: { COLUMNS: '80' } });
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    [
      '',
      'By address',
      'domain      198.18.3.2 198.18.4.2',
      'meydan.tv   ✂',
      'example.org ✓          a',
      '✓ ok  ✂ connection_reset  a connection_refused  blank: not measured',
      '',
    ].join('\n'),
  );
  const read = (name: string): string => readFileSync(join(place.cwd, 'out', name), 'utf8');
  expect(read('tables/by-address.csv')).toBe(
    'domain,198.18.3.2,198.18.4.2\r\nmeydan.tv,connection_reset,\r\nexample.org,ok,connection_refused\r\n',
  );
  const { tables } = JSON.parse(read('summary.json')) as { tables: readonly object[] };
  expect(tables).toEqual([
    {
      id: 'by-address',
      title: 'By address',
      rowKey: 'domain',
      columnKey: 'address',
      rows: ['meydan.tv', 'example.org'],
      columns: ['198.18.3.2', '198.18.4.2'],
      cells: [
        [{ connection_reset: 1 }, null],
        [{ ok: 1 }, { connection_refused: 1 }],
      ],
    },
  ]);
});
