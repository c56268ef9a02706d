import { expect, test, vi } from 'vitest';
import { ChokepointError } from '../../../src/base/errors.ts';
import { loadScenario } from '../../../src/scenario/library.ts';
import type { Cell } from '../../../src/testbed/matrix/cell.ts';
import { runMatrix } from '../../../src/testbed/matrix/matrix.ts';

/* A machine that cannot make labs, or cannot just now. */

vi.mock('../../../src/testbed/lab.ts', () => ({ openLab: vi.fn() }));
const { openLab } = await import('../../../src/testbed/lab.ts');

test.each(['MACHINE_CANNOT', 'LAB_FAILED', 'USAGE'] as const)(
  'where no lab can be opened (%s), the matrix ends, and no cell says anything',
  async (code) => {
    const hint = 'mend the machine';
    vi.mocked(openLab).mockRejectedValue(new ChokepointError(code, 'no lab', { hint }));
    const cells: Cell[] = [];
    const run = runMatrix({
      scenarios: [loadScenario('az-2017')],
      strategies: ['none', 'split-in-name'],
      onCell: (cell) => void cells.push(cell),
    });
    await expect(run).rejects.toMatchObject({ code, message: 'no lab', hint });
    expect(cells).toEqual([]);
  },
);
