import { setTimeout as pause } from 'node:timers/promises';
import { chokepoint, type Finished, finished, type Place, scenarioThatExpects } from './cli.ts';
import { type ProcessRecord, processOf, until } from './processes.ts';
import { Random } from './random.ts';

/** A signal to one process of a command at some moment; all of it follows from the seed and the number of the case. */
export interface ChaosCase {
  readonly name: string;
  readonly command: readonly string[];
  readonly signal: NodeJS.Signals;
  readonly afterMs: number;
  /** Whether the moment is reckoned from the first process of a lab; else from the start of the command. */
  readonly isBuilding: boolean;
  /** In [0, 1): which of the processes there are then. */
  readonly victim: number;
  /** The kind of process that it is for, which is waited for; undefined for any. */
  readonly role: string | undefined;
}

/** The outcome of a case. */
export interface ChaosOutcome {
  /** The kind of process that was hit; undefined where none was left. */
  readonly hit: string | undefined;
  /** A sentence for each thing that is not as it must be. */
  readonly flaws: readonly string[];
}

export function chaosCase(seed: number, number: number): ChaosCase {
  const random = new Random(seed, number);
  // Every second case is for a kind of process: each kind of each command in its turn.
  const aimed = number % 2 === 0 ? AIMED[((number / 2) * STRIDE) % AIMED.length] : undefined;
  const command = aimed?.command ?? random.pick(COMMANDS);
  const signal = random.pick(SIGNALS);
  const afterMs = random.int(0, 1500);
  const isBuilding = random.chance(0.85);
  const victim = random.next();
  const role = aimed?.role;
  const name = `seed ${seed}, case ${number}: ${signal} after ${afterMs} ms of ${command[0]}`;
  return { name, command, signal, afterMs, isBuilding, victim, role };
}

/** The kinds of processes that a command brings about, each of which 200 cases hit. */
export function rolesOf([name]: readonly string[]): readonly string[] {
  return [...EVERYWHERE, ...(OF_COMMAND[name ?? ''] ?? [])];
}

/** Carries the case out in a place of its own. */
export async function carryOut(place: Place, chaos: ChaosCase): Promise<ChaosOutcome> {
  place.write('a.yaml', SCENARIO);
  const [first] = chaos.command;
  if (first === 'down') await place.run(['up', 'a.yaml']);
  const running = place.start(chokepoint(chaos.command), { timeout: 0 });
  if (chaos.role !== undefined) await hasRole(place, chaos.role);
  else if (chaos.isBuilding) await hasRole(place, 'agent');
  // Some kinds live no longer than a row.
  await pause(chaos.role === undefined ? chaos.afterMs : chaos.afterMs / 30);
  const victim = victimOf(place, chaos);
  if (victim !== undefined) await send(victim, chaos.signal);
  const told = `${chaos.name}, to ${victim === undefined ? 'nobody' : roleOf(victim)}`;
  const over = await Promise.race([
    running.then(finished),
    pause(DEADLINE, 'late' as const, { ref: false }),
  ]);
  const flaws = over === 'late' ? ['it did not end'] : flawsOf(over, chaos.signal);
  if (over === 'late') running.kill('SIGKILL');
  if (first === 'up' || first === 'down') flaws.push(...(await endAll(place)));
  flaws.push(...(await leftIn(place)));
  const hit = victim === undefined ? undefined : roleOf(victim);
  return { hit, flaws: flaws.map((flaw) => `${told}: ${flaw}`) };
}

/** At most for as long as a command takes to say that there will be none. */
async function hasRole(place: Place, role: string): Promise<void> {
  const isThere = (): boolean => place.processes().some((one) => roleOf(one) === role);
  await until(`there is a process of the kind ${role}`, isThere).catch(() => undefined);
}

function victimOf(place: Place, { victim, role }: ChaosCase): ProcessRecord | undefined {
  const all = place.processes().sort((a, b) => roleOf(a).localeCompare(roleOf(b)) || a.pid - b.pid);
  const own = all.filter((one) => roleOf(one) === role);
  const among = own.length > 0 ? own : all;
  return among[Math.floor(victim * among.length)];
}

