import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from '../../src/ooni/json-fault.ts';
import { type Reading, readMeasurements } from '../../src/ooni/read.ts';
import { readMeasurement } from '../../src/ooni/recorded-measurement.ts';
import { findWrongKey } from '../../src/ooni/wrong-key.ts';
import { temporaryFile, temporaryFolder } from '../support/folder.ts';
import { measurement } from '../support/measurement.ts';

const GOOD = JSON.stringify(measurement());
const PRETTY = JSON.stringify(measurement(), undefined, 2);
const OTHER = JSON.stringify(measurement('tcpping'));
/** So much that gzip holds back the last ones; each differs from the others. */
const MANY = Array.from({ length: 300 }, (_, i) =>
  JSON.stringify({ ...measurement(), x_noise: createHash('sha512').update(`${i}`).digest('hex') }),
).join('\n');
const LINES = MANY.split('\n').map((_, i) => i + 1);

test.each([
  { claim: 'one line', bytes: GOOD, lines: [1] },
  { claim: 'a measurement a line', bytes: `${GOOD}\n${OTHER}\n${GOOD}\n`, lines: [1, 2, 3] },
  { claim: 'one over many lines', bytes: PRETTY, lines: [1] },
  { claim: 'several over many lines', bytes: `${PRETTY}\n\n${PRETTY}\n`, lines: [1, 'second'] },
  { claim: 'lines that end in CRLF', bytes: `${GOOD}\r\n${GOOD}\r\n`, lines: [1, 2] },
  { claim: 'many lines that end in CRLF', bytes: PRETTY.replaceAll('\n', '\r\n'), lines: [1] },
  { claim: 'empty lines between', bytes: `\n\n${GOOD}\n \n${GOOD}`, lines: [3, 5] },
  { claim: 'a BOM before', bytes: `\ufeff${GOOD}`, lines: [1] },
  { claim: 'a list on one line', bytes: `[${GOOD},${OTHER}]`, lines: [1, 1] },
  {
    claim: 'a list over many lines',
    bytes: JSON.stringify(
      [1, 2].map(() => measurement()),
      undefined,
      2,
    ),
    lines: [2, 'third'],
  },
  { claim: 'a list with an item a line', bytes: `[\n${GOOD},\n${OTHER}\n]\n`, lines: [2, 3] },
  {
    claim: 'a list that opens and ends with an item',
    bytes: `[${GOOD},\n${OTHER}]\n${GOOD}`,
    lines: [1, 2, 3],
  },
  {
    claim: 'a list of several items a line',
    bytes: `[${GOOD},${GOOD},\n${GOOD}]`,
    lines: [1, 1, 2],
  },
  { claim: 'gzip', bytes: gzipSync(`${GOOD}\n${GOOD}`), lines: [1, 2] },
  {
    claim: 'two gzip files in one',
    bytes: Buffer.concat([gzipSync(`${GOOD}\n`), gzipSync(GOOD)]),
    lines: [1, 2],
  },
  {
    claim: 'gzip with zeros behind it',
    bytes: Buffer.concat([gzipSync(`${GOOD}\n${GOOD}`), Buffer.alloc(40_000)]),
    lines: [1, 2],
  },
  { claim: 'one over many lines, with gzip', bytes: gzipSync(PRETTY), lines: [1] },
])('reads $claim', async ({ bytes, lines }) => {
  const length = PRETTY.split('\n').length;
  const placeOf: Readonly<Record<string, number>> = { second: length + 2, third: length + 2 };
  expect(await read(bytes)).toEqual(lines.map((line) => placeOf[line as string] ?? line));
});

