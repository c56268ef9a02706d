import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { formatLab } from '../../report/lab-text.ts';
import { momentOf } from '../../scenario/date.ts';
import { phaseBegunBy, phasesOf } from '../../scenario/phases.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { writeCensorName } from '../../testbed/censor-name.ts';
import { endLab } from '../../testbed/end-lab.ts';
import { makeOutFolder, type OutFolder } from '../../testbed/out-folder.ts';
import type { LabEntry } from '../../testbed/registry.ts';
import { type Row, rowsOf } from '../../testbed/rows.ts';
import { Rpc } from '../../testbed/rpc.ts';
import { programCommand } from '../../testbed/spawn.ts';
import { askedLab } from '../censor-lab.ts';
import { commandName } from '../command-name.ts';
import { interruptible } from '../interrupt.ts';
import { type PathFlaws, withFlaws } from '../path-flaws.ts';
import { endProgress, print, printJson, progress } from '../terminal.ts';

interface UpOptions extends PathFlaws {
  readonly censor?: string;
  readonly profile?: string;
  readonly at?: string;
  readonly out?: string;
  readonly readOnlyFiles?: boolean;
  readonly json?: boolean;
}

/** Leaves a process behind that owns the lab; `down` ends it by its recorded id. */
export async function up(id: string | undefined, options: UpOptions): Promise<void> {
  const interrupt = interruptible(); // before there is a folder to take back
  try {
    await openAndTell(id, options, interrupt.signal);
  } finally {
    interrupt.passOn();
  }
}

async function openAndTell(
  id: string | undefined,
  options: UpOptions,
  signal: AbortSignal,
): Promise<void> {
  const { scenarioFile, censorFile, ...asked } = askedLab(id, options.censor);
  const scenario = withFlaws(asked.scenario, options);
  const at = options.at === undefined ? firstPhase(scenario) : momentOf(scenario, options.at);
  const out = options.out === undefined ? undefined : makeOutFolder(options.out);
  const censor = { scenario: scenario.id, scenarioFile, censorFile: censorFile ?? null };
  if (out !== undefined) nameCensor(out, censor);
  const [node, ...args] = programCommand(import.meta.url, '../../testbed/processes/holder');
  const holder = spawn(node as string, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Without the channel it ends by itself, and the call fails.
  const giveUp = (): void => void (holder.connected && holder.disconnect());
  signal.addEventListener('abort', giveUp);
  const rpc = new Rpc(holder, 'the process that holds the lab');
  rpc.onProgress(progress);
  const entry = await rpc
    .call<LabEntry>('open', {
      ...{ scenario, profile: options.profile, at, out: out?.path },
      readOnlyFiles: options.readOnlyFiles,
    })
    .catch(async (error: unknown) => {
      await end(holder);
      out?.remove();
      throw error;
    })
    .finally(endProgress);
  giveUp();
  holder.unref();
  try {
    signal.throwIfAborted();
    if (options.json) printJson({ lab: entry.lab, at, hosts: entry.hosts });
    else {
      const rows = rowsAt(scenario, entry.profile, at);
      const typed = censorFile === undefined ? rows : rows.map(withLookup);
      print(formatLab, entry, at, typed, commandName());
    }
  } catch (error) {
    // Nobody was told its name.
    await endLab(entry);
    out?.remove();
    throw error;
  }
}

/** A folder that cannot hold its own name is taken back. */
function nameCensor(out: OutFolder, censor: Parameters<typeof writeCensorName>[1]): void {
  try {
    writeCensorName(out.path, censor);
  } catch (error) {
    out.remove();
    throw error;
  }
}

/** Without the channel it ends by itself. */
async function end(holder: ChildProcess): Promise<void> {
  if (holder.connected) holder.disconnect();
  if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit');
}

/** All names in a lab for a censor alone resolve to its server. */
function withLookup(row: Row): Row {
  return { ...row, request: { ...row.request, connect: undefined } };
}

/** As `run` does without `--at`. */
function firstPhase(scenario: Scenario): string {
  return phasesOf(scenario)[0]?.at ?? scenario.period.from;
}

/** Of the phase that has begun by then; none before the first. */
function rowsAt(scenario: Scenario, profile: string, at: string): Row[] {
  const phase = phaseBegunBy(scenario, at);
  return rowsOf(scenario).filter((row) => row.profile === profile && row.phase === phase?.name);
}
