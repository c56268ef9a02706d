import { realpathSync } from 'node:fs';
import { findTool } from '../../src/testbed/machine.ts';
import { chokepoint, type Finished, finished, type Place } from './cli.ts';

/** Where the program's file is one that nobody may run. */
export function withoutTool(
  place: Place,
  tool: string,
  args: readonly string[],
): Promise<Finished> {
  const path = realpathSync(findTool(tool) as string);
  return inNamespace(place, `mount --bind /dev/null ${path} && exec "$@"`, chokepoint(args));
}

/** Runs a shell script as root of a user namespace, with mounts of its own; the command is its arguments. */
export async function inNamespace(
  place: Place,
  script: string,
  command: readonly string[],
): Promise<Finished> {
  const outer = ['unshare', '--user', '--map-root-user', '--mount', '--', 'sh', '-c', script, 'sh'];
  return finished(await place.start([...outer, ...command]));
}
