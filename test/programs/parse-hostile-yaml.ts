import { parseScenario } from '../../src/scenario/parse.ts';

/* Reads a megabyte of each kind of YAML that costs memory, and prints what was said of each and the most memory that it took. */

const LENGTH = 1_000_000;
const of = (text: string): string => text.repeat(LENGTH / text.length);
const numbered = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');
const laughs = 'abcdefgh'
  .split('')
  .map((key, i) => `${key}: &${key} [${Array(9).fill(i === 0 ? 'x' : `*${'abcdefgh'[i - 1]}`)}]\n`);

const KINDS: Readonly<Record<string, string>> = {
  'brackets in brackets': of('['),
  'mappings in mappings': of('{a: '),
  'dashes behind dashes': of('- '),
  'lines that stand further and further in': numbered(1400, (i) => `${' '.repeat(i)}a:\n`),
  anchors: numbered(60_000, (i) => `a${i}: &x${i} 1\n`),
  aliases: `a: &a x\nb: [${of('*a,')}]\n`,
  'aliases of nothing': `b: [${of('*a,')}]\n`,
  'aliases of aliases': laughs.join(''),
  tabs: `a: 1\n${of('\tb: 1\n')}`,
  'the same key': of('a: 1\n'),
  'unknown keys': numbered(20_000, (i) => `k${i}: 1\n`),
  'signs that begin no value': `a: [${of('@x,')}]`,
  documents: of('---\n'),
  comments: of('#\n'),
  'a long text': `title: ${of('x')}`,
};

for (const [kind, text] of Object.entries(KINDS)) {
  let says = 'nothing';
  try {
    parseScenario(text, 'x.yaml');
  } catch (error) {
    says = error instanceof Error ? error.message : '';
  }
  print({ kind, lines: says.split('\n').length, length: says.length, says });
}
print({ mebibytes: Math.round(process.resourceUsage().maxRSS / 1024) });

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