test.each([
  { claim: 'nothing', bytes: '', want: ['F: found nothing; expected measurements as JSON'] },
  { claim: 'nothing but empty lines', bytes: '\n\r\n', want: ['F: found nothing; expected'] },
  {
    claim: 'a line that is no JSON, between others',
    bytes: `${GOOD}\n{"a":tru}\n${GOOD}`,
    want: [1, 'F:2:6: not JSON: found "tru}"; expected a value', 3],
  },
  {
    claim: 'a first line that ends too early',
    bytes: `${GOOD.slice(0, 100)}\n${GOOD}`,
    want: ['F:1:101: not JSON: found the end; expected', 2],
  },
  {
    claim: 'a last line that ends too early',
    bytes: `${GOOD}\n${GOOD.slice(0, 100)}`,
    want: [1, 'F:2:101: not JSON: found the end; expected'],
  },
  {
    claim: 'a line that ends too early, and one that is no JSON behind it',
    bytes: `${GOOD}\n{"a":[\nxyz\n${GOOD}`,
    want: [1, 'F:2:7: not JSON: found the end', 'F:3:1: not JSON: found "xyz"', 4],
  },
  {
    claim: 'a fault in one over many lines',
    bytes: PRETTY.replace('"probe_cc": "AZ"', '"probe_cc" "AZ"'),
    want: ['F:12:14: not JSON: found "\\"AZ\\",\\n  \\"probe_'],
  },
  {
    claim: 'a value that is no measurement',
    bytes: `[[]]\n3\n{"a":1}`,
    want: [
      'F:1: found a list of 0; expected a measurement, which has test_name',
      'F:2:1: found 3; expected a measurement',
      'F:3:1: found an object of 1 key; expected a measurement',
    ],
  },
  ...['null', '[null,\nnull\n]'].map((bytes) => ({
    claim: `null: ${bytes}`,
    bytes,
    want: bytes
      .split('\n')
      .slice(0, 2)
      .map(
        (_, i) =>
          `F:${i + 1}:${i === 0 && bytes !== 'null' ? 2 : 1}: found null; expected a measurement`,
      ),
  })),
  {
    claim: 'two equal keys behind a text of megabytes',
    bytes: `{"test_name":"other","body":"${'a\\n'.repeat(6e6)}","b":1,"b":2}\n${GOOD}`,
    want: ['F:1:18000038: found the key "b" a second time', 2],
  },
  {
    claim: 'a wrong type behind a text of megabytes',
    bytes: `{"body":"${'a'.repeat(1e7)}","test_name":"web_connectivity","test_keys":7}\n${GOOD}`,
    want: ['F:1:10000055: test_keys: expected an object; found 7', 2],
  },
  {
    claim: 'blanks by the hundred thousand',
    bytes: `[${OTHER},\n{"test_name":"other","t":"${' '.repeat(4e5)}x${' '.repeat(4e5)}"} ,${' '.repeat(4e5)}x]`,
    want: [1, 'F:2:'],
  },
  {
    claim: 'other bytes',
    bytes: Buffer.from('89504e470d0a1a0a0000000d', 'hex'),
    want: [
      'F:1:1: found bytes that are no text (89 50 4e 47 …); expected JSON',
      'F:2:1: not JSON',
      'F:3:1: found bytes that are no text',
    ],
  },
  {
    claim: 'a line of other bytes, between others',
    bytes: Buffer.concat([Buffer.from(`${GOOD}\n`), Buffer.from([0xff, 0x0a]), Buffer.from(GOOD)]),
    want: [1, 'F:2:1: found bytes that are no text (ff); expected', 3],
  },
  {
    claim: 'a first line of other bytes',
    bytes: Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from(`${GOOD}\n${GOOD}`)]),
    want: ['F:1:1: found bytes that are no text (ff); expected', 2, 3],
  },
  {
    claim: 'a first line with one byte that is not UTF-8',
    bytes: Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xe9]), Buffer.from(`"}\n${GOOD}`)]),
    want: ['F:1:7: found bytes that are no text (e9 22 7d); expected', 2],
  },
  {
    claim: 'a first line with NUL in it',
    bytes: `{"a":"\0"}\n${GOOD}`,
    want: ['F:1:7: found bytes that are no text (00 22 7d); expected', 2],
  },
  {
    claim: 'a first line that is too early at its end, in a list',
    bytes: `[\n${GOOD.slice(0, 100)},\n${GOOD},\n${GOOD}\n]`,
    want: ['F:2:', 3, 4],
  },
  {
    claim: 'a list without an end',
    bytes: `[\n${GOOD},\n${GOOD}\n`,
    want: [2, 3, 'F:1:1: not JSON: the list has no end'],
  },
  {
    claim: 'a list without an end whose last item has none either',
    bytes: ` ${'['.repeat(100_000)}`,
    want: ['F:1:100002: not JSON: found the end'],
  },
  {
    claim: 'a byte that is not UTF-8, behind a BOM and other letters',
    bytes: Buffer.concat([Buffer.from('\ufeff{"é":"'), Buffer.from([0xef]), Buffer.from('"} ')]),
    want: ['F:1:7: found bytes that are no text (ef 22 7d 20); expected'],
  },
  {
    claim: 'NUL at the end of a line',
    bytes: `${OTHER}\n${OTHER}\0`,
    want: [1, `F:2:${OTHER.length + 1}: found bytes that are no text (00); expected`],
  },
  {
    claim: 'a number beyond all numbers',
    bytes: GOOD.replace(/"port":443/, '"port":1e999'),
    want: [/^F:1:\d+: test_keys\.tcp_connect\[0\]\.port: expected a number; found Infinity$/],
  },
  {
    claim: 'UTF-16',
    bytes: Buffer.from(`\ufeff${GOOD}`, 'utf16le'),
    want: ['F:1: expected text in UTF-8; found UTF-16: convert'],
  },
  {
    claim: 'gzip without its end',
    bytes: gzipSync(`${GOOD}\n${GOOD}\n`).subarray(0, -12),
    want: [1, 'F: found gzip data, but its end is missing; what came before'],
  },
  {
    claim: 'gzip with other bytes behind it',
    bytes: Buffer.concat([gzipSync(MANY), Buffer.from('junk')]),
    want: [...LINES, 'F: found gzip data, but it is damaged (incorrect header check); what came'],
  },
  {
    claim: 'gzip with other bytes behind a line without an end',
    bytes: Buffer.concat([gzipSync(GOOD), Buffer.from('junk')]),
    want: [1, 'F: found gzip data, but it is damaged (incorrect header check); what came'],
  },
  ...[1, 40_000].map((zeros) => ({
    claim: `gzip with more gzip behind ${zeros} zero bytes`,
    bytes: Buffer.concat([gzipSync(MANY), Buffer.alloc(zeros), gzipSync(GOOD)]),
    want: [...LINES, 'F: found gzip data, but it is damaged (data behind zeros); what came'],
  })),
  {
    claim: 'gzip with a wrong checksum',
    bytes: Buffer.concat([gzipSync(MANY).subarray(0, -8), Buffer.alloc(8)]),
    want: [...LINES, 'F: found gzip data, but it is damaged (incorrect data check); what came'],
  },
  {
    claim: 'gzip with a wrong checksum, of one that is spread over lines',
    bytes: Buffer.concat([gzipSync(PRETTY.trimEnd()).subarray(0, -8), Buffer.alloc(8)]),
    want: [1, 'F: found gzip data, but it is damaged (incorrect data check); what came'],
  },
  {
    claim: 'gzip that is damaged',
    bytes: Buffer.concat([gzipSync(GOOD).subarray(0, 12), Buffer.alloc(64, 0xee)]),
    want: ['F: found gzip data, but it is damaged'],
  },
])('tells of $claim, and reads the rest', async ({ bytes, want }) => {
  const found = await read(bytes);
  expect(found).toHaveLength(want.length);
  for (const [i, one] of want.entries()) {
    if (typeof one === 'string') expect(found[i]).toContain(one);
    else if (one instanceof RegExp) expect(found[i]).toMatch(one);
    else expect(found[i]).toEqual(one);
  }
});

