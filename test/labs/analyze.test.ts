import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';
import { handshake, keys, NAME, SITE } from '../support/measured.ts';
import { measurement } from '../support/measurement.ts';

const BLOCKED = JSON.stringify({
  ...{ test_name: 'web_connectivity', input: `https://${NAME}/` },
  test_keys: {
    ...keys({ tls_handshakes: [handshake({ failure: 'connection_reset' })], requests: [] }),
    ...{ blocking: false, accessible: true },
  },
});
const WHY = `TLS handshake with ${SITE}:443 for ${NAME}: connection_reset; the control completed it`;

test('`analyze` prints the verdict, the reasons, and what the file says otherwise', async () => {
  const place = openPlace();
  place.write('m.jsonl', `${BLOCKED}\n`);
  const shown = await place.run(['analyze', 'm.jsonl'], { env: { COLUMNS: '80' } });
  expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    /^m\.jsonl:1: https:\/\/www\.example\.org\/\n {2}blocking "http-failure"/,
  );
  expect(shown.stdout.replace(/\s+/g, ' ')).toContain(`- ${WHY} `);
  expect(shown.stdout).toContain('  ! the file says blocking false, accessible true\n');
  expect(shown.stdout).toMatch(
    /\n1 measurement, 1 analysed, 0 lines not readable, 1 differs from the verdict in the file\n$/,
  );
  expect(
    Math.max(
      ...shown.stdout
        .split('\n')
        .slice(0, -2)
        .map(({ length }) => length),
    ),
  ).toBeLessThanOrEqual(80);
  await place.expectLeft('m.jsonl');
});

test('`analyze --json` prints a line for each measurement, and what the file says beside it', async () => {
  const place = openPlace();
  const sni = JSON.stringify(measurement('sni_blocking'));
  const lines = `${BLOCKED}\n${JSON.stringify(measurement('tcpping'))}\n${sni}\n`;
  const { stdout, stderr, exitCode } = await place.run(['analyze', '--json', '-'], {
    input: gzipSync(lines),
  });
  expect(exitCode).toBe(0);
  const printed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(printed).toEqual([
    {
      input: `https://${NAME}/`,
      ...{ dns_consistency: 'consistent', blocking: 'http-failure', accessible: false },
      ...{ http_experiment_failure: 'connection_reset', blocking_flags: 4, dns_flags: 0 },
      ...{ null_null_flags: 0, reasons: expect.arrayContaining([WHY]), file: 'stdin', line: 1 },
      ...{ recorded: { blocking: false, accessible: true }, differs: ['blocking', 'accessible'] },
    },
    {
      ...{ input: 'https://example.org/', test_name: 'sni_blocking' },
      ...{ result: 'interference.reset', file: 'stdin', line: 3 },
    },
  ]);
  expect(stderr).toBe(
    'stdin:2: skipped, a measurement of tcpping\n' +
      '3 measurements, 1 analysed, 0 lines not readable, 1 differs from the verdict in the file\n',
  );
});

test('`analyze` tells what it cannot read, analyses the rest, and exits with 2', async () => {
  const place = openPlace();
  place.write('m.jsonl', `${BLOCKED}\n{"test_name":}\n${BLOCKED}\n`);
  const { stdout, stderr, exitCode } = await place.run(['analyze', 'missing', 'm.jsonl']);
  expect(exitCode).toBe(2);
  expect(stdout).toContain('2 measurements, 2 analysed, 2 lines not readable, 2 differ');
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^missing: no such file; expected /),
    'm.jsonl:2:14: not JSON: found "}"; expected a value',
    '',
  ]);
});

test('of a thousand lines that cannot be read twenty are told, and the rest counted', async () => {
  const place = openPlace();
  place.write('m.jsonl', `${BLOCKED}\n${'x\n'.repeat(1000)}`);
  const { stderr, exitCode } = await place.run(['analyze', 'm.jsonl']);
  expect(exitCode).toBe(2);
  expect(stderr.trim().split('\n')).toHaveLength(21);
  expect(stderr).toMatch(/\nm\.jsonl: and 980 more\n$/);
});
