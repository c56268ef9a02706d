import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadScenario } from '../../scenario/library.ts';
import { makeOutFolder } from '../../testbed/out-folder.ts';
import type { LabEntry } from '../../testbed/registry.ts';
import { Rpc } from '../../testbed/rpc.ts';
import { programCommand } from '../../testbed/spawn.ts';
import { endProgress, printJson, progress, tell } from '../terminal.ts';

interface UpOptions {
  readonly profile?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Leaves a process behind that owns the lab; `down` ends it by its recorded id. */
export async function up(id: string, options: UpOptions): Promise<void> {
  const scenario = loadScenario(id, tell);
  const out = options.out === undefined ? undefined : makeOutFolder(options.out);
  const [node, ...args] = programCommand(import.meta.url, '../../testbed/processes/holder');
  const holder = spawn(node as string, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const rpc = new Rpc(holder, 'the process that holds the lab');
  rpc.onProgress(progress);
  const entry = await rpc
    .call<LabEntry>('open', { scenario, profile: options.profile, out: out?.path })
    .catch(async (error: unknown) => {
      await end(holder);
      out?.remove();
      throw error;
    })
    .finally(endProgress);
  holder.disconnect();
  holder.unref();
  if (options.json) printJson({ lab: entry.lab, hosts: entry.hosts });
  else print(entry);
}

/** Without the channel it ends by itself. */
async function end(holder: ChildProcess): Promise<void> {
  if (holder.connected) holder.disconnect();
  if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit');
}

function print({ lab, hosts }: LabEntry): void {
  console.log(`lab ${lab} is up`);
  for (const [name, { ipv4, ipv6 }] of Object.entries(hosts)) {
    console.log(`  ${name.padEnd(9)} ${ipv4.padEnd(12)} ${ipv6}`);
  }
  console.log('\nnext:');
  console.log(`  chokepoint exec --lab ${lab} client -- curl -v http://meydan.tv/`);
  console.log(`  chokepoint down --lab ${lab}`);
}