test.each([
  {
    path: ['queries', 0, 'answers'],
    value: 'x',
    want: 'test_keys.queries[0].answers: expected a list; found "x"',
  },
  {
    path: ['tcp_connect', 0, 'status', 'failure'],
    value: 7,
    want: 'test_keys.tcp_connect[0].status.failure: expected a text or false; found 7',
  },
  {
    path: ['control'],
    value: [],
    want: 'test_keys.control: expected an object; found a list of 0',
  },
  {
    path: ['control', 'tcp_connect', '198.18.3.2:443', 'failure'],
    value: {},
    want: 'test_keys.control.tcp_connect["198.18.3.2:443"].failure: expected a text or false; found an object of 0 keys',
  },
  {
    path: ['blocking'],
    value: 1,
    want: 'test_keys.blocking: expected a text or true or false; found 1',
  },
])('a wrong type is told by its path, at its column: $want', async ({ path, value, want }) => {
  const textWith = (one: unknown): string => {
    const wrong: unknown = measurement();
    let at = wrong;
    for (const key of ['test_keys', ...path.slice(0, -1)]) at = (at as Tree)[key];
    (at as Tree)[path.at(-1) as string] = one;
    return JSON.stringify(wrong);
  };
  const column = textWith(MARK).indexOf(JSON.stringify(MARK)) + 1;
  expect(await read(textWith(value))).toEqual([`F:1:${column}: ${want}`]);
});

