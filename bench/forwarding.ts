import { loadScenario } from 'chokepoint';
import { Command, InvalidArgumentError } from 'commander';
import { type Contender, contenders } from './contenders.ts';
import { measure, type Sample } from './measures.ts';
import { type Result, renderReport } from './report.ts';

/*
 * How fast frames get from one end of the wire to the other: Chokepoint's middlebox, a kernel bridge and Suricata in the
 * same place of the same lab, with the same programs at both ends, one after the other and round after round, so that
 * whatever else this machine does meets all of them alike.
 */

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly json?: true;
}

const options = new Command('bench/forwarding')
  .description('throughput of the middlebox, beside a kernel bridge and Suricata')
  .option('--rounds <n>', 'how often each is measured; medians are shown', positive, 3)
  .option('--seconds <s>', 'how long each of the three measures takes', positive, 4)
  .option('--json', 'every sample, for programs')
  .parse()
  .opts<Options>();

const { chosen, skipped } = contenders(loadScenario('az-2017'));
const results = await compare(chosen, options);
const { rounds, seconds } = options;
if (options.json) {
  console.log(JSON.stringify({ rounds, seconds, results, skipped }, undefined, 2));
} else {
  console.log(renderReport(results, skipped));
}

/** A B C, A B C, …: each time in a lab of its own, which ends before the next begins. */
async function compare(
  among: readonly Contender[],
  { rounds, seconds }: Options,
): Promise<Result[]> {
  const samples = among.map((): Sample[] => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, contender] of among.entries()) {
      console.error(`round ${round} of ${rounds}: ${contender.name}`);
      samples[i]?.push(await measureOnce(contender, seconds));
    }
  }
  return among.map(({ name }, i) => ({ name, samples: samples[i] ?? [] }));
}

async function measureOnce(contender: Contender, seconds: number): Promise<Sample> {
  const startedAt = performance.now();
  const lab = await contender.open();
  const readyMs = performance.now() - startedAt;
  try {
    return { readyMs, ...(await measure(lab, seconds)) };
  } finally {
    await lab.close();
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}
