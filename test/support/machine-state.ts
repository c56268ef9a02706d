import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { expect } from 'vitest';
import { searchPath } from '../../netns/sandbox.ts';
import type { Place } from './cli.ts';
import { namespacesOf, until } from './processes.ts';

/** Everything on the machine that a lab could change, as text. */
export interface MachineState {
  readonly links: string;
  readonly namedNamespaces: string;
  readonly mounts: string;
  readonly firewall: string;
  readonly files: readonly string[];
  /** Of this place: others come and go. */
  readonly processes: readonly string[];
  readonly namespaces: readonly string[];
  readonly leftovers: readonly string[];
}

export function machineState(place: Place): MachineState {
  const processes = place.processes();
  return {
    links: ip('link').replaceAll(/"(operstate|flags)":("[^"]*"|\[[^\]]*\])/g, ''),
    namedNamespaces: namedNamespaces(),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    firewall: firewall(),
    files: [...new Set(['/tmp', '/dev/shm', homedir()])].flatMap(ownFiles),
    processes: processes.map(({ pid, startTime, command }) => `${pid} ${startTime} ${command}`),
    namespaces: [...namespacesOf(processes)],
    leftovers: place.leftovers(),
  };
}

/** Resolves when the machine is as it was; fails with the difference when that does not come to pass. */
export async function expectState(place: Place, before: MachineState): Promise<void> {
  const isSame = (): boolean => JSON.stringify(machineState(place)) === JSON.stringify(before);
  await until('the machine is as before', isSame).catch(() => undefined);
  expect(machineState(place)).toEqual(before);
}

function namedNamespaces(): string {
  const list = JSON.parse(ip('netns', 'list') || '[]') as { name: string }[];
  // Only root may look into them.
  const links = process.getuid?.() === 0 ? list.map(({ name }) => ip('-n', name, 'link')) : [];
  return [...list.map(({ name }) => name), ...links].join('\n');
}

function ip(...args: string[]): string {
  return execFileSync('ip', ['-j', ...args], { encoding: 'utf8', env: PATH });
}

/** An ordinary user is told that it is not permitted, before and after. */
function firewall(): string {
  const { stdout, stderr, status } = spawnSync('nft', ['list', 'ruleset'], {
    encoding: 'utf8',
    env: PATH,
  });
  if (status !== 0 && !/not permitted/.test(stderr)) throw new Error(`nft: ${stderr}`);
  return stdout + stderr;
}

/** Entries named as this program or what it starts names them; a machine has other users of its folders. */
function ownFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => OURS.test(name))
    .map((name) => `${folder}/${name}`);
}

const PATH = { PATH: searchPath() };
const OURS = /^\.?(chokepoint-\d|playwright|(org\.)?chromium|com\.google|curl|openssl|runs$)/i;
