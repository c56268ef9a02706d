import { readFileSync } from 'node:fs';
import {
  isAlive,
  ownPidNamespace,
  ownProcesses,
  ownProcessId,
  type ProcessId,
} from './process-id.ts';

/* A sandbox whose owner is gone should be gone too. If one is not, it is found by what its owner put into its environment. */

/** What is left of one lab. */
export interface Leftover {
  /** The process that owned the lab, and is gone. */
  readonly owner: ProcessId;
  readonly processes: readonly ProcessId[];
}

/** What a sandbox's environment says of its owner. */
export function ownerMark(): Readonly<Record<string, string>> {
  const { pid, startTime } = ownProcessId();
  return { [OWNER]: `${ownPidNamespace()}:${pid}:${startTime}` };
}

/** This user's sandboxes whose owner counted processes as this process does, and is gone. */
export function findLeftovers(): Leftover[] {
  const found = new Map<string, { owner: ProcessId; processes: ProcessId[] }>();
  for (const id of ownProcesses()) {
    const mark = markOf(id);
    if (mark === undefined) continue;
    const owner = goneOwner(mark);
    if (owner === undefined) continue;
    const group = found.get(mark) ?? { owner, processes: [] };
    group.processes.push(id);
    found.set(mark, group);
  }
  return [...found.values()];
}

function markOf({ pid }: ProcessId): string | undefined {
  try {
    const settings = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return settings.find((one) => one.startsWith(`${OWNER}=`))?.slice(OWNER.length + 1);
  } catch {
    return undefined; // it ended meanwhile, or is another user's
  }
}

/** The owner that a mark names; undefined while it lives, and where this process cannot know. */
function goneOwner(mark: string): ProcessId | undefined {
  const [, namespace, pid = '', startTime = ''] = MARK.exec(mark) ?? [];
  if (namespace !== ownPidNamespace()) return undefined;
  const owner = { pid: Number(pid), startTime };
  return isAlive(owner) ? undefined : owner;
}

const OWNER = 'CHOKEPOINT_OWNER';
const MARK = /^(\d+):(\d+):(\d+)$/;
