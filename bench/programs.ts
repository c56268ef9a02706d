import type { ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { HostName, Lab } from 'chokepoint';

/** Writes a file that everyone in the lab can read and that goes with the lab; where it is. */
export async function writeFile(lab: Lab, name: string, content: string): Promise<string> {
  const path = `/run/chokepoint/tmp/${name}`;
  const child = lab.spawn('server', ['sh', '-c', 'cat > "$1"', 'sh', path]);
  child.stdin?.end(content);
  await outcome(child, `writing ${path}`);
  return path;
}

/** Runs a program on a host to its end; what it said on stdout. */
export function run(lab: Lab, host: HostName, command: readonly string[]): Promise<string> {
  return outcome(lab.spawn(host, command, ['ignore', 'pipe', 'pipe']), command.join(' '));
}

/** Starts a program that stays until the lab ends; its death before that shows as a failed measure. */
export function start(lab: Lab, host: HostName, command: readonly string[]): void {
  lab.spawn(host, command, 'ignore');
}

async function outcome(child: ChildProcess, what: string): Promise<string> {
  if (child.stdout === null || child.stderr === null) throw new Error(`${what}: no output to read`);
  const status = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([
    status,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0) throw new Error(`${what}: exit status ${code}\n${stderr}${stdout}`);
  return stdout;
}
