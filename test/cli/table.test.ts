import { expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';

const lines = [
  ['b.example', 'AS20', { failure: 'connection_reset' }],
  ['a.example', 'AS3', { failure: null }],
  ['a.example', 'AS20', { blocking: 'dns', accessible: false }],
  ['a.example', 'AS20', { blocking: 'dns', accessible: false }],
] as const;

const FILE = lines
  .map(([name, probe_asn, test_keys]) =>
    JSON.stringify({ test_name: 'urlgetter', input: `https://${name}/`, probe_asn, test_keys }),
  )
  .join('\n');

test('table lays measurements out in order, whatever the order they come in', async () => {
  const place = openPlace();
  place.write('all.jsonl', FILE);
  const args = ['table', 'all.jsonl', '--rows', 'domain', '--columns', 'probe_asn'];
  const { stdout, exitCode } = await place.run(args);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'domain    AS3 AS20',
    'a.example ✓   a2',
    'b.example     ✂',
  ]);
  const csv = await place.runLoaded([...args, '--csv']);
  expect(csv.stdout).toBe('domain,AS3,AS20\r\na.example,ok,dns\r\nb.example,,connection_reset\r\n');
  const json = await place.runLoaded([...args, '--json', '--where', 'probe_asn=AS3']);
  expect(JSON.parse(json.stdout)).toEqual({
    ...{ rowKey: 'domain', columnKey: 'probe_asn', rows: ['a.example'], columns: ['AS3'] },
    cells: [[{ ok: 1 }]],
  });
});

test('measurements that have no place in a table are counted', async () => {
  const place = openPlace();
  const pinged = { tcp_connect: { ip: '192.0.2.1', status: { failure: null } } };
  const ping = { test_name: 'tcpping', probe_asn: 'AS3', test_keys: { pings: [pinged] } };
  place.write('all.jsonl', `${FILE}\n${JSON.stringify(ping)}\n`);
  const args = ['table', 'all.jsonl', '--rows', 'ip', '--columns', 'probe_asn'];
  const { stdout, stderr, exitCode } = await place.run(args);
  expect(stdout).toContain('192.0.2.1 ✓');
  expect(stderr).toBe('4 of 5 measurements have no ip, and no place in the table\n');
  expect(exitCode).toBe(0);
});

test('a table takes memory for its cells, not for measurements', async () => {
  const place = openPlace();
  const line = '{"test_name":"x","input":"a","probe_asn":"AS3","test_keys":{"failure":null}}\n';
  place.write('many.jsonl', line.repeat(100_000));
  const args = ['table', 'many.jsonl', '--rows', 'domain', '--columns', 'probe_asn', '--json'];
  const env = { NODE_OPTIONS: '--max-old-space-size=48' };
  const { stdout, exitCode } = await place.run(args, { env });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ cells: [[{ ok: 100_000 }]] });
});

test('what cannot be read is told, and the rest is in the table', async () => {
  const place = openPlace();
  place.write('half.jsonl', `${FILE}\n{"input": \n`);
  const args = ['table', 'half.jsonl', '--rows', 'domain', '--columns', 'probe_asn'];
  const { stdout, stderr, exitCode } = await place.run(args);
  expect(stdout).toContain('a.example');
  expect(stderr).toContain('half.jsonl:5:');
  expect(exitCode).toBe(2);
});

test.each([
  [['--where', 'AZ'], /--where: expected KEY=VALUE; found "AZ"/],
  [
    ['--where', 'probe_cc=XX'],
    /none of 4 measurements has both domain and probe_asn, and probe_cc=XX/,
  ],
])('%j is told to be wrong', async (more, complaint) => {
  const place = openPlace();
  place.write('all.jsonl', FILE);
  const args = ['table', 'all.jsonl', '--rows', 'domain', '--columns', 'probe_asn', ...more];
  const { stderr, exitCode } = await place.run(args);
  expect(stderr).toMatch(complaint);
  expect(exitCode).toBe(2);
});

test('a date that is none is told with its place, by table and analyze, and the rest is done', async () => {
  const place = openPlace();
  const dated = (time: unknown) =>
    `{"test_name":"web_connectivity","measurement_start_time": ${JSON.stringify(time)},"probe_cc":"AZ","test_keys":{}}`;
  const nested = '{"annotations":{"measurement_start_time":"x"},"test_name":"web_connectivity",';
  const lines = [
    dated('2020-02-29 00:00:00'),
    dated('2020-02-30 00:00:00'),
    dated(-1),
    `${nested}"measurement_start_time":"","probe_cc":"AZ","test_keys":{}}`,
    `[${dated('9999-99-99 99:99:99')}]`,
  ];
  place.write('dates.jsonl', lines.join('\n'));
  const expected = 'expected a date as YYYY-MM-DD hh:mm:ss, in UTC';
  const told = [
    `2:59: measurement_start_time: found "2020-02-30 00:00:00"; ${expected}`,
    `3:59: measurement_start_time: found -1; ${expected}`,
    `4:103: measurement_start_time: found ""; ${expected}`,
    `5: measurement_start_time: found "9999-99-99 99:99:99"; ${expected}`,
  ].map((text) => `dates.jsonl:${text}`);
  const args = ['table', 'dates.jsonl', '--columns', 'probe_cc', '--csv', '--rows'];
  const byDate = await place.runLoaded([...args, 'date']);
  expect(byDate.stdout).toBe('date,AZ\r\n2020-02-29,unknown\r\n');
  expect(byDate.stderr.trimEnd().split('\n')).toEqual(told.map((text) => `${text}; left out`));
  expect(byDate.exitCode).toBe(2);
  const byTest = await place.runLoaded([...args, 'test_name']);
  expect(byTest).toMatchObject({ stderr: '', exitCode: 0 });
  const analysis = await place.runLoaded(['analyze', 'dates.jsonl']);
  expect(analysis.stdout).toContain('5 measurements, 5 analysed, 0 lines not readable');
  expect(analysis.stderr.trimEnd().split('\n')).toEqual(
    told.map((text) => `${text}; passed over, as no verdict rests on it`),
  );
  expect(analysis.exitCode).toBe(0);
});
