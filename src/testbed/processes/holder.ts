import { type Lab, type OpenLabOptions, openLab } from '../lab.ts';
import { forget, type LabEntry, record, reserveName, startTimeOf } from '../registry.ts';
import { reportProgress, serve } from '../rpc.ts';

/* Owns a lab that stays up: made by `up`, ended by `down`, which sends SIGTERM to the recorded process id. */

serve({ open });

async function open(options: OpenLabOptions): Promise<LabEntry> {
  const { lab: name, file } = reserveName(options.scenario.id);
  // `up` was ended before it could say that the lab is up: nobody would know of it.
  const giveUp = (): never => {
    forget(file);
    process.exit(1);
  };
  process.once('disconnect', giveUp);
  let lab: Lab;
  try {
    lab = await openLab({ ...options, stateFile: file, onProgress: reportProgress });
  } catch (error) {
    forget(file);
    throw error;
  }
  const entry: LabEntry = {
    lab: name,
    scenario: options.scenario.id,
    profile: options.profile ?? (Object.keys(options.scenario.profiles)[0] as string),
    startedAt: new Date().toISOString(),
    out: options.out,
    holder: { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' },
    pid: lab.pid,
    hasUserNamespace: lab.hasUserNamespace,
    holders: lab.holders,
    hosts: lab.hosts,
  };
  record(file, entry);
  process.off('disconnect', giveUp);
  void lab.ended.then(() => {
    forget(file);
    process.exit(0);
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void lab.close().catch(() => undefined)); // nobody is there to be told
  }
  return entry;
}
