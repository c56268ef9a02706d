import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { ChokepointError } from '../../base/errors.ts';
import { execCommand, labEnvironment } from '../../testbed/lab.ts';
import { findLab } from '../../testbed/lab-records.ts';
import { findTool } from '../../testbed/machine.ts';
import { processIdOf, signalExactly } from '../../testbed/process-id.ts';
import { childOf } from '../../testbed/process-tree.ts';
import type { LabEntry } from '../../testbed/registry.ts';

interface ExecOptions {
  readonly lab?: string;
}

/** The command has this process's terminal, and its exit status becomes this process's. */
export async function exec(
  host: string,
  command: readonly string[],
  options: ExecOptions,
): Promise<void> {
  // `exec client -- curl` and `exec client curl` mean the same.
  const words = command[0] === '--' ? command.slice(1) : command;
  if (words.length === 0) {
    throw new ChokepointError('USAGE', 'no command was given', {
      hint: `chokepoint exec ${host} -- COMMAND…`,
    });
  }
  process.exitCode = await execOn(findLab(options.lab), host, words, {});
}

export async function shell(host: string, options: ExecOptions): Promise<void> {
  const lab = findLab(options.lab);
  const prompt = { PS1: `${lab.lab}/${host} \\w # ` };
  const program = findTool('bash') === undefined ? ['sh', '-i'] : ['bash', '--norc', '-i'];
  process.exitCode = await execOn(lab, host, program, prompt);
}

async function execOn(
  lab: LabEntry,
  host: string,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  if (!Object.hasOwn(lab.holders, host)) {
    throw new ChokepointError('HOST_UNKNOWN', `lab ${lab.lab} has no host "${host}"`, {
      hint: `name one of ${Object.keys(lab.holders).join(', ')}`,
    });
  }
  const [program, ...args] = execCommand(lab, host, command);
  // A signal may come as soon as the command runs.
  passSignals(() => child);
  const child = spawn(program as string, args, {
    stdio: 'inherit',
    env: { ...labEnvironment(host), ...environment },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/** `nsenter` passes no signal on: its child is the command. */
function passSignals(to: () => ChildProcess): void {
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) {
    // A key at the terminal reaches the command too: what it does then is its own affair.
    const isFromTerminal = hasTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    process.on(signal, () => {
      const { pid } = to();
      if (isFromTerminal || pid === undefined) return;
      const command = processIdOf(childOf(pid) ?? pid);
      if (command !== undefined) signalExactly(command, signal);
    });
  }
}
