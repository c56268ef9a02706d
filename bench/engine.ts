import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Random } from '../test/support/random.ts';
import { captureOf } from './engine/capture.ts';
import { CASES } from './engine/cases.ts';
import { bytesPerIdleFlow } from './engine/idle-flows.ts';
import { replayCase, suricataCase, tsharkCase, workerCase } from './engine/processes.ts';
import { type Measured, renderTable } from './engine/table.ts';
import { traffic } from './engine/traffic.ts';

/*
 * What a packet costs in the engine alone, without a wire: one capture, made in memory, for every case and for other
 * programs that read capture files. Each measure has a process of its own, one after the other and round after round.
 */

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly packets: number;
  readonly json?: true;
}

const { rounds, seconds, packets, json } = new Command('bench/engine')
  .description('packets a second through the engine, with different policies')
  .option('--rounds <n>', 'how often each is measured; medians are shown', positive, 3)
  .option('--seconds <s>', 'how long each measure takes', positive, 2)
  .option('--packets <n>', 'of the capture, about', positive, 100_000)
  .option('--json', 'every sample, for programs')
  .parse()
  .opts<Options>();

/** Names in the longest list. */
const LISTED = 1_000_000;
const folder = mkdtempSync(join(tmpdir(), 'chokepoint-bench-'));
try {
  const { results, skipped, size } = compare();
  const idleFlow = bytesPerIdleFlow();
  if (json) console.log(JSON.stringify({ rounds, seconds, ...size, idleFlow, results, skipped }));
  else console.log(renderTable(results, skipped, { ...size, rounds, idleFlow }));
} finally {
  rmSync(folder, { recursive: true });
}

/** A B C, A B C, …, so that whatever else this machine does meets all of them alike. */
function compare() {
  const files = { capture: join(folder, 'capture.pcap'), names: join(folder, 'names.txt') };
  const size = writeFiles(files);
  const own = CASES.map(({ name }) => workerCase(name, files, seconds));
  const reading = ['--observe', '--scenario az-2017'].map((option) =>
    replayCase(option, files, size),
  );
  const others = [tsharkCase(files, size), suricataCase(files, size, folder)];
  const cases = [...own, ...reading, ...others.filter((one) => typeof one !== 'string')];
  const results = cases.map(({ name }): Measured => ({ name, samples: [] }));
  for (let round = 1; round <= rounds; round++) {
    for (const [i, { name, measure }] of cases.entries()) {
      console.error(`round ${round} of ${rounds}: ${name}`);
      results[i]?.samples.push(measure());
    }
  }
  return { results, skipped: others.filter((one) => typeof one === 'string'), size };
}

function writeFiles(files: { readonly capture: string; readonly names: string }) {
  const random = new Random(1);
  const names = Array.from({ length: LISTED }, () => `${word(random)}.${word(random).slice(0, 3)}`);
  writeFileSync(files.names, `${names.join('\n')}\n`);
  const listed = (): string => `www.${names[random.below(1000)]}`;
  const nameOf = (): string => (random.below(200) === 0 ? listed() : `www.${word(random)}.example`);
  const file = traffic(packets, random, nameOf);
  writeFileSync(files.capture, file);
  return { packets: captureOf(file).places.length / 2, bytes: file.length };
}

function word(random: Random): string {
  const letters = random.bytes(5 + random.below(10));
  return String.fromCharCode(...letters.map((byte) => 0x61 + (byte % 26)));
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}