/** A command that is stopped at a terminal is continued there some time. */
async function send(
  { pid, startTime, command }: ProcessRecord,
  signal: NodeJS.Signals,
): Promise<void> {
  if (processOf(pid)?.startTime !== startTime) return;
  process.kill(pid, signal);
  if (signal !== 'SIGSTOP' || !command.includes('/cli/main.js')) return;
  await pause(500);
  process.kill(pid, 'SIGCONT');
}

/** Of how it ended: a status that is documented, a sentence for people, and no stack. */
function flawsOf({ exitCode, signal, stdout, stderr }: Finished, sent: NodeJS.Signals): string[] {
  const flaws: string[] = [];
  if (exitCode === undefined && signal !== sent) flaws.push(`it ended by ${signal}`);
  if (exitCode !== undefined && exitCode > 4) flaws.push(`its status was ${exitCode}: ${stderr}`);
  if (exitCode === 2 || exitCode === 3) {
    if (!/^(chokepoint|a(-\d+)?|az-2017(-\d+)?): /m.test(stderr))
      flaws.push(`it did not say why: ${stderr}`);
  }
  if (/^ {4}at /m.test(stdout + stderr)) flaws.push(`it printed a stack: ${stdout}${stderr}`);
  return flaws;
}

async function endAll(place: Place): Promise<string[]> {
  const down = await place.run(['down', '--all']);
  const ps = await place.run(['ps']);
  const flaws = flawsOf(down, 'SIGKILL');
  if (down.exitCode === undefined || down.exitCode === 3) flaws.push(`down failed: ${down.stderr}`);
  if (ps.stdout !== 'no lab is up\n') flaws.push(`ps shows ${ps.stdout}${ps.stderr}`);
  return flaws;
}

async function leftIn(place: Place): Promise<string[]> {
  const left = (): string[] => place.leftovers().filter((name) => !KEPT.includes(name));
  await until('nothing is left', () => left().length === 0).catch(() => undefined);
  return left().map((name) => `left: ${name}`);
}

function roleOf({ command }: ProcessRecord): string {
  if (command.startsWith('sh -c')) return command.includes('PPID') ? 'guard' : 'init';
  const [, program] = /\/(?:processes|cli)\/([\w-]+)\.js/.exec(command) ?? [];
  if (program !== undefined) return program;
  return command.split(' ')[0] ?? '';
}

const SCENARIO = scenarioThatExpects(`
  - { claim: a, negative_control: true, probe: http, urls: ["http://example.org/"], see: { failure: null } }
  - { claim: b, probe: http, urls: ["http://meydan.tv/"], see: { failure: connection_reset } }
`);
const COMMANDS = [
  ['run', 'a.yaml', '--out', 'out'],
  ['up', 'a.yaml'],
  ['up', 'a.yaml', '--out', 'out'],
  ['down'],
  ['matrix', '--scenarios', 'az-2017', '--strategies', 'split-in-name', '--out', 'out'],
  ['locate', 'az-2017', '--tries', '1', '--residual', '0'],
] as const;
/** Kinds of processes of every lab: the command, what holds a lab, and what a lab consists of. */
const EVERYWHERE = ['main', 'guard', 'init', 'agent', 'middlebox', 'origin', 'sleep'];
const OF_COMMAND: Readonly<Record<string, readonly string[]>> = {
  run: ['vantage'],
  locate: ['vantage'],
  up: ['holder'],
  down: ['holder'],
  matrix: ['vantage', 'rewriter'],
};
const AIMED = COMMANDS.flatMap((command) => rolesOf(command).map((role) => ({ command, role })));
/** So that neighbours are of different commands; it has no divisor in common with their number. */
const STRIDE = 11;
const SIGNALS: readonly NodeJS.Signals[] = [
  ...([
    'SIGKILL',
    'SIGTERM',
    'SIGINT',
    'SIGHUP',
    'SIGQUIT',
    'SIGSEGV',
    'SIGABRT',
    'SIGUSR2',
  ] as const),
  ...(['SIGSTOP', 'SIGSTOP', 'SIGCONT', 'SIGKILL'] as const),
];
/** A run or a matrix that was ended in its middle keeps what it had written. */
const KEPT: readonly string[] = ['a.yaml', 'out'];
/** In ms: three times as long as the longest wait for a process that is stopped. */
const DEADLINE = 75_000;
