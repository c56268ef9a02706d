import { Command, InvalidArgumentError } from 'commander';
import { AddressSet } from '../src/policy/match/address-set.ts';
import { KeywordSet } from '../src/policy/match/keyword-set.ts';
import { NameSet } from '../src/policy/match/name-set.ts';
import { Pattern } from '../src/policy/match/pattern.ts';

/*
 * What looking something up costs, with lists of growing length. The best of several rounds: what else this machine does
 * only ever adds.
 */

const { rounds } = new Command('bench/match')
  .description('how long lists take to load, and what a lookup in them costs')
  .option('--rounds <n>', 'how often each is measured; the best is shown', positive, 5)
  .parse()
  .opts<{ readonly rounds: number }>();

const random = randomFrom(1);
for (const count of [1_000, 100_000, 1_000_000]) benchNames(count);
for (const count of [1, 1_000, 10_000]) benchKeywords(count);
for (const count of [1_000, 100_000]) benchAddresses(count);
for (const text of ['(a*)*b', '(x+x+)+y', '(?:[ab]{1,55}a[ab]{1,55}){2}[!-?]', '(?:.?){248}[!]']) {
  benchPattern(text);
}

function benchNames(count: number): void {
  const names = Array.from({ length: count }, () => `${word()}.${word().slice(0, 3)}`);
  const file = new TextEncoder().encode(names.join('\n'));
  const title = `${count} names`;
  print(title, 'load', best(() => new NameSet(file)) / 1e6, 'ms');
  const set = new NameSet(file);
  const asked = Array.from({ length: 100_000 }, () => names[Math.floor(random() * count)] ?? '');
  const listed = asked.map((name) => ascii(`www.${name}`));
  const others = asked.map((name) => ascii(`www.0${name}`));
  for (const [kind, hosts] of [['listed', listed] as const, ['not listed', others] as const]) {
    const taken = best(() => {
      for (const host of hosts) set.has(host, 0, host.length, 'suffix');
    });
    print(title, `look up, ${kind}`, taken / hosts.length, 'ns');
  }
}

function benchKeywords(count: number): void {
  const keywords = Array.from({ length: count }, () => `${word()}!`);
  const title = `${count} keywords`;
  print(title, 'load', best(() => new KeywordSet(keywords)) / 1e6, 'ms');
  const set = new KeywordSet(keywords);
  const words = ascii(Array.from({ length: 10_000 }, word).join(' '));
  const bytes = Uint8Array.from({ length: 100_000 }, () => Math.floor(random() * 256));
  for (const [kind, text] of [['words', words] as const, ['random bytes', bytes] as const]) {
    const taken = best(() => set.find(text, 0, text.length));
    print(title, `search in ${kind}`, taken / text.length, 'ns/byte');
  }
}

function benchAddresses(count: number): void {
  const byte = (): number => Math.floor(random() * 256);
  const networks = Array.from({ length: count }, () => `${byte()}.${byte()}.${byte()}.0/24:443`);
  const title = `${count} networks`;
  print(title, 'load', best(() => new AddressSet(networks)) / 1e6, 'ms');
  const set = new AddressSet(networks);
  const addresses = Uint8Array.from({ length: 400_000 }, byte);
  const taken = best(() => {
    for (let at = 0; at < addresses.length; at += 4) set.has(addresses, at, 4, 443);
  });
  print(title, 'look up', taken / 100_000, 'ns');
}

/** Of what a hostile sender may send, the costliest. */
function benchPattern(text: string): void {
  const pattern = new Pattern(text);
  const inputs = ['a', 'x', 'ab'].map((letters) =>
    ascii(
      Array.from({ length: 4096 }, () => letters[Math.floor(random() * letters.length)]).join(''),
    ),
  );
  const costs = inputs.map((input) => best(() => pattern.matches(input, 0, input.length)));
  print(text, 'match 4096 bytes at worst', Math.max(...costs) / 1e3, 'µs');
}

/** In nanoseconds. */
function best(measured: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    measured();
    return performance.now() - startedAt;
  });
  return 1e6 * Math.min(...times);
}

function print(subject: string, what: string, value: number, unit: string): void {
  const shown = value.toLocaleString('en', { maximumSignificantDigits: 3 });
  console.log(`${subject.padEnd(36)}${what.padEnd(28)}${shown.padStart(8)} ${unit}`);
}

function word(): string {
  const length = 5 + Math.floor(random() * 10);
  const letter = (): string => String.fromCharCode(0x61 + Math.floor(random() * 26));
  return Array.from({ length }, letter).join('');
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Numbers from 0 to 1, the same in every run (Numerical Recipes' generator). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}