const MARK = 'the wrong one';

test.each([
  'queries',
  'tcp_connect',
  'queries[0].answers',
  'queries[0].tags',
  'control.tcp_connect',
])(
  'of a million wrong items in %s the first are told, and no memory is taken for the others',
  async (place) => {
    const items = place.startsWith('control')
      ? `{${Array.from({ length: 1e6 }, (_, i) => `"${i}":1`).join()}}`
      : `[${'1,'.repeat(1e6)}1]`;
    const wrong = place
      .split(/[.[]/)
      .reduceRight((value, key) => (key === '0]' ? `[${value}]` : `{"${key}":${value}}`), items);
    const value = JSON.parse(`{"test_name":"web_connectivity","test_keys":${wrong}}`) as unknown;
    gc?.();
    const before = process.memoryUsage().heapUsed;
    const result = readMeasurement(value);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300e6);
    const problems = 'problems' in result ? result.problems : [];
    expect(problems.map(({ message }) => message)).toEqual([
      ...[0, 1, 2, 3, 4].map((i) =>
        expect.stringContaining(
          `test_keys.${place}${place.startsWith('control') ? `.${i}` : `[${i}]`}: `,
        ),
      ),
      'and more',
    ]);
  },
);

test('what is missing is told where its object begins, in a measurement spread over lines too', async () => {
  const text =
    '{"test_name":"web_connectivity","test_keys":{"tcp_connect":[\n  {"ip":"192.0.2.1"}]}}';
  expect((await read(text)).slice(0, 1)).toEqual([
    expect.stringMatching(/^F:2:3: test_keys\.tcp_connect\[0\]\./),
  ]);
});

test('test_keys that are not there are told', async () => {
  const { test_keys, ...rest } = measurement();
  expect(await read(JSON.stringify({ ...rest, test_keys: null }))).toEqual([
    expect.stringMatching(/^F:1:\d+: test_keys: expected an object; found null$/),
  ]);
});

test('of sni_blocking the result is read, of other tests their name', async () => {
  const file = temporaryFile(`${JSON.stringify(measurement('sni_blocking'))}\n${OTHER}`);
  const readings = await all(file);
  expect(readings.map((one) => one.kind === 'measurement' && one.measurement)).toEqual([
    { test: 'sni_blocking', input: 'https://example.org/', result: 'interference.reset' },
    { test: 'other', input: 'https://example.org/', name: 'tcpping' },
  ]);
});

test('of a run folder measurements.jsonl is read', async () => {
  const folder = temporaryFolder();
  expect(placesOf(await all(folder), folder)).toEqual([
    'F: a folder without measurements.jsonl; expected a run folder, or a file',
  ]);
  mkdirSync(join(folder, 'run'));
  const file = join(folder, 'run', 'measurements.jsonl');
  writeFileSync(file, GOOD);
  expect(await all(join(folder, 'run'))).toMatchObject([{ file, line: 1 }]);
});

test('of a folder whose file cannot be opened the file is told', async () => {
  const folder = temporaryFolder();
  symlinkSync('measurements.jsonl', join(folder, 'measurements.jsonl'));
  expect(placesOf(await all(folder), folder)).toEqual([
    'F/measurements.jsonl: found a link that leads to itself; expected a file',
  ]);
});

test('a file that is not there is told', async () => {
  expect(placesOf(await all('/nowhere/m.jsonl'), '/nowhere/m.jsonl')).toEqual([
    'F: no such file; expected one with measurements, a run folder, or - for standard input',
  ]);
});

test.each(['/dev/zero', '/dev/full', '/dev/null'])('%s is refused, not read', async (device) => {
  expect(placesOf(await all(device), device)).toEqual([
    'F: found a device; expected a file or a pipe',
  ]);
});

