import { messageOf } from '../../base/errors.ts';
import { none } from '../../evasion/strategies/none.ts';
import type { Cell } from './cell.ts';
import type { ControlOf, Plan, PlanOptions } from './planned.ts';
import { Room, type Tried } from './room.ts';
import type { MatrixTarget } from './target.ts';
import { together } from './together.ts';
import { runTools } from './tools.ts';
import { cellOf, endsAll, failedTrial, type Trial, trialOf } from './trial.ts';

/** Tries each cell, several strategies at once and tools beside them; hands it over as soon as it is there. */
export async function runPlan(
  plan: Plan,
  options: PlanOptions,
  note: (cell: Cell) => void,
): Promise<void> {
  const { cells: _, ...place } = plan;
  const { seed = 0, signal } = options;
  const room = new Room({ ...place, seed, signal });
  const controls = new Map<MatrixTarget, Promise<Tried>[]>();
  const controlOf: ControlOf = (target, repetition) => {
    const all = controls.get(target) ?? [];
    controls.set(target, all);
    const control = all[repetition] ?? room.try(none, target);
    all[repetition] = control;
    // Whoever waits for it is told; another tries again.
    control.catch(() => delete all[repetition]);
    return control;
  };
  try {
    await together(signal, [
      (either) => runStrategies(plan, { ...options, signal: either }, room, controlOf, note),
      (either) => runTools(plan, { ...options, signal: either }, controlOf, note),
    ]);
  } finally {
    await room.close();
  }
}

async function runStrategies(
  plan: Plan,
  options: PlanOptions,
  room: Room,
  controlOf: ControlOf,
  note: (cell: Cell) => void,
): Promise<void> {
  const { repeat = 1, jobs = JOBS, signal } = options;
  const { scenario, profile } = plan;
  const waiting = plan.cells.flatMap(({ strategy, target }) =>
    strategy === undefined ? [] : [{ strategy, target }],
  );
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      signal?.throwIfAborted();
      const { strategy, target } = next;
      const startedAt = performance.now();
      const trials: Trial[] = [];
      for (let i = 0; i < repeat; i++) {
        try {
          const plain = await controlOf(target, i);
          trials.push(trialOf(plain, await room.try(strategy, target)));
        } catch (error) {
          signal?.throwIfAborted();
          if (endsAll(error)) throw error;
          trials.push(failedTrial(messageOf(error)));
        }
      }
      signal?.throwIfAborted();
      const head = { scenario: scenario.id, profile, strategy: strategy.id, target } as const;
      note(cellOf({ ...head, kind: 'strategy' }, trials, performance.now() - startedAt));
    }
  };
  await Promise.all(Array.from({ length: room.isShared ? jobs : 1 }, work));
}

const JOBS = 8;
