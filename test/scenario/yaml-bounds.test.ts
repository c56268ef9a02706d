import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';
import { scenarioOf } from '../support/scenarios.ts';

const PROGRAM = fileURLToPath(new URL('../programs/parse-hostile-yaml.ts', import.meta.url));

/* A megabyte of anchors, brackets or errors once took up to a gigabyte. */

test('a megabyte of whatever is costly in YAML takes little memory, and each is told in at most 21 lines with a place', async () => {
  const { stdout } = await execa(process.execPath, ['--import', 'tsx', PROGRAM]);
  const lines = stdout.split('\n').map((line) => JSON.parse(line));
  const { mebibytes } = lines.pop();
  expect(lines.length).toBe(15);
  for (const { kind, says, lines: count } of lines) {
    expect([kind, says]).toEqual([kind, expect.stringMatching(/^x\.yaml:\d+:\d+: /)]);
    expect(count).toBeLessThanOrEqual(21);
  }
  // Node.js with tsx takes some 110 itself. From 240 to 320 were seen: V8 collects what is left over at times of its own.
  expect(mebibytes).toBeLessThan(400);
});

test('a scenario with thousands of names in it is read', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `name-${i}.example`);
  const trigger = `{ match: http.host, domains: [${names.join(', ')}] }`;
  const { rules } = parseScenario(scenarioOf({ trigger }), 'x.yaml');
  expect(rules[0]?.trigger).toMatchObject({ domains: { length: 20_000 } });
});
