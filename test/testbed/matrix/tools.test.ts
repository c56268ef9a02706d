import { expect, test, vi } from 'vitest';
import { UNIX } from '../../../src/base/calendar.ts';
import { loadScenario } from '../../../src/scenario/library.ts';
import { loadTool } from '../../../src/scenario/tool-library.ts';
import type { Cell } from '../../../src/testbed/matrix/cell.ts';
import { openPlanLab } from '../../../src/testbed/matrix/room.ts';
import { targetsOf } from '../../../src/testbed/matrix/target.ts';
import { runTools } from '../../../src/testbed/matrix/tools.ts';
import { startTool } from '../../../src/testbed/tool.ts';
import { ToolFailure } from '../../../src/testbed/tool-failure.ts';

/* Labs and tools of a matrix in their places: what is told of a tool that dies. */

vi.mock('../../../src/testbed/tool.ts', () => ({ startTool: vi.fn() }));
vi.mock('../../../src/testbed/matrix/room.ts', async (original) => ({
  ...(await original<object>()),
  openPlanLab: vi.fn(),
}));

const WORKS = { hasSucceeded: true, hasLeaked: false, failure: null };
const BLOCKED = { hasSucceeded: false, hasLeaked: false, failure: 'connection_reset' };

test.each([
  { where: 'where the censor is', dies: ['censored'], want: ['CENSORED', 'EVADED'] },
  { where: 'where nobody censors', dies: ['censored', 'free'], want: ['INFRA', 'EVADED'] },
])(
  'a tool that dies $where is up again for the next repetition and target',
  async ({ dies, want }) => {
    const place = (title: string) => ({
      lab: {
        title,
        hosts: { client: { ipv4: '192.0.2.1', ipv6: '2001:db8::1' } },
        calendar: UNIX,
        close: async () => undefined,
      },
      folder: title,
    });
    vi.mocked(openPlanLab).mockImplementation((async (options: {
      scenario: object;
      title: string;
    }) => {
      const title = options.title.endsWith('uncensored') ? 'free' : 'censored';
      return { ...place(title), scenario: options.scenario };
    }) as never);
    const dying = new Set(dies);
    let stopped = 0;
    vi.mocked(startTool).mockImplementation((async (_: unknown, { title }: { title: string }) => {
      const isDead = dying.delete(title);
      const fetch = async () => {
        if (isDead) throw new ToolFailure('died', 'its client ended', '');
        return { failure: null };
      };
      return { fetch, stop: async () => void stopped++ };
    }) as never);
    const scenario = loadScenario('az-2017');
    const tool = loadTool('direct');
    const cells: Cell[] = [];
    await runTools(
      {
        ...{ scenario, profile: Object.keys(scenario.profiles)[0] as string, folder: '.' },
        cells: targetsOf(scenario).map((target) => ({ target, tool })),
      },
      { repeat: 2 },
      async () => ({ allowed: WORKS, blocked: BLOCKED, folder: 'x' }),
      (cell) => void cells.push(cell),
    );
    const [first, second] = cells;
    expect(first?.verdicts).toEqual(want);
    expect(second?.verdicts).toEqual(['EVADED', 'EVADED']);
    expect(stopped).toBe(vi.mocked(startTool).mock.calls.length);
    vi.clearAllMocks();
  },
);
