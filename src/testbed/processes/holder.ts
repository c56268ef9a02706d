import { setTimeout as pause } from 'node:timers/promises';
import { ChokepointError } from '../../base/errors.ts';
import { type Lab, type OpenLabOptions, openLab } from '../lab.ts';
import { type LabStatus, serveStatus } from '../lab-status.ts';
import { forget, type LabEntry, ownedByThis, record, reserveName } from '../registry.ts';
import { reportProgress, serve } from '../rpc.ts';

/* Owns a lab that stays up: made by `up`, ended by `down`, which asks by the lab's socket or sends SIGTERM. */

serve({ open });

async function open(options: OpenLabOptions): Promise<LabEntry> {
  const { lab: name, ...files } = reserveName(options.scenario.id);
  const { file } = files;
  // `up` was ended before it could say that the lab is up: nobody would know of it.
  const giveUp = (): never => {
    forget(file);
    process.exit(1);
  };
  for (const signal of SIGNALS) process.once(signal, giveUp);
  process.once('disconnect', giveUp);
  try {
    const lab = await openLab({ ...options, record: files, onProgress: reportProgress });
    const entry = entryOf(name, lab, options);
    keepOpen(lab, file);
    await requireWritten(lab);
    await serveStatus(files.socket, (asked) => (asked === 'end' ? close(lab) : statusOf(lab)));
    record(file, entry);
    process.off('disconnect', giveUp);
    for (const signal of SIGNALS) process.off(signal, giveUp);
    return entry;
  } catch (error) {
    forget(file);
    throw error;
  }
}

function entryOf(name: string, lab: Lab, { scenario, profile, out }: OpenLabOptions): LabEntry {
  return {
    ...ownedByThis(),
    lab: name,
    scenario: scenario.id,
    profile: profile ?? (Object.keys(scenario.profiles)[0] as string),
    startedAt: new Date().toISOString(),
    out,
    pid: lab.pid,
    startTime: lab.startTime,
    hasUserNamespace: lab.hasUserNamespace,
    holders: lab.holders,
    hosts: lab.hosts,
  };
}

/** Until it is told to end, or the lab ends by itself. */
function keepOpen(lab: Lab, file: string): void {
  void lab.ended.then(() => {
    forget(file);
    // Whoever asked for the end is answered first.
    setTimeout(() => process.exit(0), TIME_TO_ANSWER);
  });
  for (const signal of SIGNALS) process.on(signal, () => void close(lab));
}

/** With its last words. */
async function close(lab: Lab): Promise<LabStatus> {
  const { counters } = await statusOf(lab);
  const failed = await lab.close().catch((error: unknown) => error);
  const isKnown = failed instanceof ChokepointError && failed.code === 'OUTPUT_FAILED';
  const other = failed instanceof Error && !isKnown ? [failed.message] : [];
  return { unwritten: [...lab.unwritten(), ...other], counters };
}

/** A lab that is stopped does not answer: its counters are not waited for. */
async function statusOf(lab: Lab): Promise<LabStatus> {
  const counting = lab.counters().catch(() => undefined);
  const counters = await Promise.race([counting, pause(COUNTERS_LIMIT, undefined, { ref: false })]);
  return { unwritten: lab.unwritten(), counters };
}

/** A lab whose records cannot be begun is not what was asked for. */
async function requireWritten(lab: Lab): Promise<void> {
  const { captureFailed = 0 } = await lab.counters();
  if (captureFailed === 0 && lab.unwritten().length === 0) return;
  await lab.close(); // says what could not be written
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** In ms. */
const TIME_TO_ANSWER = 200;
const COUNTERS_LIMIT = 2000;