test('JSON of a million brackets is read or refused like any other', async () => {
  const deep = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`;
  const inside = GOOD.replace('"annotations":', `"x_deep":${deep(1e6)},"annotations":`);
  const open = `${GOOD}\n{"a":${'['.repeat(1e6)}\n${GOOD}`;
  expect(await read(inside)).toEqual([1]);
  expect(await read(open)).toEqual([1, expect.stringContaining('F:2:1000006: not JSON'), 3]);
});

test('a fault is found wherever JSON is cut off or changed, and what is before it could go on', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '}', ']', '"', ',', ':', '\\', '\n', 'x'),
      (text, n, by) => {
        const at = n % text.length;
        const changed = by === '' ? text.slice(0, at) : text.slice(0, at) + by + text.slice(at + 1);
        fc.pre(!isJson(changed));
        const { offset, found, expected } = findJsonFault(changed);
        expect(offset).toBeLessThanOrEqual(changed.length);
        expect(findJsonFault(changed.slice(0, offset)).offset).toBe(offset);
        expect(found === 'the end').toBe(offset === changed.length);
        expect(expected).not.toBe('');
      },
    ),
    { numRuns: 2000 },
  );
});

test('any bytes are read to their end', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'm');
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(GOOD, '{', '}', '\n', '\n', '"', '\\', '[', ']')
      .map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.boolean(), async (pieces, isZipped) => {
      const bytes = Buffer.concat(pieces);
      writeFileSync(file, isZipped ? gzipSync(bytes) : bytes);
      expect((await all(file)).length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

type Tree = Record<PropertyKey, unknown>;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The lines of measurements, and of problems what is told, with `F` for the file. */
async function read(bytes: string | Uint8Array): Promise<(number | string)[]> {
  const file = temporaryFile(bytes, 'm');
  return placesOf(await all(file), file);
}

function placesOf(readings: readonly Reading[], file: string): (number | string)[] {
  return readings.flatMap((one): (number | string)[] =>
    one.kind === 'measurement' ? [one.line] : one.messages.map((text) => text.replace(file, 'F')),
  );
}

async function all(file: string): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const reading of readMeasurements(file)) readings.push(reading);
  return readings;
}

test.each([
  ['{"__proto__":1}', 2],
  ['{"a":[{"b":{"c":1,"\\u005f_proto__":{"d":1}}}]}', 19],
])(
  'a key __proto__, which readers would drop, is told with its place: %s',
  async (text, column) => {
    const file = temporaryFile(`${text}\n${GOOD}`);
    const readings = [];
    for await (const reading of readMeasurements(file)) readings.push(reading);
    const wrong = 'found the key "__proto__", which no object can have; expected another name';
    expect(readings[0]).toEqual({ kind: 'problem', messages: [`${file}:1:${column}: ${wrong}`] });
    expect(readings.slice(1)).toMatchObject([{ kind: 'measurement' }]);
  },
);

test.each([
  ['{"input":"a","input":"b"}', 1, 14, 'input'],
  ['[{"a":1},{"a":{"b":"}","c":":","b":2}}]', 1, 32, 'b'],
  ['{\n  "a": 1,\n  "b": "\\"a\\":",\n  "\\u0061": 2\n}', 4, 3, 'a'],
])(
  'a key that an object has twice is told with its place, and neither value counts: %s',
  async (text, line, column, key) => {
    const file = temporaryFile(`${text}\n${GOOD}`);
    const readings = [];
    for await (const reading of readMeasurements(file)) readings.push(reading);
    const wrong = `found the key "${key}" a second time in one object; expected each once`;
    expect(readings[0]).toEqual({
      kind: 'problem',
      messages: [`${file}:${line}:${column}: ${wrong}`],
    });
    expect(readings.slice(1)).toMatchObject([{ kind: 'measurement' }]);
  },
);

test('no key is told to repeat in what is written with each once, whatever the texts', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!text.includes('"__proto__":')); // which is told, wherever it is
      expect(findWrongKey(text, JSON.parse(text))).toBeUndefined();
    }),
  );
});

test('a date that is none has its place in a measurement that is spread over lines too', async () => {
  const file = temporaryFile(
    '{\n  "test_name": "x",\n  "measurement_start_time":\n    "2020-02-30 00:00:00"\n}',
  );
  const [reading] = await all(file);
  expect(reading).toHaveProperty(
    'wrongDate',
    `${file}:4:5: measurement_start_time: found "2020-02-30 00:00:00"; expected a date as YYYY-MM-DD hh:mm:ss, in UTC`,
  );
});
