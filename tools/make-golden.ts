import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { INPUTS } from '../test/golden/inputs/all.ts';
import { captureOf } from '../test/golden/inputs/steps.ts';

/* Writes test/golden/<claim>/input.pcap for every claim. Times and numbers are fixed: the same bytes each time. */

const folder = fileURLToPath(new URL('../test/golden/', import.meta.url));
const claims = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'inputs')
  .map(({ name }) => name);

const problems = [
  ...claims
    .filter((claim) => !(claim in INPUTS))
    .map((claim) => `${claim}: nothing makes its input`),
  ...Object.keys(INPUTS)
    .filter((claim) => !existsSync(`${folder}${claim}/censor.yaml`))
    .map((claim) => `${claim}: there is no test/golden/${claim}/censor.yaml`),
];
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}
for (const [claim, steps] of Object.entries(INPUTS)) {
  writeFileSync(`${folder}${claim}/input.pcap`, captureOf(steps));
}
