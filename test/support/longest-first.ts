import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long begin first, so that none of them is left alone at the end. The order of the others is vitest's own. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return rank === -1 ? LONGEST.length : rank;
}

/** By what they took beside each other on two cores. */
const LONGEST = [
  'labs/matrix-tools',
  'labs/kz-2012',
  'netns/nothing-left',
  'labs/matrix',
  'labs/matrix-censors',
  'labs/ir-2012',
  'labs/az-2017',
  'labs/bad-input',
  'labs/actions',
  'netns/lab-life',
  'netns/bad-machine',
  'labs/am-2022',
  'labs/locate',
  'labs/lab-ends',
  'labs/chaos',
  'labs/locate-triggers',
  'labs/ooni-qa',
  'netns/read-only-files',
  'netns/isolation-attacks',
  'cli/machine-refuses',
  'engine/idle-flows',
  'scenario/list-syntax',
  'replay/tunnels',
  'engine/rules-are-independent',
  'engine/allocation',
];
