import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SCENARIOS } from '../../src/scenario/folder.ts';
import { knownAs } from '../../src/scenario/known-values.ts';
import { parseYaml } from '../../src/scenario/yaml-file.ts';
import { chokepoint, openPlace, PROGRAM } from '../support/cli.ts';

const VALUES = join(PROGRAM, '../../../values');
const SHIPPED = [SCENARIOS, join(SCENARIOS, '../tools')].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name)),
);

test('the build leaves the value of every scenario and tool, which is what YAML says', () => {
  expect(SHIPPED.length).toBeGreaterThan(20);
  for (const file of SHIPPED) {
    const text = readFileSync(file, 'utf8');
    const read = parseYaml(text, file, (value) => ({ value, problems: [] }), { hint: '' });
    expect(JSON.parse(readFileSync(join(VALUES, knownAs(text)), 'utf8'))).toEqual(read);
  }
});

test('a command reads a scenario as YAML only where it is not as it was built', async () => {
  const place = openPlace();
  const text = readFileSync(join(SCENARIOS, 'az-2017.yaml'), 'utf8');
  const changed = place.write('mine.yaml', text.replace('title: A', 'title: B'));
  expect(await readsYaml('az-2017')).toBe(false);
  expect(await readsYaml(changed)).toBe(true);

  async function readsYaml(scenario: string): Promise<boolean> {
    const folder = join(place.tmp, `coverage-${scenario.length}`);
    const env = { NODE_V8_COVERAGE: folder };
    const { exitCode } = await place.start(chokepoint(['check', scenario]), { env });
    expect(exitCode).toBe(0);
    return calledFunctions(folder).includes('beyondBounds');
  }
});

/** V8 writes down which functions of each script were called. */
function calledFunctions(folder: string): string[] {
  const scripts = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Coverage;
    return result;
  });
  return scripts
    .flatMap(({ functions }) => functions)
    .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
    .map(({ functionName }) => functionName);
}

interface Coverage {
  readonly result: readonly {
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}
