import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replay } from '../../src/replay/replay.ts';
import { formatTraceEvent } from '../../src/report/trace.ts';
import { loadCensorFile } from '../../src/scenario/censor-file.ts';
import { policyOf } from '../../src/scenario/policy.ts';

/* Each folder is a claim: what its censor.yaml makes of its input.pcap is in its expected.trace. `make golden` writes both anew. */

test.for(claims())('%s', async (claim) => {
  const [input, file] = ['input.pcap', 'censor.yaml'].map((name) => existing(claim, name));
  const { rules, model } = loadCensorFile(file as string);
  const lines: string[] = [];
  const { truncation } = replay({
    file: input as string,
    policy: policyOf(rules, model),
    onEvent: (event) => lines.push(formatTraceEvent(event)),
  });
  expect(truncation).toBeUndefined();
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`./${claim}/expected.trace`);
});

test('there are claims', () => {
  expect(claims().length).toBeGreaterThanOrEqual(40);
});

function claims(): string[] {
  return readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'inputs')
    .map(({ name }) => name)
    .sort();
}

function existing(claim: string, name: string): string {
  const file = join(import.meta.dirname, claim, name);
  if (!existsSync(file)) throw new Error(`${claim} has no ${name}`);
  return file;
}
